import { fieldsOf, readMessage, textOf } from '../rpc/protobuf.ts';

/** What a receiver did not take of a request that it has otherwise taken. */
export interface PartialSuccess {
  rejected: number;
  /** In its own words, at most 200 characters, as JSON writes them: they may be anything. */
  message: string;
}

/**
 * Reads `partial_success` of an answer to an export. Nothing rejected where the answer is none: some receivers send a page of HTML
 * with their 200. Nothing of it is sent again: the receiver would refuse it again (OTLP, "Partial Success").
 */
export function readPartialSuccess(answer: Buffer, sent: number): PartialSuccess {
  try {
    const [partial] = readMessage(answer)(1);
    if (partial) {
      let rejected = 0;
      for (const { field, value } of fieldsOf(partial))
        if (field === 1 && typeof value === 'bigint') rejected = Number(value);
      if (rejected > 0 && rejected <= sent)
        return { rejected, message: JSON.stringify(textOf(readMessage(partial)(2)).slice(0, 200)) };
    }
  } catch {
    // No protobuf, no rejection.
  }
  return { rejected: 0, message: '""' };
}
