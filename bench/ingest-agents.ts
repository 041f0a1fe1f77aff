/**
 * Bodies as agents send them, all different, made fast enough to load a server: one is built, and for each that is sent its ids and
 * times are written over.
 */
import { lengthField, varintField } from '../packages/server/src/otlp/protobuf-writer.ts';

/** One agent, two roles, five model calls, two tools: a tree of ten spans. */
const spansPerTrace = 10;

/** Stand in the body that is built; real ids and times come in their place. */
const idMark = Buffer.from([0xf5, 0xfa, 0xf6, 0xfb]);
const textMark = 'qXzJvWkY';
const [startMark, endMark] = [0xfcf5f6f7, 0xfcf8f9fa];
const callNanos = 1_500_000_000n;

export interface BodyMaker {
  /** The body number `index`; the same buffer each time. */
  make(index: number): Buffer;
}

/** `spans` in whole traces. `parts` above 1: of each trace that part of the spans which the index says, as a long run sends them. */
export function agentBodies(spans: number, parts = 1): BodyMaker {
  const traces = (spans * parts) / spansPerTrace;
  const bodies = Array.from({ length: parts }, (_, part) => template(traces, part, parts));
  const base = BigInt(Date.now()) * 1_000_000n;
  return {
    make(index) {
      const { body, ids, texts, starts, ends } = bodies[index % parts]!;
      const round = Math.floor(index / parts);
      for (const at of ids) body.writeUInt32BE(round + 1, at);
      const hex = round.toString(16).padStart(textMark.length, '0');
      for (const at of texts) body.write(hex, at, 'latin1');
      const first = base + BigInt(round) * 20_000_000n;
      for (const [number, at] of starts.entries()) body.writeBigUInt64LE(first + BigInt(number) * 1_000n, at);
      for (const [number, at] of ends.entries()) body.writeBigUInt64LE(first + BigInt(number) * 1_000n + callNanos, at);
      return body;
    },
  };
}

function template(traces: number, part: number, parts: number) {
  const spans: Buffer[] = [];
  for (let index = 0; index < traces * spansPerTrace; index++)
    if (index % parts === part) spans.push(lengthField(2, span(index)));
  const resource = [
    text(1, 'service.name', 'bench'),
    text(1, 'service.version', '1.4.2'),
    text(1, 'telemetry.sdk.language', 'nodejs'),
    text(1, 'telemetry.sdk.name', 'opentelemetry'),
    attribute(1, 'process.pid', varintField(3, 4711)),
  ];
  const scope = lengthField(1, Buffer.concat([lengthField(1, '@tallyspan/sdk'), lengthField(2, '1.0.0')]));
  const body = lengthField(
    1,
    Buffer.concat([lengthField(1, Buffer.concat(resource)), lengthField(2, Buffer.concat([scope, ...spans]))]),
  );
  const times = (mark: number) => placesOf(body, timeBytes(mark, 0).subarray(4)).map((at) => at - 4);
  return {
    ...{ body, ids: placesOf(body, idMark), texts: placesOf(body, Buffer.from(textMark)) },
    ...{ starts: times(startMark), ends: times(endMark) },
  };
}

function placesOf(body: Buffer, mark: Buffer): number[] {
  const places: number[] = [];
  for (let at = body.indexOf(mark); at >= 0; at = body.indexOf(mark, at + mark.length)) places.push(at);
  return places;
}

function span(index: number): Buffer {
  const trace = Math.floor(index / spansPerTrace);
  const place = index % spansPerTrace;
  const isStep = place < 3;
  const isTool = place === 5 || place === 8;
  const parent = place < 3 ? 0 : 1 + (place % 2);
  const name = isStep ? 'invoke_agent analyst' : isTool ? 'execute_tool search' : 'chat gpt-4o';
  return Buffer.concat([
    ...[lengthField(1, id(trace, 16)), lengthField(2, id(index, 8))],
    ...(place === 0 ? [] : [lengthField(4, id(trace * spansPerTrace + parent, 8))]),
    ...[lengthField(5, name), varintField(6, isStep || isTool ? 1 : 3)],
    ...[time(7, startMark, index), time(8, endMark, index)],
    ...(isStep ? step : isTool ? tool : call).map((make) => make(index)),
    text(9, 'gen_ai.agent.name', `agent-${trace % 7}`),
    text(9, 'tally.tenant', `tenant-${trace % 5}`),
    text(9, 'tally.role', `role-${place % 3}`),
    text(9, 'tally.run.id', `run-${textMark}-${trace}`),
    text(9, 'session.id', `session-${textMark}-${trace >> 2}`),
    text(9, 'user.id', `user-${trace % 100}`),
  ]);
}

type Make = (index: number) => Buffer;

const step: readonly Make[] = [() => text(9, 'gen_ai.operation.name', 'invoke_agent')];
const tool: readonly Make[] = [
  () => text(9, 'gen_ai.operation.name', 'execute_tool'),
  () => text(9, 'gen_ai.tool.name', 'search'),
  () => text(9, 'gen_ai.tool.type', 'function'),
  (index) => text(9, 'gen_ai.tool.call.id', `call-${textMark}-${index}`),
];
const call: readonly Make[] = [
  () => text(9, 'gen_ai.operation.name', 'chat'),
  () => text(9, 'gen_ai.provider.name', 'openai'),
  () => text(9, 'gen_ai.request.model', 'gpt-4o'),
  () => attribute(9, 'gen_ai.request.max_tokens', varintField(3, 4_096)),
  () => text(9, 'gen_ai.response.model', 'gpt-4o-2024-08-06'),
  (index) => text(9, 'gen_ai.response.id', `chatcmpl-${textMark}-${index}`),
  () => attribute(9, 'gen_ai.response.finish_reasons', lengthField(5, lengthField(1, lengthField(1, 'stop')))),
  (index) => attribute(9, 'gen_ai.usage.input_tokens', varintField(3, 1_000 + (index % 500))),
  (index) => attribute(9, 'gen_ai.usage.output_tokens', varintField(3, 100 + (index % 90))),
  () => text(9, 'server.address', 'api.openai.com'),
  () => attribute(9, 'server.port', varintField(3, 443)),
];

function attribute(field: number, key: string, value: Buffer): Buffer {
  return lengthField(field, Buffer.concat([lengthField(1, key), lengthField(2, value)]));
}

function text(field: number, key: string, value: string): Buffer {
  return attribute(field, key, lengthField(1, value));
}

/** The mark, where the number of the body goes, and what number it is inside the body. */
function id(index: number, bytes: number): Buffer {
  const made = Buffer.alloc(bytes, 7);
  idMark.copy(made);
  made.writeUInt32BE(index + 1, 4);
  return made;
}

function timeBytes(mark: number, index: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(index, 0);
  bytes.writeUInt32LE(mark, 4);
  return bytes;
}

function time(field: number, mark: number, index: number): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 1]), timeBytes(mark, index)]);
}
