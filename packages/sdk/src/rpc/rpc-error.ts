/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md: those that mean something here. */
export const rpcCodes = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  aborted: 10,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  dataLoss: 15,
} as const;

/** What else is known of a call that failed. */
export interface RpcFailure {
  /** What of Node failed, such as a connection that was refused. */
  cause?: unknown;
  /** The answer was none of gRPC: its HTTP status. */
  httpStatus?: number;
  /** The bytes of a google.rpc.Status, as it came in `grpc-status-details-bin`. */
  details?: Buffer;
}

/** A call that ended without success. */
export class RpcError extends Error {
  override readonly name = 'RpcError';
  readonly code: number;
  readonly httpStatus: number | undefined;
  readonly details: Buffer | undefined;

  constructor(code: number, message: string, { cause, httpStatus, details }: RpcFailure = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.code = code;
    this.httpStatus = httpStatus;
    this.details = details;
  }
}
