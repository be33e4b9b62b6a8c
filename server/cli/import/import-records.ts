import { randomUUID } from 'node:crypto'
import type { Clock } from '../../config.ts'
import { type PreparedResource, type PutResult, putPrepared } from '../../fhir/index/put-resource.ts'
import { describePatient } from '../../fhir/patient-directory.ts'
import { COMPARTMENT, SHARED } from '../../query/compartment.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { configOf, logImport } from '../admin/log-change.ts'
import { type AbsentPatients, findAbsentPatients } from './absent-patients.ts'
import { createIdentifierFinder } from './find-identified.ts'
import { isReadError, readErrorReason } from './input-files.ts'
import {
  type Accepted,
  identity,
  judgeRecord,
  type Refused,
  type RefusedRecord,
  refuse,
} from './judge-record.ts'
import { prepareAside } from './prepare-aside.ts'
import { recordsIn, recordsOf, type SourceRecord } from './records.ts'
import { createUnresolvedGroups, type UnresolvedGroup } from './unresolved-groups.ts'

/** Where an import reads a resource: the index of its file, and its own among the resources of that file. */
interface Position {
  readonly file: number
  readonly index: number
}

/** Resources that may wait at a time. With ids of 36 characters a million takes 190 MB of memory; an id has 64 at most. */
const MOST_WAITING = 2_000_000

/**
 * Remembers where the resources are that wait for others, by their names (`Type/id`). A later resource of the same name, which is stored
 * or waits itself, supersedes the one that waits, because an earlier resource must not be stored after it.
 */
export const createWaitingResources = (most = MOST_WAITING) => {
  let positions = new Map<string, Position>()
  let superseded = 0
  /** Called when a resource is stored. */
  const supersede = (name: string): void => {
    if (positions.delete(name)) superseded++
  }
  return {
    supersede,
    /** @returns whether it waits; otherwise too many do already. */
    add: (name: string, position: Position): boolean => {
      if (positions.size >= most && !positions.has(name)) return false
      supersede(name)
      positions.set(name, position)
      return true
    },
    /** Returns all, and forgets them. */
    take: (): Map<string, Position> => {
      const taken = positions
      positions = new Map()
      return taken
    },
    size: () => positions.size,
    /** The number of resources that were superseded. */
    superseded: () => superseded,
  }
}

/** What an import did. The report stays small, however large the import is. */
export interface ImportReport {
  readonly files: number
  readonly counts: ReadonlyMap<string, ImportCount>
  /** The first patients who were created; `counts` has their number. */
  readonly newPatients: readonly NewPatient[]
  /** The number of files, or lines of NDJSON, that are not JSON or cannot be read. */
  readonly failures: number
  /** Unresolved references of imported resources, by the type of the resource and the reason. */
  readonly unresolved: readonly UnresolvedGroup[]
  readonly absent: AbsentPatients
  /** How many resources left each patient's record, because one of the same type and id replaced them. */
  readonly left: ReadonlyMap<string, number>
  /** How many resources waited for others, and were not stored because a later one of the same type and id followed. */
  readonly superseded: number
}

export type NewPatient = ReturnType<typeof describePatient>

interface ImportCount {
  created: number
  /** Resources that replaced one of the same type and id, from this import or an earlier one. */
  replaced: number
  /** Resources that were stored already, as they are. */
  unchanged: number
  refused: number
}

/** Callbacks while the import runs. */
interface ImportWatcher {
  /** Called with each resource that the store refuses. */
  onRefused?(refusal: Refusal): void
  onFailed?(failure: Failure): void
  onProgress?(progress: ImportProgress): void
}

export interface Refusal extends RefusedRecord {
  readonly file: string
}

export interface Failure {
  readonly file: string
  readonly reason: string
}

export interface ImportProgress {
  /** The number of files that were read to their end. */
  readonly files: number
  readonly resources: number
}

/** Resources in one transaction: enough that commits cost little, and few enough that an interrupted import loses little. */
const BATCH = 1000
/** Times that a file is read again for resources that wait for others, so a chain of conditional references may be this long. */
const ROUNDS = 10
/** New patients whom the report names. */
export const NAMED = 20

const TOO_MANY_WAIT =
  'It refers to a resource that is not here yet, and too many others wait for theirs. Import it again after this import.'

/**
 * Imports FHIR R4 JSON from files, in their order; a later resource replaces an earlier one of the same type and id. A resource that
 * the store refuses is reported, and the import continues. A resource whose conditional reference matches nothing yet is read again
 * after all files, unless a later one of its type and id followed. The access log gets an entry in the transaction of the first
 * change, and one with the counts in that of the last change. So it also shows an import that was interrupted.
 *
 * @throws StoreUnavailable when the database cannot be written; everything counted before is durably imported.
 */
export const importFiles = async (
  store: Store,
  files: readonly string[],
  clock: Clock,
  watcher: ImportWatcher = {},
): Promise<ImportReport> => {
  const startedAt = clock()
  const counts = new Map<string, ImportCount>()
  const count = (type: string, outcome: keyof ImportCount) => {
    const countOfType = counts.get(type) ?? { created: 0, replaced: 0, unchanged: 0, refused: 0 }
    countOfType[outcome]++
    counts.set(type, countOfType)
  }
  const finder = createIdentifierFinder(store)
  const newPatients: NewPatient[] = []
  const leaverCounts = new Map<string, number>()
  const config = await configOf(store)
  const requestId = randomUUID()
  let isLogged = false
  const batch = new Map<string, PreparedResource>()
  const flush = async (isLast = false) => {
    const preparedResources = [...batch.values()]
    batch.clear()
    if (preparedResources.length > 0 || (isLast && isLogged)) {
      const { puts, leaving } = await store.write(async (trx) => {
        const leaving = await countLeaving(trx, preparedResources)
        const puts = await putPrepared(trx, preparedResources, store.indexesLater)
        if (isLast)
          await logImport(trx, config, {
            requestId,
            details: { state: 'ended', ...totalsOf(counts, puts) },
            period: { start: startedAt, end: clock() },
          })
        else if (!isLogged) await logImport(trx, config, { requestId, details: { state: 'began' } })
        return { leaving, puts }
      })
      isLogged = true
      for (const [patient, leavers] of leaving)
        leaverCounts.set(patient, (leaverCounts.get(patient) ?? 0) + leavers)
      for (const [index, put] of puts.entries()) {
        const row = preparedResources[index]?.row
        count(row?.type ?? '', put)
        if (row?.type === 'Patient' && put === 'created' && newPatients.length < NAMED)
          newPatients.push(describePatient(row))
      }
    }
    finder.clear()
  }

  let resources = 0
  let failures = 0
  const fail = (failure: Failure) => {
    failures++
    watcher.onFailed?.(failure)
  }
  const unresolvedGroups = createUnresolvedGroups()
  const waiting = createWaitingResources()

  const put = async ({ prepared, unresolved }: Accepted): Promise<void> => {
    const { type, id } = prepared.row
    unresolvedGroups.add(type, unresolved)
    const name = `${type}/${id}`
    waiting.supersede(name)
    // One statement stores a batch, so a batch must not contain a resource twice.
    if (batch.has(name)) await flush()
    batch.set(name, prepared)
    finder.add(prepared)
    if (batch.size >= BATCH) await flush()
  }
  const fileAt = ({ file }: Pick<Position, 'file'>) => files[file] ?? ''
  const reportRefused = (position: Position, { refusal }: Refused) => {
    count(refusal.type, 'refused')
    watcher.onRefused?.({ file: fileAt(position), ...refusal })
  }
  const importRecord = async (record: SourceRecord, position: Position, isLast: boolean): Promise<void> => {
    const judgment = await judgeRecord(record, clock(), finder.find, isLast)
    if ('prepared' in judgment) await put(judgment)
    else if ('refusal' in judgment) reportRefused(position, judgment)
    else if (!waiting.add(judgment.waits, position))
      reportRefused(position, refuse(record, 'too-many-wait', TOO_MANY_WAIT))
  }

  const aside = prepareAside(clock)
  try {
    for (const [number, file] of files.entries()) {
      try {
        let index = 0
        for await (const texts of aside.textsOf(file))
          for (const { accepted, ...text } of texts)
            for (const record of accepted ?? recordsIn(text)) {
              if ('unreadable' in record) fail({ file, reason: record.unreadable })
              else {
                resources++
                if ('prepared' in record) await put(record)
                else await importRecord(record, { file: number, index }, false)
                index++
              }
              watcher.onProgress?.({ files: number, resources })
            }
      } catch (error) {
        if (!isReadError(error)) throw error
        fail({ file, reason: readErrorReason(error) })
      }
    }
  } finally {
    await aside.close()
  }

  /** Reads a file again for resources that wait. The file may have changed, so the name and the position must both be the same. */
  const readAgain = async (file: number, positions: Map<string, Position>, isLast: boolean) => {
    let index = 0
    for await (const record of recordsOf(fileAt({ file }))) {
      if ('unreadable' in record) continue
      const { type, id } = identity(record.resource)
      const name = `${type}/${id}`
      const position = positions.get(name)
      if (position?.file === file && position.index === index) {
        positions.delete(name)
        await importRecord(record, position, isLast)
      }
      index++
    }
  }
  for (let round = 1, isLast = false; waiting.size() > 0; round++) {
    const positions = waiting.take()
    const waitingBefore = positions.size
    for (const file of new Set([...positions.values()].map(({ file }) => file)))
      try {
        await readAgain(file, positions, isLast)
      } catch (error) {
        if (!isReadError(error)) throw error
      }
    for (const [file, left] of Map.groupBy(positions.values(), ({ file }) => file))
      fail({ file: fileAt({ file }), reason: `${left.length} of its resources could not be read again` })
    isLast = waiting.size() === waitingBefore || round >= ROUNDS
  }
  await flush(true)
  watcher.onProgress?.({ files: files.length, resources })
  const absent = await findAbsentPatients(store, startedAt)
  return {
    ...{ files: files.length, counts, newPatients, failures },
    ...{ unresolved: unresolvedGroups.all(), absent, left: leaverCounts, superseded: waiting.superseded() },
  }
}

/** @param puts those that are not counted yet. */
const totalsOf = (counts: ReadonlyMap<string, ImportCount>, puts: readonly PutResult[]) => {
  const total = (outcome: keyof ImportCount) => {
    const totalBefore = [...counts.values()].reduce((sum, count) => sum + count[outcome], 0)
    return String(totalBefore + puts.filter((put) => put === outcome).length)
  }
  return {
    ...{ created: total('created'), replaced: total('replaced') },
    ...{ unchanged: total('unchanged'), refused: total('refused') },
  }
}

/**
 * Counts, for each patient, the stored resources that leave the patient's record when the given ones replace them. Files by
 * different authors may use one id for two people.
 */
const countLeaving = async (
  trx: Db,
  resources: readonly PreparedResource[],
): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>()
  for (const [type, ofType] of Map.groupBy(resources, ({ row }) => row.type)) {
    if (type === 'Patient' || COMPARTMENT[type] === SHARED) continue
    const storedRows = await trx
      .selectFrom('resource')
      .innerJoin('compartment', 'compartment.key', 'resource.key')
      .select(['resource.id', 'compartment.patient'])
      .where('resource.type', '=', type)
      .where(
        'resource.id',
        'in',
        ofType.map(({ row }) => row.id),
      )
      .execute()
    if (storedRows.length === 0) continue
    const next = new Map(ofType.map(({ row, index }) => [row.id, index.compartment.flat()]))
    for (const { id, patient } of storedRows)
      if (!next.get(id)?.includes(patient)) counts.set(patient, (counts.get(patient) ?? 0) + 1)
  }
  return counts
}
