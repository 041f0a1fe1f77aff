/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md: those that are answered here. */
const codes = { INVALID_ARGUMENT: 3, DEADLINE_EXCEEDED: 4, UNIMPLEMENTED: 12, INTERNAL: 13 } as const;

/** What is wrong with a call before OTLP comes into it. */
export class GrpcError extends Error {
  override readonly name = 'GrpcError';
  readonly code: number;

  constructor(code: keyof typeof codes, message: string) {
    super(message);
    this.code = codes[code];
  }
}
