import { requireUrl } from '../../../values/parse-address.ts'
import type { LogAccess } from '../../auth/grant/access.ts'
import type { Json } from '../../fhir/resource.ts'
import { ProblemError, toProblem } from '../../messages/errors.ts'
import type { LogFault, LogProof, ProvenPage } from '../../messages/log-entries.ts'
import { createTurns } from '../../net/long-work.ts'
import { checkListPage, checkPage, type ListedPage, type Listing, recordedAt } from './list-page.ts'
import { type EntryProof, type Inclusion, readInclusion, readNote } from './log-answers.ts'
import { type Checkpoint, type LogKey, openCheckpoint, readKey } from './log-checkpoint.ts'
import { addressOf, findDiscontinuity } from './log-continuity.ts'
import { proveErased } from './log-erasure.ts'
import { digestTexts, type EventTexts, entryIdOf, leafOf, recordedOf } from './log-leaf.ts'
import { isExcuse, isSigned } from './log-signature.ts'
import { verifyInclusion } from './log-tree.ts'

/** The part of a log that this browser keeps: its key since the first look, and the newest proven checkpoint. */
export interface KeptCheckpoint {
  /** A C2SP vkey. */
  key: string
  /** The signed note itself: evidence if the log ever signs another history. */
  note: string
  /** Milliseconds since 1970. */
  keptAt: number
}

export interface LogCheck {
  /** Absent at the first look: the log's key and checkpoint are then taken on trust. */
  kept?: KeptCheckpoint | undefined
  /** AuditEvents as they are shown, newest first. */
  events: readonly Json[]
  texts: EventTexts
  /** Set if the list is about one patient. */
  listing?: Listing | undefined
  /** Milliseconds since 1970. */
  now: number
}

export interface LogResult {
  proof: ({ outcome: 'proven' } & ProvenPage) | Exclude<LogProof, ProvenPage>
  /** When the checkpoint that the log had to continue was kept; absent at the first look. */
  since?: number
  /** The checkpoint to keep; only if every check passed. */
  keep?: KeptCheckpoint
  /** A note that the log signed and that does not continue the kept one: other entries, or fewer of them. */
  otherNote?: string
  /** How many entries the proven checkpoint covers; only if every check passed. */
  size?: number
  /** The numbers of the proven entries about the patient, by id; also if the list fails a check. */
  numbers?: ReadonlyMap<string, number>
  /** What a page of a list adds to what is known; only if every check passed. */
  listed?: ListedPage
}

/** A failed check, with the entry that it failed at if there is one. Ends the whole check. */
class LogAlarm extends Error {
  readonly reason: LogFault
  readonly event: Json | undefined
  /** The log's signed checkpoint, if it does not continue the kept one. */
  readonly note: string | undefined

  constructor(reason: LogFault, event?: Json, note?: string) {
    super(reason)
    this.reason = reason
    this.event = event
    this.note = note
  }
}

const idsPerRequest = 100
const mostEvents = 1000
/** Milliseconds. A log signs every few seconds, so an unproven entry this much older than a proven one was passed over. */
const signingDelay = 60_000
/** Milliseconds that an entry may differ from this browser's clock, which may be wrong. */
const patience = 600_000

/**
 * Proves the shown entries of an access log: the checkpoint is the organization's own and continues the kept one, and every entry
 * lies under it exactly as shown. Never throws: a proof that cannot be fetched leaves the list unchecked, and a failed check is
 * an alarm.
 */
export const checkLog = async (log: LogAccess, check: LogCheck): Promise<LogResult> => {
  const numbers = new Map<string, number>()
  try {
    return await prove(log, check, numbers)
  } catch (error) {
    if (error instanceof LogAlarm)
      return {
        proof: alarmOf(error, check.kept),
        numbers,
        ...(error.note !== undefined && { otherNote: error.note }),
      }
    return { proof: { outcome: 'unchecked', problem: toProblem(error) } }
  }
}

const alarmOf = (
  { reason, event }: LogAlarm,
  checkpoint: KeptCheckpoint | undefined,
): LogResult['proof'] => ({
  outcome: 'alarm',
  reason,
  ...(event && { entry: { id: entryIdOf(event), recorded: recordedOf(event) } }),
  ...(checkpoint && { since: checkpoint.keptAt }),
})

/** @param numbers is filled as soon as the entries are proven. */
const prove = async (
  log: LogAccess,
  { kept, events, texts, listing, now }: LogCheck,
  numbers: Map<string, number>,
): Promise<LogResult> => {
  if (events.length > mostEvents) throw new ProblemError('too-large', { what: String(mostEvents) })
  const vkey = kept?.key ?? (await fetchKey(log))
  const key = await readKey(vkey)
  if (!key) throw new LogAlarm('malformed')
  const note = await readNote(await log.fetchPublic(addressOf(log, 'checkpoint')))
  const checkpoint = await requireCheckpoint(log, note, key)
  if (kept)
    await proveContinuity(log, await requireCheckpoint(log, kept.note, key), {
      ...checkpoint,
      note: note ?? '',
    })
  const inclusion = await fetchProofs(log, checkpoint.size, events)
  const { proofs } = inclusion
  const giveWay = createTurns(log.signal)
  await proveInclusion({ events, texts, proofs }, checkpoint, giveWay)
  await requireSigned(events, proofs, key, giveWay)
  const erasureResult = await proveErased(events, inclusion, { ...checkpoint, key }, giveWay)
  if ('blanked' in erasureResult) throw new LogAlarm('blanked', erasureResult.blanked)
  const pending = provePending(events, proofs, now)
  if (listing) for (const [id, { count }] of proofs) if (count !== undefined) numbers.set(id, count)
  const listed = listing
    ? checkListPage(events, proofs, { ...listing, now, texts: await digestTexts(events, log.signal) })
    : checkPage(events, proofs, now)
  if (listed && 'reason' in listed) throw new LogAlarm(listed.reason, listed.event)
  return {
    proof: {
      outcome: 'proven',
      at: now,
      ...(kept && { since: kept.keptAt }),
      proven: events.length - pending,
      pending,
      ...(Object.keys(erasureResult.erased).length > 0 && { erased: erasureResult.erased }),
    },
    keep: { key: vkey, note: note ?? '', keptAt: now },
    size: checkpoint.size,
    numbers,
    ...(listed && { listed }),
  }
}

/** Returns the name that a log signs with: its address without the scheme. */
const originOf = ({ endpoint }: LogAccess): string => {
  const { host, pathname } = requireUrl(endpoint)
  return `${host}${pathname.replace(/(?<!\/)\/+$/, '')}`
}

const fetchKey = async (log: LogAccess): Promise<string> =>
  ((await readNote(await log.fetchPublic(addressOf(log, 'key')))) ?? '').replace(/\n$/, '')

const requireCheckpoint = async (
  log: LogAccess,
  note: string | undefined,
  key: LogKey,
): Promise<Checkpoint> => {
  const head = await openCheckpoint(note ?? '', { origin: originOf(log), key })
  if (typeof head === 'string') throw new LogAlarm(head)
  return head
}

const proveContinuity = async (
  log: LogAccess,
  from: Checkpoint,
  { note, ...to }: Checkpoint & { note: string },
): Promise<void> => {
  if (to.size < from.size) throw new LogAlarm('shrank', undefined, note)
  const fault = await findDiscontinuity(log, from, to)
  if (fault === 'malformed') throw new LogAlarm(fault)
  if (fault) throw new LogAlarm(fault, undefined, note)
}

type Proofs = ReadonlyMap<string, EntryProof>

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i

const fetchProofs = async (log: LogAccess, size: number, events: readonly Json[]): Promise<Inclusion> => {
  const inclusion: Inclusion = { proofs: new Map(), erasures: new Map() }
  // Requests proofs only for valid ids, so an entry with any other id is never proven.
  const ids = [...new Set(events.map(entryIdOf).filter((id) => uuid.test(id)))]
  for (let start = 0; size > 0 && start < ids.length; start += idsPerRequest) {
    const batch = ids.slice(start, start + idsPerRequest)
    const query = [['size', String(size)] as const, ...batch.map((id) => ['entry', id] as const)]
    const answer = await log.fetch(addressOf(log, 'proof/inclusion', query))
    const proofsAndErasures = await readInclusion(answer, { size, ids: batch })
    if (!proofsAndErasures) throw new LogAlarm('malformed')
    for (const [id, proof] of proofsAndErasures.proofs) inclusion.proofs.set(id, proof)
    for (const [id, erasure] of proofsAndErasures.erasures) inclusion.erasures.set(id, erasure)
  }
  return inclusion
}

const proofFor = (proofs: Proofs, event: Json): EntryProof | undefined => proofs.get(entryIdOf(event))

/** Checks the oldest first, so that the alarm names the first altered entry. */
const proveInclusion = async (
  { events, texts, proofs }: Pick<LogCheck, 'events' | 'texts'> & { proofs: Proofs },
  { size, root }: Checkpoint,
  giveWay: () => Promise<void>,
) => {
  for (const event of events.toReversed()) {
    await giveWay()
    const entry = proofFor(proofs, event)
    const leaf = entry && (await leafOf(event, { ...entry, text: texts.get(event) }))
    const { index, proof } = entry ?? { index: 0, proof: [] }
    if (entry && (!leaf || (await verifyInclusion({ leaf, index, size, root, proof })) !== 'proven'))
      throw new LogAlarm('altered', event)
  }
}

/** An entry that excuses a fault of the log must be signed, because whoever can write the database could add it. */
const requireSigned = async (
  events: readonly Json[],
  proofs: Proofs,
  key: LogKey,
  giveWay: () => Promise<void>,
): Promise<void> => {
  for (const event of events.filter(isExcuse)) {
    await giveWay()
    const proof = proofFor(proofs, event)
    // Without a salt it was erased, and excuses nothing.
    if (proof?.salt && !(await isSigned(event, proof.index, key))) throw new LogAlarm('forged', event)
  }
}

/**
 * Counts the entries that are too new to lie under the checkpoint.
 *
 * @throws LogAlarm `missing` for an older entry without a proof, and for one dated in the future, which would otherwise wait
 * until then.
 */
const provePending = (events: readonly Json[], proofs: Proofs, now: number): number => {
  const proven = events.filter((event) => proofFor(proofs, event)).map(recordedAt)
  const oldest = Math.max(now - patience, ...proven.map((moment) => moment - signingDelay))
  const waiting = events.filter((event) => !proofFor(proofs, event))
  // `!(a >= b)`, so that an invalid date counts as too old.
  const missing = waiting.findLast(
    (event) => !(recordedAt(event) >= oldest && recordedAt(event) <= now + patience),
  )
  if (missing) throw new LogAlarm('missing', missing)
  return waiting.length
}
