/**
 * Who a provider is, by whatever name: the key is lower case, the value is `gen_ai.provider.name` of the conventions.
 * Framework labels that are no provider are absent: they stay as they came.
 */
const aliases: Record<string, string> = {
  'openai.chat': 'openai',
  'openai.responses': 'openai',
  'openai.completion': 'openai',
  'openai.embedding': 'openai',
  'az.ai.openai': 'azure.ai.openai',
  azure_openai: 'azure.ai.openai',
  'azure-openai': 'azure.ai.openai',
  'azure.chat': 'azure.ai.openai',
  azureopenai: 'azure.ai.openai',
  azure: 'azure.ai.openai',
  'az.ai.inference': 'azure.ai.inference',
  azure_ai: 'azure.ai.inference',
  'anthropic.messages': 'anthropic',
  claude: 'anthropic',
  gemini: 'gcp.gemini',
  google: 'gcp.gemini',
  google_genai: 'gcp.gemini',
  'google-genai': 'gcp.gemini',
  'google.generative-ai': 'gcp.gemini',
  google_ai_studio: 'gcp.gemini',
  vertex_ai: 'gcp.vertex_ai',
  vertexai: 'gcp.vertex_ai',
  'google.vertex.chat': 'gcp.vertex_ai',
  'google-vertex': 'gcp.vertex_ai',
  bedrock: 'aws.bedrock',
  'amazon-bedrock': 'aws.bedrock',
  'amazon-bedrock.chat': 'aws.bedrock',
  aws_bedrock: 'aws.bedrock',
  aws: 'aws.bedrock',
  amazon: 'aws.bedrock',
  xai: 'x_ai',
  grok: 'x_ai',
  'xai.chat': 'x_ai',
  mistral: 'mistral_ai',
  mistralai: 'mistral_ai',
  'mistral.chat': 'mistral_ai',
  moonshot: 'moonshot_ai',
  vertex: 'gcp.vertex_ai',
  googleai: 'gcp.gemini',
  'gcp.vertex': 'gcp.vertex_ai',
};

/** Clients of one provider that the AI SDK names `provider.kind`: `groq.chat`, `cohere.embedding`. */
const KIND = /\.(chat|completion|responses|messages|embedding|embeddings|text-embedding|generative-ai)$/;

/** Who traces, written where the provider belongs. `gcp.vertex.agent` is Google's Agent Development Kit. */
const frameworks = new Set([
  'langchain',
  'langgraph',
  'gcp.vertex.agent',
  'llamaindex',
  'llama_index',
  'crewai',
  'openai_agents',
]);

export function isFramework(provider: string): boolean {
  return frameworks.has(provider.toLowerCase());
}

/** `OpenAI` → `openai`, `xai` → `x_ai`; unknown names stay as they came. */
export function canonicalProvider(name: string): string {
  const lower = name.toLowerCase();
  if (Object.hasOwn(aliases, lower)) return aliases[lower]!;
  if (KNOWN.has(lower)) return lower;
  const short = lower.replace(KIND, '');
  return short !== lower && (KNOWN.has(short) || Object.hasOwn(aliases, short)) ? canonicalProvider(short) : name;
}

const KNOWN = new Set([...Object.values(aliases), 'cohere', 'groq', 'deepseek', 'perplexity', 'ibm.watsonx.ai']);
