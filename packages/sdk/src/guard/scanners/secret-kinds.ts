/** What keys look like. Sources: the issuers' documentation and GitHub's list of supported secret scanning patterns. */
export interface SecretKind {
  kind: string;
  /** What every such key holds, as it is written; found quickly. The pattern begins `before` characters earlier. */
  hint: string;
  /** Sticky, tried where the hint stands. */
  pattern: RegExp;
  /** Bits of chance per character that the key has at least; lower is an example or a word. */
  entropyMin?: number;
  /** A password of an address that is none. */
  except?: RegExp;
}

const kind = (name: string, hint: string, pattern: RegExp, more: Partial<SecretKind> = {}): SecretKind => ({
  kind: name,
  hint,
  pattern,
  entropyMin: 3,
  ...more,
});

export const SECRET_KINDS: readonly SecretKind[] = [
  kind('AWS_KEY_ID', 'AKIA', /AKIA[A-Z2-7]{16}(?![A-Z0-9])/y),
  kind('AWS_KEY_ID', 'ASIA', /ASIA[A-Z2-7]{16}(?![A-Z0-9])/y),
  kind('AWS_KEY_ID', 'ABIA', /ABIA[A-Z2-7]{16}(?![A-Z0-9])/y),
  kind('AWS_BEDROCK_KEY', 'ABSK', /ABSK[A-Za-z0-9+/]{100,270}={0,2}/y),
  kind('OPENAI_KEY', 'sk-proj-', /sk-proj-[A-Za-z0-9_-]{40,200}/y),
  kind('OPENAI_KEY', 'sk-svcacct-', /sk-svcacct-[A-Za-z0-9_-]{40,200}/y),
  kind('OPENAI_KEY', 'sk-admin-', /sk-admin-[A-Za-z0-9_-]{40,200}/y),
  kind('OPENAI_KEY', 'sk-', /sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}/y),
  kind('SECRET_KEY', 'sk-', /sk-[A-Za-z0-9]{32,64}(?![A-Za-z0-9])/y, { entropyMin: 3.6 }),
  kind('ANTHROPIC_KEY', 'sk-ant-', /sk-ant-(?:api|admin|sid)\d\d-[A-Za-z0-9_-]{60,120}/y),
  kind('OPENROUTER_KEY', 'sk-or-v1-', /sk-or-v1-[0-9a-f]{64}/y),
  kind('GROQ_KEY', 'gsk_', /gsk_[A-Za-z0-9]{48,60}/y),
  kind('XAI_KEY', 'xai-', /xai-[A-Za-z0-9]{70,90}/y),
  kind('PERPLEXITY_KEY', 'pplx-', /pplx-[A-Za-z0-9]{40,60}/y),
  kind('REPLICATE_KEY', 'r8_', /r8_[A-Za-z0-9]{37,40}(?![A-Za-z0-9])/y),
  kind('HUGGINGFACE_KEY', 'hf_', /hf_[A-Za-z0-9]{34,40}(?![A-Za-z0-9])/y),
  kind('GOOGLE_KEY', 'AIza', /AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])/y),
  kind('GOOGLE_OAUTH', 'GOCSPX-', /GOCSPX-[A-Za-z0-9_-]{28}/y),
  kind('GOOGLE_OAUTH', 'ya29.', /ya29\.[A-Za-z0-9_-]{60,400}/y),
  kind('GITHUB_TOKEN', 'ghp_', /ghp_[A-Za-z0-9]{36,251}/y),
  kind('GITHUB_TOKEN', 'gho_', /gho_[A-Za-z0-9]{36,251}/y),
  kind('GITHUB_TOKEN', 'ghu_', /ghu_[A-Za-z0-9]{36,251}/y),
  kind('GITHUB_TOKEN', 'ghs_', /ghs_[A-Za-z0-9]{36,251}/y),
  kind('GITHUB_TOKEN', 'ghr_', /ghr_[A-Za-z0-9]{36,251}/y),
  kind('GITHUB_TOKEN', 'github_pat_', /github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}/y),
  kind('GITLAB_TOKEN', 'glpat-', /glpat-[A-Za-z0-9_.-]{20,64}/y),
  kind('GITLAB_TOKEN', 'glrt-', /glrt-[A-Za-z0-9_-]{20,64}/y),
  kind('GITLAB_TOKEN', 'gldt-', /gldt-[A-Za-z0-9_-]{20,64}/y),
  kind('BITBUCKET_TOKEN', 'ATBB', /ATBB[A-Za-z0-9]{32}(?![A-Za-z0-9])/y),
  kind('ATLASSIAN_TOKEN', 'ATATT3', /ATATT3[A-Za-z0-9_=-]{150,250}/y),
  kind('SLACK_TOKEN', 'xoxb-', /xoxb-\d{8,14}-[A-Za-z0-9-]{12,80}/y, { entropyMin: 2.5 }),
  kind('SLACK_TOKEN', 'xoxp-', /xoxp-\d{8,14}-[A-Za-z0-9-]{12,120}/y, { entropyMin: 2.5 }),
  kind('SLACK_TOKEN', 'xoxa-', /xoxa-\d{1,14}-[A-Za-z0-9-]{12,120}/y, { entropyMin: 2.5 }),
  kind('SLACK_TOKEN', 'xapp-', /xapp-\d-[A-Z0-9]{8,14}-\d{8,16}-[a-f0-9]{32,80}/y),
  kind('SLACK_WEBHOOK', 'hooks.slack.com', /hooks\.slack\.com\/(?:services|workflows|triggers)\/[A-Za-z0-9+/]{30,80}/y),
  kind('DISCORD_WEBHOOK', 'discord.com/api/webhooks/', /discord\.com\/api\/webhooks\/\d{17,20}\/[A-Za-z0-9_-]{60,80}/y),
  kind('TELEGRAM_TOKEN', ':AA', /:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])/y),
  kind('STRIPE_KEY', 'sk_live_', /sk_live_[A-Za-z0-9]{16,120}/y),
  kind('STRIPE_KEY', 'rk_live_', /rk_live_[A-Za-z0-9]{16,120}/y),
  kind('STRIPE_KEY', 'sk_test_', /sk_test_[A-Za-z0-9]{16,120}/y),
  kind('STRIPE_WEBHOOK', 'whsec_', /whsec_[A-Za-z0-9+/]{32,64}/y),
  kind('SQUARE_TOKEN', 'EAAA', /EAAA[A-Za-z0-9_-]{60}(?![A-Za-z0-9_-])/y),
  kind('SHOPIFY_TOKEN', 'shp', /shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}/y),
  kind('SENDGRID_KEY', 'SG.', /SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}/y),
  kind('MAILGUN_KEY', 'key-', /key-[0-9a-f]{32}(?![0-9a-zA-Z])/y),
  kind('MAILCHIMP_KEY', '-us', /-us\d{1,2}(?!\w)/y, { entropyMin: 0 }),
  kind('TWILIO_KEY', 'SK', /SK[0-9a-f]{32}(?![0-9a-zA-Z])/y),
  kind('NPM_TOKEN', 'npm_', /npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])/y),
  kind('PYPI_TOKEN', 'pypi-', /pypi-AgE[A-Za-z0-9_-]{50,300}/y),
  kind('RUBYGEMS_TOKEN', 'rubygems_', /rubygems_[0-9a-f]{48}/y),
  kind('DOCKER_TOKEN', 'dckr_pat_', /dckr_pat_[A-Za-z0-9_-]{24,40}/y),
  kind('DIGITALOCEAN_TOKEN', 'do', /do[opr]_v1_[a-f0-9]{64}/y),
  kind('HASHICORP_TOKEN', '.atlasv1.', /\.atlasv1\.[A-Za-z0-9_=-]{60,80}/y),
  kind('VAULT_TOKEN', 'hvs.', /hvs\.[A-Za-z0-9_-]{24,200}/y),
  kind('DATABRICKS_TOKEN', 'dapi', /dapi[0-9a-f]{32}(?:-\d)?(?![0-9a-zA-Z])/y),
  kind('GRAFANA_TOKEN', 'glsa_', /glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}/y),
  kind('GRAFANA_TOKEN', 'glc_', /glc_[A-Za-z0-9+/]{32,400}={0,2}/y),
  kind('NEWRELIC_KEY', 'NRAK-', /NRAK-[A-Z0-9]{27}/y),
  kind('POSTMAN_KEY', 'PMAK-', /PMAK-[a-f0-9]{24}-[a-f0-9]{34}/y),
  kind('LINEAR_KEY', 'lin_api_', /lin_api_[A-Za-z0-9]{40}/y),
  kind('NOTION_TOKEN', 'ntn_', /ntn_[A-Za-z0-9]{40,60}/y),
  kind('FIGMA_TOKEN', 'figd_', /figd_[A-Za-z0-9_-]{36,60}/y),
  kind('AIRTABLE_TOKEN', 'pat', /pat[A-Za-z0-9]{14}\.[a-f0-9]{64}/y),
  kind('DOPPLER_TOKEN', 'dp.', /dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9.]{40,64}/y),
  kind('SUPABASE_TOKEN', 'sbp_', /sbp_[a-f0-9]{40}/y),
  kind('PLANETSCALE_TOKEN', 'pscale_', /pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}/y),
  kind('AZURE_STORAGE', 'AccountKey=', /AccountKey=[A-Za-z0-9+/]{80,90}={0,2}/y),
  kind('AZURE_CLIENT_SECRET', 'Q~', /Q~[A-Za-z0-9_.~-]{31,34}(?![A-Za-z0-9_.~-])/y),
  kind('LANGFUSE_KEY', 'sk-lf-', /sk-lf-[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/y),
  kind('AGE_KEY', 'AGE-SECRET-KEY-1', /AGE-SECRET-KEY-1[0-9A-Z]{58}/y),
  kind('JWT', 'eyJ', /eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,8000}\.[A-Za-z0-9_-]{16,1000}/y),
  kind('PRIVATE_KEY', '-----BEGIN ', /-----BEGIN (?:[A-Z0-9]{2,12} ){0,3}PRIVATE KEY(?: BLOCK)?-----/y, {
    entropyMin: 0,
  }),
  kind('PUTTY_KEY', 'PuTTY-User-Key-File-', /PuTTY-User-Key-File-\d/y, { entropyMin: 0 }),
  kind('CONNECTION_STRING', '://', /:\/\/[^\s:/?#@'"<>]{1,100}:[^\s:/@'"<>]{3,200}@[A-Za-z0-9.[\]:_-]{1,255}/y, {
    entropyMin: 0,
    except: /^(?:password|passwd|pass|pwd|secret|token|user|changeme|example|xxx+)$|^(?:[$<%{*]|your)/i,
  }),
];

/** Names under which secrets are assigned. Looked for in lower case. */
export const SECRET_NAMES: readonly string[] = [
  'password',
  'passwd',
  'pwd',
  'secret',
  'token',
  'api_key',
  'apikey',
  'api-key',
  'access_key',
  'accesskey',
  'access-key',
  'auth_key',
  'private_key',
  'client_secret',
  'credentials',
  'bearer',
  'authorization',
];

/** What stands where a secret would, in examples and templates. */
export const NO_SECRET =
  /example|sample|dummy|placeholder|changeme|change_me|replace|redacted|your[-_ ]?|my[-_]|test[-_]?(?:key|token|secret|pass)|xxxx|\*\*\*|\.\.\.|<|\$\{|\{\{|process\.env|os\.environ|getenv|1234567890|abcdefgh/i;
