import type { Clock } from '../config.ts'
import { type Prepared, prepare, putPrepared, ResourceRefused } from '../fhir/put-resource.ts'
import type { Store } from '../store/store.ts'
import { type FoundRecord, recordsOf } from './records.ts'

/** What became of every resource that was seen; memory holds no more of an import, however large. */
export interface ImportReport {
  readonly files: number
  readonly counts: ReadonlyMap<string, ImportCount>
  /** Files, or lines of NDJSON, that are no JSON or cannot be read. */
  readonly failures: number
}

export interface ImportCount {
  created: number
  /** Took the place of a resource of the same type and id, from this import or an earlier one. */
  replaced: number
  refused: number
}

/** Told while the import runs. */
export interface ImportWatcher {
  /** A resource that the store does not take. */
  refused?(refusal: Refusal): void
  failed?(failure: Failure): void
  progress?(progress: ImportProgress): void
}

export interface Refusal {
  readonly file: string
  readonly place?: string
  /** `Patient/1` as far as it has a type and an id. */
  readonly name: string
  readonly code: string
  readonly reason: string
}

export interface Failure {
  readonly file: string
  readonly reason: string
}

export interface ImportProgress {
  /** Files read to their end. */
  readonly files: number
  readonly seen: number
}

/** Large enough that commits cost nothing, small enough that an interrupted import loses little. */
const BATCH = 1000

/**
 * Imports FHIR R4 JSON from files, in their order; a later resource replaces an earlier one of the same type and id.
 * What the store refuses is reported and does not stop the rest.
 *
 * @throws when the database cannot be written; what was counted until then is durably imported.
 */
export const importFiles = async (
  store: Store,
  files: readonly string[],
  clock: Clock,
  watcher: ImportWatcher = {},
): Promise<ImportReport> => {
  const counts = new Map<string, ImportCount>()
  const count = (type: string, outcome: keyof ImportCount) => {
    const counted = counts.get(type) ?? { created: 0, replaced: 0, refused: 0 }
    counted[outcome]++
    counts.set(type, counted)
  }
  const waiting = new Map<string, Prepared>()
  const flush = async () => {
    const batch = [...waiting.values()]
    waiting.clear()
    if (batch.length === 0) return
    const puts = await store.write((trx) => putPrepared(trx, batch))
    for (const [index, put] of puts.entries()) count(batch[index]?.type ?? '', put)
  }

  let seen = 0
  let failures = 0
  const fail = (failure: Failure) => {
    failures++
    watcher.failed?.(failure)
  }
  const take = async (record: FoundRecord, file: string) => {
    seen++
    const prepared = prepareRecord(record, clock())
    if ('refused' in prepared) {
      count(prepared.type, 'refused')
      watcher.refused?.({ file, ...prepared.refused })
      return
    }
    const name = `${prepared.type}/${prepared.id}`
    // One statement stores a batch, so nothing is in it twice.
    if (waiting.has(name)) await flush()
    waiting.set(name, prepared)
    if (waiting.size >= BATCH) await flush()
  }

  for (const [index, file] of files.entries()) {
    try {
      for await (const record of recordsOf(file)) {
        if ('unreadable' in record) fail({ file, reason: record.unreadable })
        else await take(record, file)
        watcher.progress?.({ files: index, seen })
      }
    } catch (error) {
      if (!isReadError(error)) throw error
      fail({ file, reason: readErrorReason(error) })
    }
  }
  await flush()
  watcher.progress?.({ files: files.length, seen })
  return { files: files.length, counts, failures }
}

type Refused = { readonly type: string; readonly refused: Omit<Refusal, 'file'> }

const prepareRecord = ({ resource, text, place }: FoundRecord, now: number): Prepared | Refused => {
  try {
    return prepare(resource, now, text)
  } catch (error) {
    if (!(error instanceof ResourceRefused)) throw error
    const { type, id } = identity(resource)
    const name = id === '' ? type : `${type}/${id}`
    return { type, refused: { name, code: error.code, reason: error.message, ...(place && { place }) } }
  }
}

/** What it calls itself, before anything about it is known to be true. */
const identity = (resource: unknown): { type: string; id: string } => {
  const { resourceType, id } = (resource ?? {}) as Record<string, unknown>
  return {
    type: typeof resourceType === 'string' ? resourceType : 'not a resource',
    id: typeof id === 'string' ? id : '',
  }
}

/** The file's fault, not the database's: missing, not allowed, a folder, not UTF-8, larger than memory allows. */
const isReadError = (error: unknown): error is Error & { code?: string } =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && READ_ERRORS.has(error.code)

const READ_ERRORS = new Map([
  ['ENOENT', 'there is no such file'],
  ['EACCES', 'it may not be read'],
  ['EPERM', 'it may not be read'],
  ['EISDIR', 'it is a folder'],
  ['EIO', 'the disk could not read it'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8'],
  ['ERR_FS_FILE_TOO_LARGE', 'it is too large for one JSON text; NDJSON has no limit'],
  ['ERR_STRING_TOO_LONG', 'it is too large for one JSON text; NDJSON has no limit'],
])

const readErrorReason = (error: { code?: string }): string =>
  READ_ERRORS.get(error.code ?? '') ?? 'it cannot be read'
