/** How to send the first spans, by what somebody has. `origin` is this server; `key` is one for sending, where keys are asked for. */
export interface Recipe {
  id: string;
  name: string;
  /** One sentence about what it does. */
  about: string;
  steps: readonly { title: string; label: string; text(at: Address): string }[];
}

export interface Address {
  origin: string;
  /** The key itself, or what stands for it until one was made; undefined where none is asked for. */
  key: string | undefined;
}

/** Where our SDK sends by itself. */
const DEFAULT_ORIGIN = 'http://127.0.0.1:4318';

/** What has to be in the environment: nothing when spans go here by themselves. */
export function environmentOf({ origin, key }: Address, always = false): string {
  return [
    ...(always || !isDefault(origin) ? [`export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`] : []),
    ...(key === undefined ? [] : [`export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${key}"`]),
  ].join('\n');
}

function isDefault(origin: string): boolean {
  return origin === DEFAULT_ORIGIN || origin === 'http://localhost:4318';
}

/** A library whose clients `watch` takes. */
function watched(id: string, name: string, library: string, code: string): Recipe {
  return {
    id,
    name,
    about: 'One line around the client. It stays what it was: same promises, streams and errors.',
    steps: [
      install(library),
      { title: 'Watch the client', label: `Code: watch ${name}`, text: () => code },
      run('node app.js'),
    ],
  };
}

function install(...libraries: string[]): Recipe['steps'][number] {
  return {
    title: 'Install the SDK',
    label: 'Shell: install',
    text: () => `npm install @tallyspan/sdk ${libraries.join(' ')}`,
  };
}

function run(command: string): Recipe['steps'][number] {
  return {
    title: 'Run it',
    label: 'Shell: run',
    text: (at) => [environmentOf(at), command].filter(Boolean).join('\n'),
  };
}

export const RECIPES: readonly Recipe[] = [
  watched(
    'openai',
    'OpenAI',
    'openai',
    `import { agent, watch } from '@tallyspan/sdk';
import OpenAI from 'openai';

const openai = watch(new OpenAI());

const greeter = agent({ name: 'greeter' }, () =>
  openai.chat.completions.create({
    model: 'gpt-4o',
    messages: [{ role: 'user', content: 'Say hello.' }],
  }),
);
await greeter();`,
  ),
  watched(
    'anthropic',
    'Anthropic',
    '@anthropic-ai/sdk',
    `import Anthropic from '@anthropic-ai/sdk';
import { agent, watch } from '@tallyspan/sdk';

const anthropic = watch(new Anthropic());

const greeter = agent({ name: 'greeter' }, () =>
  anthropic.messages.create({
    model: 'claude-sonnet-4-20250514',
    max_tokens: 100,
    messages: [{ role: 'user', content: 'Say hello.' }],
  }),
);
await greeter();`,
  ),
  watched(
    'gemini',
    'Gemini',
    '@google/genai',
    `import { GoogleGenAI } from '@google/genai';
import { agent, watch } from '@tallyspan/sdk';

const gemini = watch(new GoogleGenAI({}));

const greeter = agent({ name: 'greeter' }, () =>
  gemini.models.generateContent({ model: 'gemini-2.5-flash', contents: 'Say hello.' }),
);
await greeter();`,
  ),
  {
    id: 'ai-sdk',
    name: 'AI SDK',
    about: 'AI SDK 7 takes a telemetry integration; 5 and 6 take a tracer: experimental_telemetry with tracer().',
    steps: [
      install('ai @ai-sdk/openai'),
      {
        title: 'Register the telemetry',
        label: 'Code: the AI SDK',
        text: () => `import { openai } from '@ai-sdk/openai';
import { telemetry } from '@tallyspan/sdk/ai';
import { generateText, registerTelemetry } from 'ai';

registerTelemetry(telemetry());

await generateText({ model: openai('gpt-4o'), prompt: 'Say hello.' });`,
      },
      run('node app.js'),
    ],
  },
  {
    id: 'langchain',
    name: 'LangChain',
    about: 'Models, tools, retrievers and agents become spans; a LangGraph node is the role of what runs in it.',
    steps: [
      install('@langchain/openai'),
      {
        title: 'Hand it the callbacks',
        label: 'Code: LangChain',
        text: () => `import { ChatOpenAI } from '@langchain/openai';
import { tallyspan } from '@tallyspan/sdk/langchain';

const model = new ChatOpenAI({ model: 'gpt-4o' });
await model.invoke('Say hello.', { callbacks: [tallyspan()] });`,
      },
      run('node app.js'),
    ],
  },
  {
    id: 'zero-code',
    name: 'Without code',
    about: 'Your program as it is. Every model library that it loads is watched.',
    steps: [install(), run('node --import @tallyspan/sdk/register app.js')],
  },
  {
    id: 'python',
    name: 'Python',
    about: 'OpenTelemetry for Python, unchanged. OpenInference, OpenLLMetry and the others are understood as well.',
    steps: [
      {
        title: 'Install an instrumentation',
        label: 'Shell: install for Python',
        text: () =>
          'pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http opentelemetry-instrumentation-openai-v2',
      },
      {
        title: 'Run it',
        label: 'Shell: run Python',
        text: (at) =>
          `${environmentOf(at, true)}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf\nopentelemetry-instrument python app.py`,
      },
    ],
  },
  {
    id: 'otlp',
    name: 'Any language',
    about: 'Whatever speaks OTLP over HTTP: an SDK, a Collector, or one request by hand.',
    steps: [
      {
        title: 'Point OpenTelemetry here',
        label: 'Shell: set the endpoint',
        text: (at) => `${environmentOf(at, true)}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`,
      },
      { title: 'Or send one span by hand', label: 'Shell: one span with curl', text: curlOf },
    ],
  },
];

/** One model call, now. Its ids are new each time, or the same span would come again. */
function curlOf({ origin, key }: Address): string {
  const attributes = [
    ['gen_ai.operation.name', '"stringValue":"chat"'],
    ['gen_ai.provider.name', '"stringValue":"openai"'],
    ['gen_ai.request.model', '"stringValue":"gpt-4o"'],
    ['gen_ai.usage.input_tokens', '"intValue":"1200"'],
    ['gen_ai.usage.output_tokens', '"intValue":"180"'],
    ['gen_ai.agent.name', '"stringValue":"hello"'],
  ].map(([name, value]) => `      {"key":"${name}","value":{${value}}}`);
  return `now=$(date +%s)
curl ${origin}/v1/traces -H 'content-type: application/json'${key === undefined ? '' : ` \\\n  -H 'authorization: Bearer ${key}'`} -d @- <<END
{"resourceSpans":[{"scopeSpans":[{"spans":[{
  "traceId":"$(openssl rand -hex 16)","spanId":"$(openssl rand -hex 8)",
  "name":"chat gpt-4o","kind":3,
  "startTimeUnixNano":"$((now - 1))000000000","endTimeUnixNano":"\${now}000000000",
  "attributes":[
${attributes.join(',\n')}
  ]}]}]}]}
END`;
}
