import { randomUUID } from 'node:crypto'
import type { ExpressionBuilder, NotNull } from 'kysely'
import type { Database, Db } from '../../store/schema.ts'
import { findSetting, putSetting } from '../../store/settings.ts'
import type { Store } from '../../store/store.ts'
import { type SigningContext, writeInTurn } from '../checkpoint/append-signed.ts'
import { LOG_KINDS } from '../checkpoint/signed-entry.ts'
import { canonicalJson } from '../entry/canonical-json.ts'
import { erasedColumns } from '../entry/columns.ts'
import { redact } from '../entry/leaf.ts'
import { openEvent } from '../entry/stored-event.ts'
import { treeSize } from '../tree/stored-tree.ts'
import { startSequencer } from '../write/sequencer.ts'
import { logErasure, logErasureNotice, MOST_ERASED } from './log-erasure.ts'
import { createMentions, type Person } from './mentions.ts'

/** The setting that marks that erased values may still be in the database's files. */
const MARK = 'log.unwiped'

/**
 * Marks, in the transaction that erases values of the log, that they are still in the database's files (`wipeMarked`). The mark is
 * random, so it says nothing about whose values they are.
 */
const markUnwiped = (trx: Db): Promise<void> => putSetting(trx, MARK, randomUUID())

/** Whether values that were erased may still be in the database's files. */
export const isUnwiped = async (db: Db): Promise<boolean> => (await findSetting(db, MARK)) !== undefined

/**
 * Rewrites the log's tables if they are marked. The mark goes only then, so that a later call does it if this one is interrupted; a
 * mark that another process made meanwhile stays.
 *
 * @throws StoreUnavailable
 */
export const wipeMarked = async (store: Store): Promise<void> => {
  const mark = await findSetting(store.db, MARK)
  if (mark === undefined) return
  // The first has rows of every erasure.
  await store.wipe('audit_event', 'audit_patient')
  await store.write((trx) =>
    trx.deleteFrom('setting').where('name', '=', MARK).where('value', '=', mark).execute(),
  )
}

/**
 * Erases a person from the log for good: in every entry about them or about what they did, and in every other one that mentions
 * them. What was done and when remains. Digests replace every text that may be personal (`entry/leaf.ts`), and the salts that
 * could link a digest to a person are deleted. The tree was built from those digests, so every proof stays valid. Erasures in the
 * log commit to the places of these entries; an entry with digests that no erasure commits to is a forgery.
 *
 * The entries about the person stay together under a random name, so that their numbers can still be checked. If the person has an
 * account, their own log starts again at number 1.
 *
 * @returns how many entries were erased.
 * @throws StoreUnavailable; entries erased before stay erased, and another call continues.
 */
export const erasePerson = async (store: Store, person: Person, context: SigningContext): Promise<number> => {
  const { patient } = person
  let erased = 0
  const size = await treeSize(store.db)
  // Then once more what got its place since: a transaction may have taken its number long before it commits.
  for (const from of [0, size]) {
    await startSequencer(store, () => undefined).drain()
    for await (const seqs of mentioning(store.db, person, from))
      erased += await writeInTurn(store, async (trx) =>
        eraseEntries(trx, await erasableEntries(trx, (eb) => eb('audit_event.seq', 'in', seqs)), context),
      )
  }
  for (let isRest = true; isRest; ) {
    // While a transaction holds the turn, no other entry gets a place, and none gets a number about this patient.
    const { count, hasMore } = await writeInTurn(store, async (trx) => {
      const entries = await erasableEntries(trx, (eb) => isOwn(eb, patient))
      // Only the notice of an earlier erasure is left.
      if (
        entries.every(({ subtype }) => LOG_KINDS.some((kind) => kind === subtype)) &&
        !(await hasErased(trx, patient))
      )
        return { count: 0, hasMore: false }
      const hasMore = entries.length > MOST_ERASED
      const count = await eraseEntries(trx, entries.slice(0, MOST_ERASED), context)
      // With the last entries, so that until then there is one by which another call sees that this one was interrupted.
      if (!hasMore) {
        await renamePatient(trx, patient, `erased-${randomUUID()}`)
        await logErasureNotice(trx, patient, context)
      }
      return { count, hasMore }
    })
    erased += count
    isRest = hasMore
  }
  return erased
}

/** What an erasure would take away. */
export interface Erasable {
  /** About the person, or about what they did. */
  readonly entries: number
  /** About others, or nobody. */
  readonly mentions: number
  /** Of the first and last of `entries`, in milliseconds since 1970; absent if there are none. */
  readonly dates?: { readonly first: number; readonly last: number }
}

/** Counts the entries from which `erasePerson` would take something; `undefined` if there are none but the notice of an earlier erasure. */
export const findErasable = async (db: Db, person: Person): Promise<Erasable | undefined> => {
  const { entries, others, first, last } = await db
    .selectFrom('audit_event')
    .where((eb) => isOwn(eb, person.patient))
    .select(({ fn }) => [
      fn.countAll<number>().as('entries'),
      fn.countAll<number>().filterWhere('subtype', 'not in', LOG_KINDS).as('others'),
      fn.min('recorded').as('first'),
      fn.max('recorded').as('last'),
    ])
    .executeTakeFirstOrThrow()
  let mentions = 0
  for await (const seqs of mentioning(db, person)) mentions += seqs.length
  if (Number(others) > 0) return { entries: Number(entries), mentions, dates: { first, last } }
  return mentions > 0 ? { entries: 0, mentions } : undefined
}

interface ErasableEntry {
  readonly seq: number
  readonly index: number
  readonly subtype: string
  readonly json: string
  readonly salt: Uint8Array
}

type IsErasable = (
  eb: ExpressionBuilder<Database, 'audit_event'>,
) => ReturnType<ExpressionBuilder<Database, 'audit_event'>['or']>

/** Finds one more than an erasure takes, if there is. The notice of an earlier erasure comes first, so it is never all that remains. */
const erasableEntries = (trx: Db, isErasable: IsErasable): Promise<ErasableEntry[]> =>
  trx
    .selectFrom('audit_event')
    .innerJoin('audit_leaf', 'audit_leaf.seq', 'audit_event.seq')
    .select(['audit_event.seq', 'index', 'subtype', 'json', 'salt'])
    .$narrowType<{ salt: NotNull }>()
    .where((eb) => isErasable(eb as ExpressionBuilder<Database, 'audit_event'>))
    .where('salt', 'is not', null)
    .orderBy((eb) => eb('subtype', '=', 'erasure'), 'desc')
    .limit(MOST_ERASED + 1)
    .execute()

/** Whether an entry is about a patient, or about what the patient did. */
const isOwn = (eb: ExpressionBuilder<Database, 'audit_event'>, patient: string) =>
  eb.or([eb('audit_event.patient', '=', patient), eb('audit_event.agent', '=', `Patient/${patient}`)])

/** Whether an entry about a patient was erased because of somebody else, so that only its list still names the patient. */
const hasErased = async (trx: Db, patient: string): Promise<boolean> =>
  (await trx
    .selectFrom('audit_event')
    .select('seq')
    .where('patient', '=', patient)
    .where('salt', 'is', null)
    .limit(1)
    .executeTakeFirst()) !== undefined

/** Entries that are read together. */
const BATCH = 1_000

/**
 * Yields the `seq` of all other entries that mention a person, at most `MOST_ERASED` at a time.
 *
 * @param from only those at this place of the log or a later one; 0 also includes those that wait for a place.
 */
async function* mentioning(db: Db, person: Person, from = 0): AsyncGenerator<number[]> {
  const isMentioned = createMentions(person)
  for (let after = -1; ; ) {
    const rows = await db
      .selectFrom('audit_event')
      .select(['seq', 'json', 'patient', 'agent'])
      .where('seq', '>', after)
      .$if(from > 0, (query) =>
        query.where('seq', 'in', (eb) =>
          eb.selectFrom('audit_leaf').select('audit_leaf.seq').where('index', '>=', from),
        ),
      )
      .where('salt', 'is not', null)
      // Without what excuses a fault, the log would never be sound again, and an erasure that took another one would never end.
      .where('subtype', 'not in', LOG_KINDS)
      .orderBy('seq')
      .limit(BATCH)
      .execute()
    const others = rows.filter(
      ({ patient, agent }) => patient !== person.patient && agent !== `Patient/${person.patient}`,
    )
    const mentioned = others.filter(({ json, patient }) => isMentioned(json, patient))
    const seqs = mentioned.map(({ seq }) => seq)
    for (let at = 0; at < seqs.length; at += MOST_ERASED) yield seqs.slice(at, at + MOST_ERASED)
    const last = rows.at(-1)
    if (!last) return
    after = last.seq
  }
}

const eraseEntries = async (
  trx: Db,
  entries: readonly ErasableEntry[],
  context: SigningContext,
): Promise<number> => {
  await markUnwiped(trx)
  if (entries.length === 0) return 0
  await logErasure(trx, entries, context)
  for (const { seq, json, salt } of entries) {
    await trx
      .updateTable('audit_event')
      .set(erasedColumns(erasedText(json, salt)))
      .where('seq', '=', seq)
      .execute()
  }
  return entries.length
}

/** Of what is no entry, and so has no digests in the tree, nothing is left: it is a fault of the log already. */
const erasedText = (json: string, salt: Uint8Array): string => {
  try {
    return canonicalJson(redact(openEvent(json), salt))
  } catch {
    return '{}'
  }
}

/** Moves the erased entries to a new patient id, so that later entries about the patient are numbered from 1 again. */
const renamePatient = async (trx: Db, patient: string, newName: string): Promise<void> => {
  await trx
    .updateTable('audit_event')
    .set({ patient: newName })
    .where('patient', '=', patient)
    .where('salt', 'is', null)
    .execute()
  await trx.updateTable('audit_patient').set({ patient: newName }).where('patient', '=', patient).execute()
}
