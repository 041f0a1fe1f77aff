import { type Attributes, type AttributeValue, BILLABLE, type Facts, type Span, type WireSpan } from '../facts.ts';
import { nanosFromUsd } from '../units.ts';
import { type Column, columnNames, type Reader } from './column.ts';
import { type Numbered, splitNumbered } from './numbered.ts';
import { textPart } from './messages.ts';
import { isContentEvent, otelContent } from './otel-content.ts';
import { canonicalProvider, isFramework } from './providers.ts';
import { fromJson, Reading } from './reading.ts';
import { readers } from './registry.ts';

/** What is known of an attribute's name, whatever its value. */
interface Known {
  column?: Column;
  /** How much the column is trusted among all; 0 is most. */
  rank: number;
  numbered?: Numbered;
  /** Which readers have something to do with it, one bit each; {@link KIND} when it may say of what kind the span is. */
  marks: number;
}

const all = Object.values(readers);
const columns = new Map<string, { column: Column; rank: number }>();
for (const { columns: rows } of all) {
  for (const column of rows) {
    for (const name of columnNames(column)) if (!columns.has(name)) columns.set(name, { column, rank: columns.size });
  }
}
const heads = new Set(all.flatMap(({ numbered = [] }) => numbered));
const kinds = all.flatMap((reader) => (reader.kinds ? [reader.kinds] : []));
const kindNames = new Set(kinds.map(({ attribute }) => attribute));
const spanNames = new Map(all.flatMap(({ spanNames: names = {} }) => Object.entries(names)));
/** Readers that run for some spans, and the bits that say so. */
const runners = all.flatMap(({ read }, bit) => (read ? [{ read, mark: 1 << bit }] : []));
const namedMarks = new Map([...spanNames.keys()].map((name) => [name, marksOfName(name)]));
const CONTENT = 1 << all.indexOf(otelContent);
const KIND = 1 << 30;

function marksOfName(name: string): number {
  let marks = 0;
  for (const [bit, { spanNames: names = {} }] of all.entries()) if (Object.hasOwn(names, name)) marks |= 1 << bit;
  return marks;
}

/** Names that were seen before. Bounded, as names are anybody's. */
const seen = new Map<string, Known>();
const SEEN_MAX = 8_192;

function know(name: string): Known {
  const before = seen.get(name);
  if (before) return before;
  const numbered = splitNumbered(name);
  const known: Known = { rank: 0, ...columns.get(name), marks: marksOf(name) };
  if (numbered && heads.has(numbered.head)) known.numbered = numbered;
  if (seen.size < SEEN_MAX) seen.set(name, known);
  return known;
}

function marksOf(name: string): number {
  let marks = kindNames.has(name) ? KIND : 0;
  for (const [bit, { marks: names = [] }] of all.entries()) {
    if (names.some((mark) => (mark.endsWith('.') ? name.startsWith(mark) : name === mark))) marks |= 1 << bit;
  }
  return marks;
}

/** The scope of our own SDK's spans. */
const OURS = '@tallyspan/sdk';

/** The one event that repeats a call's whole attributes. */
const DETAILS = 'gen_ai.client.inference.operation.details';

/**
 * Anybody's span, understood: known attributes become facts, the rest stays. Attribute by attribute, since one span may mix
 * generations and dialects. Pure; the order of attributes does not matter; a value of the wrong type is no fact and stays where it was.
 */
export function readSpan(wire: WireSpan): Span {
  const reading = new Reading(wire);
  let marks = readColumns(wire.attributes, reading, true);
  for (const event of wire.events) {
    if (event.name === DETAILS) readColumns(event.attributes, reading, false);
    else if (isContentEvent(event)) marks |= CONTENT;
  }
  marks |= namedMarks.get(wire.name) ?? 0;
  const { facts } = reading;
  if (facts.provider !== undefined) facts.provider = canonicalProvider(facts.provider);
  reading.say('operation', operationOf(reading, (marks & KIND) !== 0));
  if (marks & ~KIND) for (const { read, mark } of runners) if (marks & mark) tryReading(read, reading);
  if (facts.provider !== undefined) facts.provider = canonicalProvider(facts.provider);
  settleProvider(reading);
  settleOperation(reading);
  settleSide(reading);
  settleInstructions(reading);
  includeParts(reading);
  return { ...wire, attributes: reading.rest, facts };
}

/** A payload may be anything; what a dialect makes of it is worth less than the rest of the span. */
function tryReading(read: NonNullable<Reader['read']>, reading: Reading): void {
  try {
    read(reading);
  } catch {
    // What was understood so far stays.
  }
}

/** Tables. Answers which readers have something to do. An event only fills the gaps of its span, and is kept as it is. */
function readColumns(attributes: Attributes, reading: Reading, ofSpan: boolean): number {
  const facts: Record<string, unknown> = ofSpan ? (reading.facts as Record<string, unknown>) : {};
  const ranks: Record<string, number> = {};
  let marks = 0;
  for (const name of Object.keys(attributes)) {
    const value = attributes[name]!;
    const known = know(name);
    marks |= known.marks;
    const fact = known.column && readValue(known.column, value);
    if (known.column === undefined || fact === undefined) {
      if (!ofSpan) continue;
      setOwn(reading.rest, name, value);
      if (known.numbered) reading.addNumbered(name, known.numbered, value);
    } else if (!(known.column.fact in facts) || known.rank < ranks[known.column.fact]!) {
      facts[known.column.fact] = fact;
      ranks[known.column.fact] = known.rank;
    }
  }
  if (!ofSpan) for (const [fact, value] of Object.entries(facts)) reading.offer(fact as keyof Facts, value as never);
  return marks;
}

/**
 * What the span did. A dialect's kind is believed before `gen_ai.operation.name`, which some exporters fill in by a table of their
 * own (LangSmith calls a retriever `embeddings`), unless that only says the same thing more exactly. '' is a step of no known kind.
 */
function operationOf({ facts, rest, wire }: Reading, hasKind: boolean): string | undefined {
  const said =
    facts.operation === undefined ? undefined : (aliases.get(facts.operation.toLowerCase()) ?? facts.operation);
  for (const { attribute, operations } of hasKind ? kinds : []) {
    const value = Object.hasOwn(rest, attribute) ? rest[attribute] : undefined;
    if (typeof value !== 'string') continue;
    // MLflow's values are JSON text, in quotes.
    const kind = value.replace(/^"|"$/g, '').toLowerCase();
    if (!Object.hasOwn(operations, kind)) continue;
    delete rest[attribute];
    const operation = operations[kind]!;
    if (said !== undefined && classOf(said) === classOf(operation)) return said;
    return operation;
  }
  return said ?? spanNames.get(wire.name);
}

const aliases: ReadonlyMap<string, string> = new Map([
  ['completion', 'text_completion'],
  ['embedding', 'embeddings'],
  ['responses', 'chat'],
  ['call_llm', 'chat'],
  ['workflow', 'invoke_workflow'],
  ['chain', 'invoke_workflow'],
  ['agent', 'invoke_agent'],
  ['tool', 'execute_tool'],
]);

const INFERENCE = new Set(['chat', 'text_completion', 'generate_content']);

function classOf(operation: string): string {
  if (INFERENCE.has(operation)) return 'inference';
  return BILLABLE.has(operation) || operation === 'execute_tool' || operation === 'retrieval' ? operation : 'step';
}

function settleOperation(reading: Reading): void {
  const operation = reading.facts.operation ?? guessedOperation(reading);
  reading.say('operation', operation === '' ? undefined : operation);
}

/** Between two processes, the kind of a span says which end it is. */
function settleSide({ facts, wire }: Reading): void {
  if (facts.mcpMethod === undefined && facts.a2aMethod === undefined && !A2A.has(facts.operation ?? '')) return;
  if (wire.kind === 'client' || wire.kind === 'server') facts.side = wire.kind;
}

const A2A = new Set(['a2a_send', 'a2a_execute']);

/** For spans that say nowhere what they did: a tool has a name, and a model that used tokens or answered was called. */
function guessedOperation({ facts, wire }: Reading): string | undefined {
  if (facts.toolName !== undefined || facts.toolCallId !== undefined || facts.mcpMethod === 'tools/call')
    return 'execute_tool';
  if (facts.a2aMethod !== undefined) return wire.kind === 'server' ? 'a2a_execute' : 'a2a_send';
  if (facts.requestModel === undefined && facts.responseModel === undefined) return undefined;
  const answered =
    facts.inputTokens ?? facts.outputTokens ?? facts.responseId ?? facts.finishReasons ?? facts.outputMessages;
  return answered === undefined ? undefined : 'chat';
}

/** Some write the framework that traces where the provider belongs. */
function settleProvider(reading: Reading): void {
  const { provider } = reading.facts;
  if (provider === undefined || !isFramework(provider)) return;
  reading.offer('framework', provider);
  reading.say('provider', undefined);
}

/** The conventions want a list of parts; OpenTelemetry's own instrumentation writes plain text. */
function settleInstructions(reading: Reading): void {
  const given = reading.facts.systemInstructions;
  if (given === undefined || given.startsWith('[') || fromJson(given) !== undefined) return;
  reading.say('systemInstructions', JSON.stringify([textPart(given)]));
}

/**
 * The house rule: input includes the cache, output includes reasoning. Where the parts exceed the whole, the sender reported them
 * beside it, as Anthropic's and Gemini's own figures are. Our own SDK follows the rule, so what it says is what a provider reported.
 */
function includeParts(reading: Reading): void {
  if (reading.wire.scopeName === OURS) return;
  const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, reasoningTokens = 0 } = reading.facts;
  const cached = cacheReadTokens + cacheWriteTokens;
  const beside = inputTokens !== undefined && cached > inputTokens;
  const thoughtBeside = outputTokens !== undefined && reasoningTokens > outputTokens;
  if (beside) reading.facts.inputTokens = inputTokens + cached;
  if (thoughtBeside) reading.facts.outputTokens = outputTokens + reasoningTokens;
  if (beside || thoughtBeside) reading.rest['tally.usage.basis'] = 'exclusive';
}

/** The value as the fact has it, or undefined when it does not fit. */
function readValue(column: Column, value: AttributeValue): string | number | bigint | boolean | string[] | undefined {
  switch (column.type) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'int':
      return readInteger(value);
    case 'double':
      return typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : undefined;
    case 'bool':
      return typeof value === 'boolean' ? value : undefined;
    case 'strings':
      return readStrings(value);
    case 'json':
      return typeof value === 'string' ? value : value === null ? undefined : toJson(value);
    case 'usd':
      return readUsd(value);
  }
}

/** A list; one text alone; or, as Mastra has it, a list written as JSON. */
function readStrings(value: AttributeValue): string[] | undefined {
  const list = typeof value === 'string' && value.startsWith('["') ? (fromJson(value) ?? value) : value;
  if (typeof list === 'string') return [list];
  return Array.isArray(list) && list.every((item) => typeof item === 'string') ? (list as string[]) : undefined;
}

/** Some senders write counts as doubles or text; a whole number is a whole number. */
function readInteger(value: AttributeValue): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
}

function readUsd(value: AttributeValue): bigint | undefined {
  const number = typeof value === 'string' && /^\d+(\.\d+)?(e-?\d+)?$/i.test(value) ? Number(value) : value;
  return typeof number === 'number' && number >= 0 && number < 1e9 ? nanosFromUsd(number) : undefined;
}

/** JSON of an attribute value; integers beyond 2^53 become text, as OTLP/JSON does it. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner));
}

/** Sets a key that may be `__proto__` without touching any prototype. */
export function setOwn(target: Attributes, key: string, value: AttributeValue): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}
