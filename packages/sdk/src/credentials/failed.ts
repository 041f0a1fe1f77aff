import { TallyError } from '@tallyspan/facts';
import { NoAnswer } from './request.ts';

/** What of a refusal may be told: its status and a code that we know. Everything else may quote what was sent. */
interface Refusal {
  provider: string;
  service: string;
  status?: number;
  code?: string | undefined;
  reason?: string;
  /** What to look at. */
  fix: string;
}

export function exchangeFailed({ provider, service, status, code, reason, fix }: Refusal): TallyError {
  const said = [status === undefined ? undefined : `HTTP ${status}`, code].filter(Boolean).join(' ');
  const error = new TallyError('CREDENTIAL_EXCHANGE_FAILED', { provider, service, reason: reason ?? said, fix });
  // Spans and metrics name a failure by its status.
  return status === undefined ? error : Object.assign(error, { status });
}

/** The same for what `ask` rejects with; what somebody else threw stays as it is. */
export function unanswered(error: unknown, refusal: Omit<Refusal, 'reason'>): unknown {
  return error instanceof NoAnswer ? exchangeFailed({ ...refusal, reason: error.message }) : error;
}
