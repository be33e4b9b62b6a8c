import { LARGEST, TooLarge } from './records.ts'

/** Whether the file is at fault and not the database: it is missing, unreadable, a folder, not UTF-8, or too large. */
export const isReadError = (error: unknown): error is Error & { code?: string } =>
  error instanceof TooLarge ||
  (error instanceof Error && 'code' in error && typeof error.code === 'string' && READ_ERRORS.has(error.code))

const READ_ERRORS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['EIO', 'the disk could not read it'],
  ['Z_DATA_ERROR', 'it is not gzip, although its name ends with .gz'],
  ['Z_BUF_ERROR', 'it is packed with gzip, and cut off'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8'],
])

export const readErrorReason = (error: Error & { code?: string }): string =>
  error instanceof TooLarge
    ? `a JSON text is larger than ${LARGEST / 1_000_000} MB; NDJSON, with one resource a line, has no limit`
    : (READ_ERRORS.get(error.code ?? '') ?? 'it cannot be read')
