import { ReadableStream } from 'node:stream/web';

/**
 * An answer whose body is made while it is sent. The page reads the types of our routes with those of a browser, whose streams are
 * declared elsewhere than Node's: the same thing under two names.
 */
export function streamResponse(chunks: AsyncIterable<Uint8Array>, headers: Record<string, string>): Response {
  return new Response(ReadableStream.from(chunks) as unknown as ConstructorParameters<typeof Response>[0], { headers });
}
