/**
 * What happens to a body whichever way it came (OTLP/HTTP, OTLP/gRPC, a task trace):
 *
 *   check every span ──► log (fsync) ──► acknowledged
 *          │                  │
 *   BODY_UNREADABLE,     STORAGE_FULL: the sender tries again
 *   or refused alone
 */
import { isTallyError, limits, TallyError } from '@tallyspan/facts';
import type { Log, LogPosition } from '@tallyspan/store';
import type { Access } from './auth/access.ts';
import { type Grant, quotaExceeded, type Quotas, retryAfter } from './auth/quotas.ts';
import type { Backlog } from './backlog.ts';
import type { PartialSuccess } from './otlp/answers.ts';
import { checkBody } from './otlp/check-body.ts';
import type { Format } from './otlp/read-traces.ts';
import type { Signal } from './otlp/signals.ts';
import { describeError } from './report.ts';

export interface IntakeOptions {
  log: Pick<Log, 'append'>;
  backlog: Backlog;
  /** How much each tenant may send. Default: as much as it likes. */
  quotas?: Pick<Quotas, 'admit' | 'charge'>;
  /** What starts before it is past its retention, of the tenant of a key or of nobody in particular. Default: nothing is. */
  notBefore?: (tenant: string | undefined) => bigint | undefined;
  /** Called after something new lies in the log, up to this position. */
  onLogged: (position: LogPosition) => void;
  /** Called when spans are about to be acknowledged. */
  onAccepted?: (bytes: number, spans: number, rejected: number) => void;
  /** Called when a request is refused as a whole. */
  onRefused?: (code: string) => void;
  /** Called with the outcome of every write to the log. */
  onWrite: (error?: unknown) => void;
  dataDir: string;
}

/** How each unkept signal is called in an answer, and what points it elsewhere. */
const unkept = {
  metrics: { signal: 'Metrics', variable: 'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT' },
  logs: { signal: 'Logs', variable: 'OTEL_EXPORTER_OTLP_LOGS_ENDPOINT' },
} as const;

/** For whom something is taken in: the tenant of a key makes all of it this tenant's. */
export type Sender = Pick<Access, 'tenant' | 'agent'>;

/**
 * Resolves when everything that was not refused is safe on disk: only then may it be acknowledged. Answers what was refused.
 * Throws BODY_UNREADABLE, SPANS_TOO_MANY or STORAGE_FULL, and then nothing of the body is stored. `body` may be gone afterwards.
 */
export async function takeIn(
  options: IntakeOptions,
  body: Buffer,
  format: Format,
  signal: Signal,
  { tenant }: Sender,
): Promise<PartialSuccess | undefined> {
  const bytes = body.length;
  const checked = await checkBody(body, format, signal, options.notBefore?.(tenant));
  if (tenant !== undefined) options.quotas?.charge(tenant, checked.accepted + checked.refused, bytes);
  if (signal === 'traces') {
    if (checked.accepted > 0) await append(options, checked.body, format, tenant);
    options.onAccepted?.(bytes, checked.accepted, checked.refused);
    return checked.refused === 0 ? undefined : { rejected: checked.refused, message: checked.message };
  }
  // Metrics and logs have no place here yet. Saying so is better than taking them and losing them.
  if (checked.refused === 0) return undefined;
  return { rejected: checked.refused, message: new TallyError('SIGNAL_NOT_STORED', unkept[signal]).message };
}

async function append(
  { log, backlog, dataDir, onLogged, onWrite }: IntakeOptions,
  body: Uint8Array,
  format: Format,
  tenant: string | undefined,
): Promise<void> {
  const whose = tenant === undefined ? {} : { tenant };
  let position: LogPosition;
  try {
    const meta = { signal: 'traces', contentType: format, receivedAt: Date.now(), ...whose } as const;
    position = await log.append({ meta, body });
    if (tenant !== undefined) backlog.logged(position, body.length, tenant);
    onWrite();
  } catch (error) {
    onWrite(error);
    if (isTallyError(error) && error.code === 'STORAGE_FULL') throw error;
    throw new TallyError('STORAGE_FULL', { reason: describeError(error), dir: dataDir }, error);
  }
  onLogged(position);
}

/**
 * Lets a body in by what its headers say: throws QUOTA_EXCEEDED for a tenant that has sent enough or takes more than its share of the
 * backlog, OVERLOADED when there is no room for anybody.
 */
export async function hold(
  { backlog, quotas }: Pick<IntakeOptions, 'backlog' | 'quotas'>,
  { tenant }: Sender,
  announcedBytes = 0,
): Promise<Held> {
  const grant = tenant === undefined ? undefined : await quotas?.admit(tenant, announcedBytes);
  try {
    return new Held(backlog, { tenant, announcedBytes, grant });
  } catch (error) {
    grant?.release();
    throw error;
  }
}

interface Holding {
  tenant: string | undefined;
  announcedBytes: number;
  grant: Grant | undefined;
}

/** Counts a body against the backlog while it is being read and until it is dealt with. */
export class Held {
  #bytes = 0;
  readonly #backlog: Backlog;
  readonly #tenant: string | undefined;
  readonly #grant: Grant | undefined;

  constructor(backlog: Backlog, { tenant, announcedBytes, grant }: Holding) {
    this.#backlog = backlog;
    this.#tenant = tenant;
    this.#mustFit(announcedBytes);
    this.#grant = grant;
  }

  /** Throws QUOTA_EXCEEDED or OVERLOADED when it does not fit. */
  take(bytes: number): void {
    this.#mustFit(bytes);
    this.#backlog.reading(bytes, this.#tenant);
    this.#bytes += bytes;
  }

  release(): void {
    this.#backlog.reading(-this.#bytes, this.#tenant);
    this.#bytes = 0;
    this.#grant?.release();
  }

  #mustFit(bytes: number): void {
    const tenant = this.#tenant;
    if (tenant !== undefined && this.#backlog.overShare(tenant, bytes)) {
      const mib = Math.round(this.#backlog.shareBytesMax(tenant) / 1024 ** 2);
      throw quotaExceeded(tenant, `${mib} MiB waiting to be stored`, retrySeconds());
    }
    if (this.#backlog.full(bytes))
      throw new TallyError('OVERLOADED', { mib: Math.round(this.#backlog.bytes / 1024 ** 2) });
  }
}

/** When a sender may come back that was refused for a while; undefined for what is wrong for ever. */
export function retryOf(error: TallyError): number | undefined {
  if (error.code === 'QUOTA_EXCEEDED') return Math.min(retryAfter(error) ?? 1, limits.quotaRetrySecondsMax);
  return passing.has(error.code) ? retrySeconds() : undefined;
}

const passing: ReadonlySet<string> = new Set(['OVERLOADED', 'STORAGE_FULL', 'AUTH_UNAVAILABLE']);

/** Seconds after which a refused sender may come back, spread over half a minute, or all of them come at once. */
function retrySeconds(): number {
  return 1 + Math.floor(Math.random() * limits.retrySecondsMax);
}
