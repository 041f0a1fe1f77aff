/** Codes of the operating system in words that fit into a sentence. */
const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'read-only file system',
  ENOTDIR: 'a file is in the way',
  EEXIST: 'a file is in the way',
  ENOSPC: 'no space left on device',
  EDQUOT: 'quota exceeded',
  EIO: 'input/output error',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
};

/** Why a file operation failed, shortly: `read-only file system`. */
export function fileReason(error: unknown): string {
  const code = fileErrorCode(error);
  return (code !== undefined && reasons[code]) || code || String(error);
}

/** `ENOENT` and the like; undefined when the error does not come from the operating system. */
export function fileErrorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
