import { beforeEach, describe, expect, it } from 'vitest'
import type { LogResult } from '../../../extension/access-log/proof/check-log.ts'
import { isUnseen, markSeen } from '../../../extension/access-log/watch/find-new.ts'
import { beginKnownLog } from '../../../extension/access-log/watch/known-log.ts'
import type { StoredKnownLog } from '../../../extension/storage/stored-log.ts'
import {
  type Event,
  eraseFrom,
  type ReferenceEntry,
  type ReferenceLog,
} from '../../fixtures/reference-log.ts'
import {
  checkAt,
  createSmallLog,
  entryOf,
  learn,
  listingOf,
  now,
  ofPatient,
  shown,
} from '../../fixtures/small-log.ts'

let log: ReferenceLog
/** Signed, but without a proof as long as the organization withholds it. */
let access: ReferenceEntry

beforeEach(() => {
  log = createSmallLog()
  access = entryOf(8, 0)
})

const altered = (id = access.event.id) => ({ outcome: 'alarm', reason: 'altered', entry: { id } })
/** Another text under the access's id. */
const forged = (who = 'John Doe'): Event => ({ ...access.event, agent: [{ who: { display: who } }] })
const older = () => shown(ofPatient(log)).filter(({ id }) => id !== access.event.id)
const list = () => shown(ofPatient(log))
const look = (events: Event[], known?: StoredKnownLog, at = now) =>
  checkAt(log, { events, listing: listingOf(known && { known }), now: at })

/** The page after one, which is the last. */
const pageAfter = (result: LogResult, known = learn(result)) =>
  listingOf({ known, ...(result.listed?.shown && { shown: result.listed.shown }) })

const sign = () => {
  if (!log.entries.includes(access)) log.entries.push(access)
  delete log.size
}
const listsUnsigned = () => {
  log.size = log.entries.length
  log.entries.push(access)
}

describe('J51 an entry that waits for its proof', () => {
  it('may be listed again, and be proven, with the same text', async () => {
    listsUnsigned()
    const known = learn(await look(list()))
    const again = await look(list(), known, now + 1000)
    expect(again.proof).toMatchObject({ outcome: 'proven', pending: 1 })
    sign()
    const proven = await look(list(), learn(again, known), now + 2000)
    expect(proven.proof).toMatchObject({ outcome: 'proven', pending: 0 })
    expect(learn(proven, known).waiting).toEqual([])
  })

  it('raises an alarm if it is listed twice with different texts', async () => {
    listsUnsigned()
    expect((await look([forged(), ...list()])).proof).toMatchObject(altered())
    const first = await checkAt(log, { events: [forged()], listing: listingOf({ last: false }) })
    expect(first.proof).toMatchObject({ outcome: 'proven', pending: 1 })
    expect((await checkAt(log, { events: list(), listing: pageAfter(first) })).proof).toMatchObject(altered())
  })

  it('raises an alarm if the next page proves another text', async () => {
    log.size = log.entries.length
    const [first, rest] = [[forged()], older()]
    const page = await checkAt(log, { events: first, listing: listingOf({ last: false }) })
    sign()
    const next = await checkAt(log, { events: [access.event, ...rest], listing: pageAfter(page) })
    expect(next.proof).toMatchObject(altered())
    expect(next.numbers?.get(access.event.id)).toBe(8)
  })

  it('raises an alarm also if the page above was only entries that wait, although numbers were known', async () => {
    const known = learn(await look(older()))
    log.size = log.entries.length
    const page = await checkAt(log, { events: [forged()], listing: listingOf({ known, last: false }) })
    expect(page.listed).toMatchObject({ mayBeginAnew: true })
    sign()
    const next = await checkAt(log, { events: list(), listing: pageAfter(page, learn(page, known)) })
    expect(next.proof).toMatchObject(altered())
  })

  it('raises an alarm if a later look shows another text under its id, with a proof or without', async () => {
    log.size = log.entries.length
    const known = learn(await look([forged(), ...older()]))
    expect((await look([forged('Nobody'), ...older()], known)).proof).toMatchObject(altered())
    const narrowed = { events: [access.event, ...older()], listing: listingOf({ known, isWhole: false }) }
    sign()
    expect((await look(list(), known)).proof).toMatchObject(altered())
    expect((await checkAt(log, narrowed)).proof).toMatchObject(altered())
  })

  it('raises an alarm after two looks at once that showed different texts', async () => {
    log.size = log.entries.length
    const [forgedLook, honestLook] = [
      await look([forged(), ...older()]),
      await look([access.event, ...older()]),
    ]
    sign()
    const provenLook = await look(list())
    for (const other of [honestLook, provenLook]) {
      const known = learn(other, learn(forgedLook))
      expect((await look(list(), known)).proof).toMatchObject(altered())
    }
  })

  it('may be erased before it is proven, which its erasure has to prove', async () => {
    listsUnsigned()
    const known = learn(await look(list()))
    const place = log.entries.indexOf(access)
    const erasure = eraseFrom(log, [place], { recorded: new Date(now).toISOString() })
    const erased = log.entries[place] as ReferenceEntry
    const erasedList = [structuredClone(erased.event), ...older()]
    const isAlarm = { outcome: 'alarm' }
    expect((await look(erasedList, known)).proof, 'without a proof').toMatchObject(isAlarm)
    delete log.size
    const proven = await look(erasedList, known)
    expect(proven.proof).toMatchObject({ outcome: 'proven', erased: { [access.event.id]: {} } })
    expect(learn(proven, known).waiting).toEqual([])
    expect(erasure.event.id).toBe(erased.erased?.by)
  })

  it('excuses one number however often it is listed', async () => {
    log.entries.push(...[8, 9, 10].map((count) => entryOf(count, 0.5 - count / 100)))
    log.size = log.entries.length
    access = entryOf(11, 0)
    const [ten, nine, , ...rest] = shown(ofPatient(log)) as [Event, Event, Event, ...Event[]]
    const known = learn(await look(rest))
    const first = await checkAt(log, { events: [access.event], listing: listingOf({ known, last: false }) })
    const second = await checkAt(log, {
      events: [access.event],
      listing: { ...pageAfter(first, known), last: false },
    })
    const listing = pageAfter(second, known)
    const one = await checkAt(log, { events: [ten, nine, ...rest], listing })
    expect(one).toMatchObject({ proof: { outcome: 'proven' }, listed: { shown: { isUnsure: true } } })
    const two = await checkAt(log, { events: [ten, ...rest], listing })
    expect(two.proof).toMatchObject({ reason: 'gap' })
  })

  it('is one of at most 200; a list with more of them is not proven', async () => {
    log.size = log.entries.length
    const many = Array.from({ length: 201 }, (_, at) => entryOf(8 + at, 0).event)
    expect((await look([...many.slice(1), ...list()])).proof).toMatchObject({
      outcome: 'proven',
      pending: 200,
    })
    const tooMany = { outcome: 'unchecked', problem: { code: 'too-large' } }
    expect((await look([...many, ...list()])).proof).toMatchObject(tooMany)
    const first = await checkAt(log, { events: many.slice(0, 150), listing: listingOf({ last: false }) })
    const second = await checkAt(log, { events: many.slice(150), listing: pageAfter(first) })
    expect(second.proof).toMatchObject(tooMany)
    // With those that earlier looks have shown: none of them is forgotten for another one.
    const known = learn(await look([...many.slice(0, 150), ...list()]))
    const more = [...many.slice(2), forged(), ...list()]
    expect((await checkAt(log, { events: more, listing: listingOf({ known }) })).proof).toMatchObject(tooMany)
    // A part of the log need not show them again, and takes the place of none.
    const part = await checkAt(log, { events: more, listing: listingOf({ known, isWhole: false }) })
    const later = learn(part, known).waiting
    expect(later).toHaveLength(200)
    expect(later).toEqual(expect.arrayContaining(known.waiting))
  })
})

describe('J51 what was on screen without a proof', () => {
  const entry = { id: 'access', at: now - 60_000, text: 'text' }
  const known = { ...beginKnownLog(now - 120_000), fresh: [{ ...entry, since: now }] }
  const seen = markSeen(known, { ids: ['access'] }, now)

  it('is no longer new, whether it is proven then or not', () => {
    expect(seen.fresh).toEqual([])
    expect(isUnseen(seen, entry)).toBe(false)
    expect(isUnseen(seen, { ...entry, number: 1 })).toBe(false)
  })

  it('makes no other text under its id seen, even if it is reported again', () => {
    for (const each of [seen, markSeen(seen, { ids: ['access'] }, now)]) {
      expect(isUnseen(each, { ...entry, text: 'another' })).toBe(true)
      expect(isUnseen(each, { ...entry, text: 'another', number: 1 })).toBe(true)
    }
  })

  it('is no name for an access that is not known as new', () => {
    const before = { ...known, fresh: [] }
    expect(markSeen(before, { ids: ['access'] }, now).seen.accesses).toEqual([])
  })

  it('makes no other text seen by its date or number, even if the first was nobody’s news', () => {
    const waiting = [{ id: 'access', recorded: entry.at, since: now, text: 'text' }]
    const marked = { ...known, fresh: [], waiting, seen: { accesses: [], since: 0, upTo: now, through: 14 } }
    expect(isUnseen(marked, entry)).toBe(false)
    expect(isUnseen(marked, { ...entry, text: 'another' })).toBe(true)
    expect(isUnseen(marked, { ...entry, text: 'another', number: 2 })).toBe(true)
  })

  it('is known by its number once it was on screen with a proof, whatever else has its id', () => {
    const proven = { ...entry, number: 2 }
    const after = markSeen({ ...known, fresh: [{ ...proven, since: now }] }, { ids: ['access'] }, now)
    expect(after.seen.accesses.map(({ id }) => id)).toEqual(['access'])
    expect(isUnseen(after, { ...proven, text: 'as erased' })).toBe(false)
    expect(isUnseen(after, { ...entry, text: 'another', number: 3 })).toBe(true)
  })

  it('J53 of two accesses with one id, nobody can tell which was on screen', () => {
    const fresh = [2, 3].map((number) => ({ ...entry, text: String(number), number, since: now }))
    expect(markSeen({ ...known, fresh }, { ids: ['access'] }, now).fresh).toEqual(fresh)
  })
})
