/**
 * Identity as W3C Baggage, for what leaves the process and what comes into it: `gen_ai.agent.name=analyst,tally.tenant=acme-corp`.
 * Members have the names of our attributes, and only those of this table are ever written or read: an allow-list.
 *
 * https://www.w3.org/TR/baggage/
 */
import { dialects, type Identity, limits } from '@tallyspan/facts';

/** What may be carried. */
export type CarriedFact =
  | 'tenant'
  | 'agent'
  | 'agentVersion'
  | 'role'
  | 'runId'
  | 'sessionId'
  | 'userId'
  | 'spiffeId'
  | 'comparisonGroup';

interface Member {
  fact: CarriedFact;
  name: string;
  /** Believed only from whom the program trusts: who pays, who somebody is, what a workload proves to be. */
  claim: boolean;
  /** Tells of a person, so it leaves the process only where the program says so. */
  personal: boolean;
}

const members: readonly Member[] = (
  [
    ['tenant', true, false],
    ['agent', false, false],
    ['agentVersion', false, false],
    ['role', false, false],
    ['runId', false, false],
    ['sessionId', false, false],
    ['userId', true, true],
    ['spiffeId', true, false],
    ['comparisonGroup', false, false],
  ] as const
).map(([fact, claim, personal]) => ({ fact, name: nameOf(fact), claim, personal }));

const byName = new Map(members.map((member) => [member.name, member]));

/** The attribute that carries a fact. */
function nameOf(fact: CarriedFact): string {
  return dialects.otel.columns.find((column) => column.fact === fact)!.name as string;
}

/** What of an identity is carried. Without `personal`, nothing that tells of a person. */
export function carriedIdentity(identity: Identity, personal: boolean): Identity {
  const carried: Identity = {};
  for (const member of members) {
    const value = identity[member.fact];
    if (value !== undefined && isSound(value) && (personal || !member.personal)) carried[member.fact] = value;
  }
  return carried;
}

/** An identity that somebody else wrote, by our own facts' names: what is no name or id of ours is left out. */
export function soundIdentity(given: unknown): Identity {
  if (typeof given !== 'object' || given === null) return {};
  return carriedIdentity(given as Identity, true);
}

/** `gen_ai.agent.name=analyst,tally.tenant=acme`; of `others`, members that are not ours come first. Empty where there is nothing. */
export function writeBaggage(identity: Identity, others = ''): string {
  const kept = split(others).filter((member) => !byName.has(member.slice(0, member.search(/[=;]|$/)).trim()));
  const carried = carriedIdentity(identity, true);
  const own = members.flatMap(({ fact, name }) => {
    const value = carried[fact];
    return value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`];
  });
  // Ours come first when there is not room for all.
  let bytes = 0;
  const fitting = [...own, ...kept].filter((member, index) => {
    bytes += Buffer.byteLength(member) + 1;
    return index < limits.baggageMembersMax && bytes <= limits.baggageBytesMax;
  });
  return fitting.join(',');
}

/** Reads our members of a header that anybody may have written. Claims are believed only where `trust` names them. */
export function readBaggage(header: string | undefined, trust: ReadonlySet<CarriedFact>): Identity {
  const identity: Identity = {};
  for (const text of split(header)) {
    const at = text.indexOf('=');
    const member = byName.get(text.slice(0, at).trim());
    if (at <= 0 || !member || identity[member.fact] !== undefined) continue;
    if (member.claim && !trust.has(member.fact)) continue;
    const value = decoded(
      text
        .slice(at + 1)
        .split(';', 1)[0]!
        .trim(),
    );
    if (value !== undefined && isSound(value)) identity[member.fact] = value;
  }
  return identity;
}

/** Everything is believed: of a process that we were started by. */
export const EVERYTHING: ReadonlySet<CarriedFact> = new Set(members.map(({ fact }) => fact));

/** The members of a header, as many as the limits allow. A header that is too long is cut at a member. */
function split(header: string | undefined): string[] {
  if (!header) return [];
  const whole = header.length <= limits.baggageBytesMax;
  const kept = header.slice(0, limits.baggageBytesMax).split(',');
  if (!whole) kept.pop();
  return kept.slice(0, limits.baggageMembersMax).filter((member) => member.trim() !== '');
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

/** Half of a character, and what terminals and logs obey: control characters, and those that turn the direction of text. */
// oxlint-disable-next-line no-control-regex
const UNSOUND = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/u;

function isSound(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= limits.identityCharsMax && !UNSOUND.test(value);
}
