import { isTallyError, limits } from '@tallyspan/facts';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { GrpcError } from './grpc-error.ts';
import { MessageBody } from './message-body.ts';

/** What comes through when bytes arrive in these pieces, and how it ended. */
async function through(pieces: readonly Uint8Array[]): Promise<{ body: Buffer; flags: boolean[]; error: unknown }> {
  const flags: boolean[] = [];
  const message = new MessageBody((compressed) => flags.push(compressed));
  const out: Buffer[] = [];
  let error: unknown;
  message.on('data', (piece: Buffer) => out.push(piece));
  message.on('error', (reason) => (error = reason));
  for (const piece of pieces) if (!message.destroyed) message.write(piece);
  if (!message.destroyed) message.end();
  await new Promise((resolve) => message.once('close', resolve));
  return { body: Buffer.concat(out), flags, error };
}

const frame = (body: Uint8Array, flag = 0) => {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
};
/** Cuts at these places. */
const cut = (bytes: Buffer, places: readonly number[]) => {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
};

it('a message comes through whole, wherever the network cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.boolean(),
      fc.array(fc.nat(400), { maxLength: 8 }),
      async (body, compressed, places) => {
        const got = await through(cut(frame(body, compressed ? 1 : 0), places));
        expect(got).toEqual({ body: Buffer.from(body), flags: [compressed], error: undefined });
      },
    ),
    { numRuns: 1_000 },
  );
});

it('random bytes are a message or an error with a code, and never more than they said', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 40 }),
      fc.array(fc.nat(40), { maxLength: 4 }),
      fc.boolean(),
      async (bytes, places, short) => {
        // Small lengths, or nearly all of them would be gigabytes.
        const sent = Buffer.from(bytes);
        if (short) sent.fill(0, 0, Math.min(4, sent.length));
        const { body, error } = await through(cut(sent, places));
        if (error === undefined) expect(body.length).toBe(sent.readUInt32BE(1));
        else expect(error instanceof GrpcError || isTallyError(error)).toBe(true);
      },
    ),
    { numRuns: 5_000 },
  );
});

it('a length at the limit is waited for, one byte more is refused before anything of it is there', async () => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(limits.bodyBytesMax, 1);
  expect((await through([prefix])).error).toMatchObject({ message: 'The message ends too early.' });
  prefix.writeUInt32BE(limits.bodyBytesMax + 1, 1);
  expect((await through([prefix])).error).toMatchObject({ code: 'BODY_TOO_LARGE' });
});
