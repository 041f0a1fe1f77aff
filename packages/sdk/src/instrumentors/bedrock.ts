import { bedrock } from '../adapters/bedrock/bedrock.ts';
import { bedrockAgent } from '../adapters/bedrock-agent/bedrock-agent.ts';
import { instrumentorOf } from '../instrumentor.ts';

/** Every client of `@aws-sdk/client-bedrock-runtime` and `@aws-sdk/client-bedrock-agent-runtime`. */
export class BedrockInstrumentor extends /* @__PURE__ */ instrumentorOf(bedrock, bedrockAgent) {}
