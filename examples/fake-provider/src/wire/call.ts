import type { MakeId } from '../ids.ts';
import type { RecordedRequest } from '../recorded-request.ts';
import type { Reply } from '../reply.ts';
import type { Outgoing } from './outgoing.ts';

/** All that a format needs to answer one request. */
export interface WireCall {
  request: RecordedRequest;
  reply: Reply;
  makeId: MakeId;
  nowSeconds: number;
  /** OpenAI's responses by id, for who asks for them later. */
  stored: Map<string, Outgoing>;
}

export type Handle = (call: WireCall) => Outgoing;
