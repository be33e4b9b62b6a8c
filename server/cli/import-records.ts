import type { Clock } from '../config.ts'
import { type Prepared, putPrepared } from '../fhir/index/put-resource.ts'
import type { Store } from '../store/store.ts'
import { type AbsentPatients, findAbsentPatients } from './absent-patients.ts'
import { createIdentifiedFinder } from './find-identified.ts'
import { judgeRecord, type RefusedRecord } from './judge-record.ts'
import { isReadError, readErrorReason } from './read-errors.ts'
import { type FoundRecord, recordsOf } from './records.ts'
import { createUnresolvedGroups, type UnresolvedGroup } from './unresolved-groups.ts'

/** The counts of an import. Its size does not depend on how large the import is. */
export interface ImportReport {
  readonly files: number
  readonly counts: ReadonlyMap<string, ImportCount>
  /** Files, or lines of NDJSON, that are not JSON or cannot be read. */
  readonly failures: number
  /** Unresolved references of imported resources, by the type of the resource and the reason. */
  readonly unresolved: readonly UnresolvedGroup[]
  readonly absent: AbsentPatients
}

export interface ImportCount {
  created: number
  /** Resources that replaced one of the same type and id, from this import or an earlier one. */
  replaced: number
  refused: number
}

/** Callbacks while the import runs. */
export interface ImportWatcher {
  /** Called with each resource that the store refuses. */
  refused?(refusal: Refusal): void
  failed?(failure: Failure): void
  progress?(progress: ImportProgress): void
}

export interface Refusal extends RefusedRecord {
  readonly file: string
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
/** How often a file is read again for resources that wait for others; a chain of conditional references may be as long. */
const ROUNDS = 10

/**
 * Imports FHIR R4 JSON from files, in their order; a later resource replaces an earlier one of the same type and id.
 * What the store refuses is reported and does not stop the rest. A resource whose conditional reference names nobody yet
 * is read again after all files.
 *
 * @throws when the database cannot be written; what was counted until then is durably imported.
 */
export const importFiles = async (
  store: Store,
  files: readonly string[],
  clock: Clock,
  watcher: ImportWatcher = {},
): Promise<ImportReport> => {
  const started = clock()
  const counts = new Map<string, ImportCount>()
  const count = (type: string, outcome: keyof ImportCount) => {
    const counted = counts.get(type) ?? { created: 0, replaced: 0, refused: 0 }
    counted[outcome]++
    counts.set(type, counted)
  }
  const identified = createIdentifiedFinder(store)
  const batch = new Map<string, Prepared>()
  const flush = async () => {
    const prepared = [...batch.values()]
    batch.clear()
    if (prepared.length > 0) {
      const puts = await store.write((trx) => putPrepared(trx, prepared))
      for (const [index, put] of puts.entries()) count(prepared[index]?.type ?? '', put)
    }
    identified.clear()
  }

  let seen = 0
  let failures = 0
  const fail = (failure: Failure) => {
    failures++
    watcher.failed?.(failure)
  }
  const unresolved = createUnresolvedGroups()

  /** @returns whether the resource is done; otherwise it waits for one that is not imported yet. */
  const take = async (record: FoundRecord, file: string, isLast: boolean): Promise<boolean> => {
    const judged = await judgeRecord(record, clock(), identified.find, isLast)
    if ('waits' in judged) return false
    if ('refused' in judged) {
      count(judged.type, 'refused')
      watcher.refused?.({ file, ...judged.refused })
      return true
    }
    const { prepared } = judged
    unresolved.add(prepared.type, judged.unresolved)
    const name = `${prepared.type}/${prepared.id}`
    // One statement stores a batch, so a batch must not contain a resource twice.
    if (batch.has(name)) await flush()
    batch.set(name, prepared)
    identified.add(prepared)
    if (batch.size >= BATCH) await flush()
    return true
  }

  /** Places of the waiting resources, by file; only numbers, because every resource may wait. */
  let waiting = new Map<string, Set<number>>()
  const wait = (file: string, place: number) => {
    const places = waiting.get(file) ?? new Set()
    waiting.set(file, places.add(place))
  }

  for (const [index, file] of files.entries()) {
    try {
      let place = 0
      for await (const record of recordsOf(file)) {
        if ('unreadable' in record) fail({ file, reason: record.unreadable })
        else {
          seen++
          if (!(await take(record, file, false))) wait(file, place)
          place++
        }
        watcher.progress?.({ files: index, seen })
      }
    } catch (error) {
      if (!isReadError(error)) throw error
      fail({ file, reason: readErrorReason(error) })
    }
  }

  const readAgain = async (file: string, places: Set<number>, isLast: boolean) => {
    let place = 0
    for await (const record of recordsOf(file)) {
      if ('unreadable' in record) continue
      if (places.delete(place) && !(await take(record, file, isLast))) wait(file, place)
      place++
    }
  }
  const sizeOf = (places: ReadonlyMap<string, ReadonlySet<number>>) =>
    [...places.values()].reduce((sum, { size }) => sum + size, 0)
  for (let round = 1, isLast = false; waiting.size > 0; round++) {
    const again = waiting
    const before = sizeOf(again)
    waiting = new Map()
    for (const [file, places] of again) {
      try {
        await readAgain(file, places, isLast)
      } catch (error) {
        if (!isReadError(error)) throw error
      }
      if (places.size > 0) fail({ file, reason: `${places.size} of its resources could not be read again` })
    }
    isLast = sizeOf(waiting) === before || round >= ROUNDS
  }
  await flush()
  watcher.progress?.({ files: files.length, seen })
  const absent = await findAbsentPatients(store, started)
  return { files: files.length, counts, failures, unresolved: unresolved.all(), absent }
}
