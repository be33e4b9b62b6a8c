import type { Clock } from '../config.ts'
import { putResource, ResourceRefused } from '../fhir/put-resource.ts'
import type { Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { type FoundRecord, recordsOf } from './records.ts'

/** What became of every resource that was seen: it is among the counts, and a refused one is named as well. */
export interface ImportReport {
  readonly files: number
  readonly counts: ReadonlyMap<string, ImportCount>
  readonly refusals: readonly Refusal[]
  /** Files, or lines of NDJSON, that are no JSON or cannot be read. */
  readonly failures: readonly { readonly file: string; readonly reason: string }[]
}

export interface ImportCount {
  created: number
  /** Took the place of a resource of the same type and id, from this import or an earlier one. */
  replaced: number
  refused: number
}

export interface Refusal {
  readonly file: string
  readonly place?: string
  /** `Patient/1` as far as it has a type and an id. */
  readonly name: string
  readonly code: string
  readonly reason: string
}

export interface ImportProgress {
  /** Files read to their end. */
  readonly files: number
  readonly seen: number
}

/** Large enough that commits cost nothing, small enough that an interrupted import loses little. */
const BATCH = 500

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
  onProgress: (progress: ImportProgress) => void = () => {},
): Promise<ImportReport> => {
  const counts = new Map<string, ImportCount>()
  const refusals: Refusal[] = []
  const failures: { file: string; reason: string }[] = []
  let waiting: Found[] = []
  let seen = 0

  const flush = async () => {
    const batch = waiting
    waiting = []
    const outcomes = await store.write((trx) => putAll(trx, batch, clock()))
    for (const { type, outcome, refusal } of outcomes) {
      const count = counts.get(type) ?? { created: 0, replaced: 0, refused: 0 }
      count[outcome]++
      counts.set(type, count)
      if (refusal) refusals.push(refusal)
    }
  }

  for (const [index, file] of files.entries()) {
    try {
      for await (const record of recordsOf(file)) {
        if ('unreadable' in record) {
          failures.push({ file, reason: record.unreadable })
          continue
        }
        seen++
        waiting.push({ file, ...record })
        if (waiting.length < BATCH) continue
        await flush()
        onProgress({ files: index, seen })
      }
    } catch (error) {
      if (!isReadError(error)) throw error
      failures.push({ file, reason: readErrorReason(error) })
    }
    onProgress({ files: index + 1, seen })
  }
  if (waiting.length > 0) await flush()
  return { files: files.length, counts, refusals, failures }
}

type Found = FoundRecord & { readonly file: string }

interface Outcome {
  readonly type: string
  readonly outcome: keyof ImportCount
  readonly refusal?: Refusal
}

const putAll = async (trx: Db, records: readonly Found[], now: number): Promise<Outcome[]> => {
  const outcomes: Outcome[] = []
  for (const record of records) outcomes.push(await put(trx, record, now))
  return outcomes
}

const put = async (trx: Db, record: Found, now: number): Promise<Outcome> => {
  const { type, id } = identity(record.resource)
  try {
    const held = await trx
      .selectFrom('resource')
      .select('key')
      .where('type', '=', type)
      .where('id', '=', id)
      .executeTakeFirst()
    await putResource(trx, record.resource, now, record.text)
    return { type, outcome: held ? 'replaced' : 'created' }
  } catch (error) {
    if (!(error instanceof ResourceRefused)) throw error
    const { file, place } = record
    const name = id === '' ? type : `${type}/${id}`
    const refusal = { file, name, code: error.code, reason: error.message, ...(place ? { place } : {}) }
    return { type, outcome: 'refused', refusal }
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
