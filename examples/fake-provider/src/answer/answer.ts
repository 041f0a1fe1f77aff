import { modelOf } from '../models.ts';
import type { Finish, Reply, Tokens, ToolCall } from '../reply.ts';
import { countTokens, defaultText, defaultThinking } from './defaults.ts';
import { sampleOfSchema } from './sample-of-schema.ts';

/** What a request asks for, whatever its format. */
export interface Asked {
  model: string;
  /** Everything the model reads. */
  input: string;
  choices: number;
  outputTokensMax: number | undefined;
  /** Of a structured output. */
  schema: unknown;
  wantsThinking: boolean;
  tools: readonly { name: string; schema: unknown }[];
  /** `auto` calls a tool unless the conversation has a tool's result already. */
  toolChoice: 'auto' | 'none' | 'required' | { name: string };
  hasToolResult: boolean;
}

/** A whole answer, whatever its format. */
export interface Answer {
  model: string;
  /** One for each choice; empty texts where a tool is called instead. */
  texts: readonly string[];
  toolCalls: readonly ToolCall[];
  refusal: string | undefined;
  thinking: string | undefined;
  finish: Finish;
  tokens: Tokens;
}

/** What the reply says; what it leaves open follows from the request, always in the same way. */
export function answerOf(asked: Asked, reply: Reply): Answer {
  const saysSomething = reply.text !== undefined || reply.refusal !== undefined;
  const toolCalls = reply.toolCalls ?? (saysSomething ? [] : defaultToolCalls(asked));
  const texts = textsOf(asked, reply, toolCalls.length > 0);
  const thinking = reply.thinking ?? (asked.wantsThinking ? defaultThinking : undefined);

  const model = modelOf(asked.model);
  const reasoning =
    reply.usage?.reasoning ?? model.reasoningTokens ?? (thinking === undefined ? 0 : countTokens(thinking));
  const said = [...texts, reply.refusal ?? '', ...toolCalls.map((call) => call.name + argumentsText(call))];
  const tokens: Tokens = {
    input: countTokens(asked.input),
    output: reasoning + said.reduce((sum, text) => sum + countTokens(text), 0),
    cacheRead: 0,
    cacheWrite: 0,
    cacheWrite1h: 0,
    inputAudio: 0,
    outputAudio: 0,
    ...reply.usage,
    reasoning,
  };
  const wasCut = reply.text === undefined && texts.some((text) => text !== '' && text !== fullText(asked));
  const finish = reply.finish ?? (toolCalls.length > 0 ? 'tool_calls' : wasCut ? 'length' : 'stop');
  return {
    model: reply.answersAs ?? model.answersAs,
    texts,
    toolCalls,
    refusal: reply.refusal,
    thinking,
    finish,
    tokens,
  };
}

export function argumentsText(call: ToolCall): string {
  return typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments);
}

/** Word by word, or in so many pieces. Joined, they are the text. */
export function piecesOf(text: string, count: number | undefined): string[] {
  const words = text.match(/\s*\S+\s*/g) ?? (text === '' ? [] : [text]);
  if (count === undefined || count >= words.length) return words;
  const pieces = Array.from({ length: Math.max(1, count) }, () => '');
  words.forEach((word, at) => {
    pieces[Math.floor((at * pieces.length) / words.length)] += word;
  });
  return pieces;
}

function defaultToolCalls({ tools, toolChoice, hasToolResult }: Asked): ToolCall[] {
  if (toolChoice === 'none' || (toolChoice === 'auto' && hasToolResult)) return [];
  const tool = typeof toolChoice === 'object' ? tools.find(({ name }) => name === toolChoice.name) : tools[0];
  return tool === undefined ? [] : [{ name: tool.name, arguments: JSON.stringify(sampleOfSchema(tool.schema)) }];
}

function textsOf(asked: Asked, reply: Reply, callsTool: boolean): readonly string[] {
  if (typeof reply.text === 'object') return reply.text;
  if (reply.text !== undefined) return Array.from({ length: asked.choices }, () => reply.text as string);
  const text =
    callsTool || reply.refusal !== undefined ? '' : fullText(asked).slice(0, (asked.outputTokensMax ?? Infinity) * 4);
  return Array.from({ length: asked.choices }, () => text);
}

function fullText({ schema }: Asked): string {
  return schema === undefined ? defaultText : JSON.stringify(sampleOfSchema(schema));
}
