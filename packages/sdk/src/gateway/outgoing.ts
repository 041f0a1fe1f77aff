import { carriedIdentity, writeBaggage } from '../carry/carried-identity.ts';
import { outgoingHeaders } from '../carry/headers.ts';
import { currentIdentity } from '../context.ts';
import { fields, text } from '../read.ts';

/**
 * The message with where we are in its `_meta`, on a copy: the caller's objects stay as they are. The keys are those that MCP reserves for
 * W3C Trace Context and Baggage (SEP-414). What the caller put there itself stays; members of its baggage go along with ours.
 */
export function withContext(message: Readonly<Record<string, unknown>>): unknown {
  const params = fields(message['params']);
  const meta = fields(params['_meta']);
  const { traceparent, tracestate, baggage } = outgoingHeaders();
  const added: Record<string, string> = {};
  if (traceparent !== undefined && meta['traceparent'] === undefined) {
    added['traceparent'] = traceparent;
    if (tracestate !== undefined) added['tracestate'] = tracestate;
  }
  const theirs = text(meta['baggage']);
  const whole = theirs === undefined ? baggage : writeBaggage(carriedIdentity(currentIdentity(), false), theirs);
  if (whole) added['baggage'] = whole;
  return { ...message, params: { ...params, _meta: { ...meta, ...added } } };
}
