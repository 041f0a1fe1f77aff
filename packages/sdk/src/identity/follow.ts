import { limits } from '@tallyspan/facts';
import { NO_ANSWER, type RpcClient } from './rpc.ts';
import { rpcCodes, RpcError } from '../rpc/rpc-error.ts';

export interface FollowHandlers {
  /** A whole new state. May throw: then it is left out, and the stream is opened again. */
  onMessage(message: Buffer): void;
  /** The stream ended, and will be opened again after a pause, unless `isFinal`. */
  onFailure(error: RpcError, isFinal: boolean): void;
}

export interface Following {
  /** Opens the stream anew, as if by a client that has nothing yet: the server must answer at once. */
  renew(): void;
  close(): void;
}

/** A stream that lived so long was a good one, and the next failure is the first again. */
const GOOD_AFTER_MS = 10_000;

/** These say that asking again is no use (Workload Endpoint specification, appendix A). */
const finalCodes = new Set<number>([rpcCodes.invalidArgument, rpcCodes.unimplemented]);

/**
 * Keeps one stream of the Workload API open, for ever: it is opened again after a pause that grows and is never the same, so that
 * a thousand workloads do not come back to their agent in one moment. Holds nothing back from exiting.
 */
export function follow(client: RpcClient, method: string, handlers: FollowHandlers): Following {
  let failures = 0;
  let closed = false;
  let cancel = () => {};
  let timer: NodeJS.Timeout | undefined;
  const later = (ms: number, then: () => void) => {
    clearTimeout(timer);
    timer = setTimeout(then, ms);
    timer.unref();
  };

  const fail = (error: RpcError, since: number) => {
    if (closed) return;
    const isFinal = finalCodes.has(error.code);
    failures = performance.now() - since > GOOD_AFTER_MS ? 1 : failures + 1;
    clearTimeout(timer);
    if (!isFinal) later(pauseMs(failures), open);
    handlers.onFailure(error, isFinal);
  };

  const open = () => {
    if (closed) return;
    const since = performance.now();
    let heard = false;
    cancel = client.call(method, Buffer.alloc(0), {
      onMessage: (message) => {
        if (!heard) clearTimeout(timer);
        heard = true;
        handlers.onMessage(message);
      },
      onEnd: (error) => fail(error ?? new RpcError(rpcCodes.unavailable, 'the server ended the stream'), since),
    });
    // The first answer has to come without delay. Later ones may take days.
    later(limits.workloadApiTimeoutMs, () => {
      cancel();
      client.hangUp();
      fail(new RpcError(rpcCodes.deadlineExceeded, NO_ANSWER), since);
    });
  };

  open();
  return {
    renew: () => {
      if (closed) return;
      cancel();
      open();
    },
    close: () => {
      closed = true;
      clearTimeout(timer);
      cancel();
    },
  };
}

/** The n-th pause: a tenth of a second, doubled each time up to the limit, and then between half and all of it. */
export function pauseMs(failures: number): number {
  const longest = Math.min(limits.workloadRetryMsMax, 100 * 2 ** Math.min(failures - 1, 20));
  return longest * (0.5 + Math.random() / 2);
}
