import { describe, expect, it } from 'vitest';
import { secrets } from './secrets.ts';
import type { ScanContext, ScanResult } from '../scanner.ts';

const scan = (text: string) => secrets().scan(text, {} as ScanContext) as ScanResult;
const found = (text: string) => scan(text).spans.map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);

/** Random letters and digits that are the same in every run. Keys are put together here, so that no scanner of repositories finds one. */
function chance(length: number, alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz23456789'): string {
  let state = length * 7919 + alphabet.length;
  let text = '';
  while (text.length < length) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    text += alphabet[(state >>> 8) % alphabet.length];
  }
  return text;
}
const hex = (length: number) => chance(length, '0123456789abcdef');
const upper = (length: number) => chance(length, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567');

describe('secrets', () => {
  it.each([
    ['AWS_KEY_ID', `AKIA${upper(16)}`],
    ['OPENAI_KEY', `sk-proj-${chance(74)}`],
    ['ANTHROPIC_KEY', `sk-ant-api03-${chance(93)}AA`],
    ['GOOGLE_KEY', `AIza${chance(35)}`],
    ['GITHUB_TOKEN', `ghp_${chance(36)}`],
    ['GITHUB_TOKEN', `github_pat_${chance(22)}_${chance(59)}`],
    ['GITLAB_TOKEN', `glpat-${chance(20)}`],
    ['SLACK_TOKEN', `xoxb-274839105647-${chance(24)}`],
    ['SLACK_WEBHOOK', `hooks.slack.com/services/T${upper(8)}/B${upper(8)}/${chance(24)}`],
    ['STRIPE_KEY', `sk_live_${chance(24)}`],
    ['HUGGINGFACE_KEY', `hf_${chance(34)}`],
    ['GROQ_KEY', `gsk_${chance(52)}`],
    ['NPM_TOKEN', `npm_${chance(36)}`],
    ['SENDGRID_KEY', `SG.${chance(22)}.${chance(43)}`],
    ['TELEGRAM_TOKEN', `123456789:AA${chance(33)}`],
    ['MAILCHIMP_KEY', `${hex(32)}-us12`],
    ['DATABRICKS_TOKEN', `dapi${hex(32)}`],
    ['JWT', `eyJ${chance(30)}.eyJ${chance(60)}.${chance(43)}`],
    ['PRIVATE_KEY', `-----BEGIN RSA PRIVATE KEY-----\n${chance(64)}\n-----END RSA PRIVATE KEY-----`],
    ['CONNECTION_STRING', `postgres://app:${chance(14)}@db.internal:5432`],
    ['AZURE_STORAGE', `AccountKey=${chance(86)}==`],
  ])('%s is found whole within a sentence', (kind, key) => {
    expect(found(`Use ${key} for the call.`)).toEqual([`${kind} ${key}`]);
  });

  it.each([['API_KEY = "{}"', 'password: {}', "client_secret='{}'", 'Authorization: Bearer {}', 'token={}']])(
    'values assigned to telling names are found',
    (...shapes) => {
      const value = `q7Xk${chance(20)}9Z`;
      for (const shape of shapes) expect(found(shape.replace('{}', value))).toEqual([`SECRET ${value}`]);
    },
  );

  it.each([
    'AKIAIOSFODNN7EXAMPLE is the key of the documentation',
    'password: your-password-here, api_key=<your key>, token = ${TOKEN}',
    'const apiKey = process.env.OPENAI_API_KEY;',
    'postgres://user:password@localhost/db and redis://${USER}:${PASS}@host',
    'sk-ant-api03-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'risk-assessment-of-the-quarterly-report-for-management',
    'the secret is to cook the onions slowly for forty minutes',
    'commit 9fceb02d0ae598e95dc970b74767f19372d61af8, token count: 1234567890123',
    'passwordHash: string; secretsManager.getSecretValue(request)',
    'https://example.com/a:b/c@d',
    'function getAccessTokenFromRefreshToken2(token: AccessTokenResponse2025)',
  ])('%s holds none', (text) => expect([text, found(text)]).toEqual([text, []]));

  it('a key of a known shape is certain, an assigned one likely', () => {
    expect(scan(`ghp_${chance(36)}`).score).toBe(1);
    expect(scan(`token: "q7Xk${chance(20)}9Z"`).score).toBe(0.7);
    expect(scan('nothing').score).toBe(0);
  });
});
