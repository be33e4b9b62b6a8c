import { describe, expect, it } from 'vitest'
import type { PageRead } from '../../../extension/access-log/own/page-read.ts'
import { beginShown } from '../../../extension/access-log/proof/entry-counts.ts'
import { isUnseen, markSeen, newAccessesOf } from '../../../extension/access-log/watch/find-new.ts'
import { beginKnownLog, hasAlarm, readPage } from '../../../extension/access-log/watch/known-log.ts'
import type { StoredKnownLog } from '../../../extension/storage/stored-log.ts'

const now = Date.parse('2026-11-24T12:00:00Z')
const MINUTE = 60_000
const place = (number: number): [number, number, number] => [
  number,
  number - 1,
  now - (10_000 - number) * MINUTE,
]
const from = (top: number, lowest: number) =>
  Array.from({ length: top - lowest + 1 }, (_, at) => place(top - at))

const alarm: PageRead['result'] = { proof: { outcome: 'alarm', reason: 'altered' } }
const proven: PageRead['result'] = { proof: { outcome: 'proven', at: now, proven: 1, pending: 0 } }
const unchecked: PageRead['result'] = { proof: { outcome: 'unchecked', problem: { code: 'too-slow' } } }

const page = (more: Partial<PageRead>): PageRead => ({
  ...{ name: '', isFirst: true, isLast: false, isCut: false, isSpent: false, isWatched: true },
  ...{ spent: { pages: 1, entries: 1 }, entries: [], newestAt: now, readAt: now, result: proven },
  ...more,
})

/** A page with these numbers of the person's own log, under the list of the pages before it. */
const listed = (top: number, lowest: number, more: Partial<PageRead> & { listTop?: number } = {}) => {
  const places = from(top, lowest)
  const shown = { ...beginShown(), top: more.listTop ?? top, tail: places.slice(-64) }
  const entries = places.map(([number, , at]) => ({ id: String(number), at, isNews: false }))
  const part = {
    places,
    proven: entries.map(({ id }) => ({ id })),
    waiting: [],
    erased: [],
    mayBeginAnew: false,
  }
  const numbers = new Map(places.map(([number]) => [String(number), number]))
  return page({ entries, result: { ...proven, numbers, listed: { ...part, shown } }, ...more })
}

const read = (known: StoredKnownLog, ...pages: PageRead[]): StoredKnownLog =>
  pages.reduce((before, each) => readPage(before, each).known, known)

describe('F73 an alarm', () => {
  const list = { isWatched: false, isFirst: false, why: 'patients' as const }
  const raise = (name: string) => page({ ...list, name, result: alarm })

  it('of one page stays until the same page is proven, whatever other pages raise and prove', () => {
    const names = ['', 'page 2', 'page 3']
    for (const order of [names, names.toReversed()]) {
      let known = read(beginKnownLog(now), ...names.map(raise))
      for (const name of order) {
        known = read(known, page({ ...list, name, result: unchecked }), page({ ...list, name: 'another' }))
        expect(hasAlarm(known), name).toBe(true)
        known = read(known, page({ ...list, name }))
      }
      expect(known.alarms).toEqual([])
    }
  })

  it('of one page stays while the page is read below one that failed, or leaves numbers open', () => {
    const rest = { ...list, why: undefined, name: 'page 2' }
    const known = read(beginKnownLog(now), page({ ...rest, result: alarm }))
    const sound = listed(50, 41, rest)
    const { shown } = sound.result.listed ?? {}
    const withShown = (more: object) =>
      ({
        ...sound,
        result: { ...sound.result, listed: { ...sound.result.listed, shown: { ...shown, ...more } } },
      }) as PageRead
    for (const each of [
      { ...sound, isCut: true },
      withShown({ missing: [[45, 0]] }),
      withShown({ isUnsure: true }),
    ])
      expect(read(known, each).alarms).toEqual(['page 2'])
    expect(read(known, sound).alarms).toEqual([])
  })

  it('of one page stays under a grant for a part of what raised it, and without proofs', () => {
    const unprovable: PageRead['result'] = { proof: { outcome: 'unprovable' } }
    const [ofAll, ofPart] = [
      page({ ...list, name: 'page 2' }),
      page({ ...list, name: 'page 2', part: 'some' }),
    ]
    const known = read(beginKnownLog(now), { ...ofAll, result: alarm }, { ...ofPart, result: alarm })
    expect(known.alarms).toEqual(['page 2', 'page 2 some'])
    expect(read(known, { ...ofAll, result: unprovable }).alarms).toEqual(known.alarms)
    expect(read(known, { ...ofPart, part: 'another' }).alarms).toEqual(known.alarms)
    expect(read(known, ofPart).alarms).toEqual(['page 2'])
    expect(read(known, ofAll).alarms).toEqual([])
  })

  it('stays if more pages raised it than are stored, because some of them are unknown', () => {
    const names = Array.from({ length: 60 }, (_, at) => String(at))
    const known = read(beginKnownLog(now), ...names.map(raise))
    expect(known.alarms).toHaveLength(50)
    expect(hasAlarm(read(known, ...names.map((name) => page({ ...list, name }))))).toBe(true)
  })

  it('J51 of a page below what was read before stays until the list is proven down to there', () => {
    const first = listed(100, 80, { isLast: true })
    const known = read(beginKnownLog(now), first, page({ isFirst: false, result: alarm }))
    expect(known).toMatchObject({ alarms: [''], readThrough: 0 })
    const newest = listed(110, 90)
    expect(readPage(known, newest)).toMatchObject({ isReached: false, proof: { outcome: 'genuine' } })
    const rest = listed(89, 1, { isFirst: false, isLast: true, listTop: 110 })
    expect(read(known, newest, rest)).toMatchObject({ alarms: [], readThrough: 110 })
  })

  it('J51 stays, and the list is not complete, if entries that wait may have the numbers that were passed over', () => {
    const known = read(beginKnownLog(now), listed(100, 80, { isLast: true }), page({ result: alarm }))
    const list = listed(105, 1, { isLast: true })
    const { listed: part } = list.result
    const shown = part?.shown && { ...part.shown, isUnsure: true as const }
    const unsure = { ...list, result: { ...list.result, listed: part && { ...part, shown } } } as PageRead
    expect(readPage(known, unsure)).toMatchObject({
      proof: { outcome: 'genuine', why: 'open' },
      known: { alarms: [''] },
    })
  })

  it('J59 is not raised by problems of this browser', () => {
    const withheld = { ...unchecked, since: now }
    const own = { ...withheld, proof: { outcome: 'unchecked', problem: { code: 'locked' } } } as const
    const lookThrice = (result: PageRead['result']) =>
      read(beginKnownLog(now), page({ result }), page({ result }), page({ result }))
    expect(hasAlarm(lookThrice(withheld))).toBe(true)
    expect(hasAlarm(lookThrice(own))).toBe(false)
  })

  it('J52 is raised by a list under a narrower grant if the log was complete before, until it is complete again', () => {
    const part = page({ why: 'scope', isLast: true })
    expect(read(beginKnownLog(now), part)).not.toHaveProperty('completeness', 'lost')
    const narrowed = read(beginKnownLog(now), listed(100, 80, { isLast: true }), part)
    expect(narrowed.completeness).toBe('lost')
    expect(read(narrowed, listed(105, 95)).completeness).toBe('complete')
  })

  it('J51 of a list that was not read further is not taken back by one that begins below it', () => {
    const known = read(beginKnownLog(now), listed(100, 80, { isLast: true }), page({ result: alarm }))
    const below = listed(95, 80, { isFirst: false, isCut: true })
    const whole = listed(95, 1, { isLast: true })
    for (const less of [below, whole, listed(110, 105), listed(105, 95)])
      expect(read(known, less).alarms).toEqual([''])
    expect(read(known, listed(105, 1, { isLast: true })).alarms).toEqual([])
  })
})

describe('J51 what was read', () => {
  const base = read(beginKnownLog(now - 5 * MINUTE), listed(100, 51, { isLast: true }))

  it('reaches up to the top of a list that came down to what was known', () => {
    expect(base).toMatchObject({ readThrough: 100, seen: { through: 100 } })
    expect(read(base, listed(120, 100))).toMatchObject({ readThrough: 120 })
    // After a new beginning, 100 may be the number of another entry.
    expect(read(base, listed(120, 101))).toMatchObject({ readThrough: 100 })
  })

  it('stays where it was until one list has come down to it', () => {
    const known = read(base, listed(200, 180))
    expect(known).toMatchObject({ readThrough: 100, isBehind: true })
    expect(read(known, listed(210, 195))).toMatchObject({ readThrough: 100, isBehind: true })
    const rest = listed(179, 95, { isFirst: false, listTop: 200 })
    expect(read(known, rest)).toMatchObject({ readThrough: 200, isBehind: undefined })
  })

  it('stays where it was while waiting entries leave numbers open, because what is known by then decides', () => {
    const unsure = withShown(listed(200, 95), { isUnsure: true }) as PageRead
    expect(read(base, unsure)).toMatchObject({ readThrough: 100 })
    expect(read(beginKnownLog(now), { ...unsure, isLast: true }).readThrough).toBeUndefined()
  })

  it('is behind on the toolbar too until then, whatever lists with a filter show', () => {
    const fresh = [{ id: '300', at: now, number: 300, since: now }]
    const behind = read({ ...base, fresh }, listed(200, 180))
    const filtered = page({ name: 'filter', isFirst: false, isWatched: false, why: 'filter' })
    for (const known of [behind, read(behind, filtered)])
      expect(newAccessesOf(known)).toEqual({ count: 1, more: true })
  })

  const spent = { pages: 120, entries: 600 }
  const ended = (top: number, lowest: number) =>
    listed(top, lowest, { isSpent: true, spent, next: `below ${lowest}` })
  const withShown = (page: PageRead, more: object) => {
    const { listed: part } = page.result
    return {
      ...page,
      result: { ...page.result, listed: part && { ...part, shown: { ...part.shown, ...more } } },
    }
  }

  it('goes on at the next look where reading by itself ended, until it was read down to what was known', () => {
    const known = read(base, ended(900, 180))
    expect(known.resume).toBe('below 180')
    expect(read(known, listed(910, 890))).toMatchObject({ resume: 'below 180' })
    const rest = listed(179, 95, { isFirst: false, listTop: 900 })
    expect(read(known, rest)).toMatchObject({ readThrough: 900, resume: undefined })
  })

  it('is not read on after a page with open numbers, which only the pages above it could show', () => {
    for (const open of [{ missing: [[190, 0]] }, { isUnsure: true }])
      expect(read(base, withShown(ended(900, 180), open) as PageRead).resume).toBeUndefined()
    expect(read(base, { ...ended(900, 180), isCut: true }).resume).toBeUndefined()
  })

  it('is not resumed in a list that began before an erasure may have started the numbers again', () => {
    const resume = (shown: object) => ({ ...base, resume: JSON.stringify({ shown }) })
    const first = listed(13, 4)
    const anew = {
      ...first,
      result: { ...first.result, listed: { ...first.result.listed, mayBeginAnew: true } },
    } as PageRead
    expect(read(resume({}), anew).resume).toBeUndefined()
    expect(read(resume({}), { ...anew, isFirst: false }).resume).toBeDefined()
    expect(read(resume({ isAnew: true }), anew).resume).toBeDefined()
    expect(read(resume({}), listed(910, 890)).resume).toBeDefined()
  })

  it('is read again from the top after an alarm, which a list that began before it would end below', () => {
    const known = read(base, ended(900, 180), page({ result: alarm }))
    expect(known).toMatchObject({ readThrough: 0, alarmedUpTo: 900, resume: undefined })
  })

  const lookAt = (lowest: number, spent: PageRead['spent']) => {
    const end = listed(120, lowest, { isFirst: false, isSpent: true, spent, next: 'again' })
    return { ...end, result: { ...end.result, since: now } }
  }

  it.each([
    ['repeats its entries', lookAt(116, { pages: 2, entries: 11 })],
    ['has empty pages', lookAt(116, { pages: 11, entries: 5 })],
    ['goes on without anything new', lookAt(116, { pages: 2, entries: 3, below: 117 })],
  ])('J51 fails after three looks that end above it, if the list %s', (_, repeats) => {
    const twice = read(base, repeats, repeats)
    expect(hasAlarm(twice)).toBe(false)
    expect(hasAlarm(read(twice, repeats))).toBe(true)
  })

  it('J59 does not fail after looks that end above it, if their pages listed something new', () => {
    const once = lookAt(116, { pages: 2, entries: 10 })
    expect(read(base, once, once, once)).toMatchObject({ failures: 0, readThrough: 100, isBehind: true })
  })

  it('passes no access since a new beginning, whatever its date and its page', () => {
    const fromTop = (top: number, lowest: number) =>
      from(top, lowest).map(([number]): [number, number, number] => [
        number,
        200 + number,
        now + number * 1000,
      ])
    const pageOf = (top: number, lowest: number, more: Partial<PageRead>, begins: object) => {
      const { result, ...rest } = listed(top, lowest, more)
      const places = fromTop(top, lowest)
      const shown = { ...beginShown(), top: 12, tail: fromTop(12, lowest) }
      return {
        ...rest,
        result: { ...result, listed: { ...result.listed, places, shown, ...begins } },
      } as PageRead
    }
    const first = pageOf(12, 8, {}, { mayBeginAnew: true })
    const beginning = { index: 201, recorded: now }
    const last = pageOf(7, 1, { isFirst: false, isLast: true }, { newBeginning: beginning })
    const seen = { ...base.seen, upTo: now + 10_500 }
    // Found on a page further up, which did not look like a new beginning yet.
    const fresh = [{ id: '12', at: now + 12_000, number: 12, since: now, text: '12' }]
    const known = read({ ...base, seen, fresh }, first, last)
    expect(known).toMatchObject({ readThrough: 0, seen: { through: 0 }, fresh: [{ id: '12' }] })
    // What the erasure took away unseen is announced until the list was on screen.
    const unseen = [...fresh, { id: 'erased', at: now - 60 * MINUTE, number: 99, since: now }]
    const erased = read({ ...base, seen, fresh: unseen }, first, last)
    expect([known, erased].map(({ moreSince }) => moreSince)).toEqual([undefined, now])
    expect(erased.fresh).toHaveLength(1)
    // An alarm about numbers of the old log is not one about those of the new one.
    const alarmed = { ...base, seen, fresh, alarms: [''], alarmedUpTo: 100 }
    expect(read(alarmed, first, last)).toMatchObject({ alarms: [''], alarmedUpTo: undefined })
    // A list that showed all numbers anew before it came to the erasure hides no new beginning.
    const known12 = { ...base, places: from(12, 1), readThrough: 12, seen: { ...seen, through: 12 } }
    expect(read(known12, pageOf(12, 1, {}, {}), last)).toMatchObject({ readThrough: 0, seen: { through: 0 } })
    // The page above was judged by dates. Until the next look nothing of it counts as seen by number.
    const afterwards = markSeen(
      known,
      { ids: [], through: 12, upTo: new Date(now + 12_000).toISOString() },
      now,
    )
    expect(afterwards.seen.through).toBe(0)
    const whole = pageOf(12, 1, { isLast: true }, {})
    const news = {
      ...whole,
      entries: whole.entries.map((entry) => ({ ...entry, isNews: true, text: entry.id })),
    }
    expect(read(afterwards, news)).toMatchObject({ readThrough: 12, fresh: { length: 12 } })
  })

  it('is not moved by pages whose numbers may have begun again', () => {
    const anew = listed(30, 10)
    const part = anew.result.listed
    const result = { ...anew.result, ...(part && { listed: { ...part, mayBeginAnew: true } }) }
    const known = read(base, { ...anew, result })
    expect(known.places).toEqual(base.places)
    expect(known.readThrough).toBe(100)
  })
})

describe('what was on screen', () => {
  const news = (number: number): Partial<PageRead> => ({
    entries: from(number, number).map(([each, , at]) => ({
      id: String(each),
      at,
      isNews: true,
      text: 'text',
    })),
  })
  const base = read(beginKnownLog(now - 5 * MINUTE), listed(100, 51, { isLast: true }))
  const withNews = read(base, listed(110, 100, news(105)))
  const all = { through: 110, upTo: new Date(now).toISOString(), readAt: now }

  it('F71 a new access counts until its own row was on screen', () => {
    expect(newAccessesOf(withNews)).toEqual({ count: 1, more: false })
    expect(newAccessesOf(markSeen(withNews, { ids: [], ...all }, now))).toEqual({ count: 1, more: false })
    const seen = markSeen(withNews, { ids: ['105'], ...all }, now)
    expect(newAccessesOf(seen)).toBeUndefined()
    expect(seen.seen).toMatchObject({ through: 110, at: now })
  })

  it('J53 is known by number, whatever date an entry has', () => {
    const { seen } = markSeen(withNews, { ids: ['105'], ...all }, now)
    const known = { ...withNews, seen }
    const old = now - 1000 * MINUTE
    expect(isUnseen(known, { id: '111', at: old, number: 111 })).toBe(true)
    expect(isUnseen(known, { id: '109', at: now + MINUTE, number: 109 })).toBe(false)
    expect(isUnseen(known, { id: 'waiting', at: old })).toBe(false)
    expect(isUnseen(known, { id: 'waiting', at: now + MINUTE })).toBe(true)
    expect(isUnseen(known, { id: 'no date', at: Number.NaN })).toBe(true)
  })

  it('never reaches past now, nor past what was read', () => {
    const future = new Date(now + 1000 * MINUTE).toISOString()
    const { seen } = markSeen(base, { ids: [], through: 5000, upTo: future, readAt: now }, now)
    expect(seen).toMatchObject({ through: 100, upTo: now })
  })

  it('an access that a log without proofs no longer lists is dropped once everything was on screen, a later one is not', () => {
    const fresh = [{ id: 'gone', at: now - MINUTE, since: now - 1 }]
    expect(markSeen({ ...beginKnownLog(0), fresh }, { ids: [], ...all }, now).fresh).toEqual([])
    expect(markSeen({ ...base, fresh }, { ids: [], ...all }, now).fresh).toEqual(fresh)
    const later = [{ id: 'later', at: now - MINUTE, since: now + 1 }]
    expect(markSeen({ ...beginKnownLog(0), fresh: later }, { ids: [], ...all }, now).fresh).toEqual(later)
    const numbered = [{ id: '99', at: now - MINUTE, since: now - 1, number: 109 }]
    expect(markSeen({ ...base, fresh: numbered }, { ids: [], ...all }, now).fresh).toEqual(numbered)
  })

  it('J53 numbers on a page that fails its check make no access old', () => {
    const access = { id: 'forged number', at: now - MINUTE, isNews: true }
    const result = { ...alarm, numbers: new Map([[access.id, 50]]) }
    const after = read(base, page({ entries: [access], result }))
    expect(after.fresh).toMatchObject([{ id: access.id }])
    expect(markSeen(after, { ids: [] }, now).fresh, 'after a visit that did not show it').toEqual(after.fresh)
    const sound = { ...proven, numbers: result.numbers }
    expect(read(base, page({ entries: [access], result: sound })).fresh).toEqual([])
  })

  it('J53 a page that may be from a new beginning drops no access, and finds one by its number as well', () => {
    const { entries = [] } = news(105)
    const anew = listed(110, 100, {
      entries: entries.map((entry) => ({ ...entry, at: now - 1000 * MINUTE })),
    })
    const doubtful = { ...anew.result.listed, mayBeginAnew: true } as PageRead['result']['listed']
    const result = { ...anew.result, ...(doubtful && { listed: doubtful }) }
    for (const before of [base, withNews])
      expect(read(before, { ...anew, result }).fresh).toMatchObject([{ id: '105' }])
    const unknown = { ...result, numbers: new Map([['105', 90]]) }
    expect(read(withNews, { ...anew, result: unknown }).fresh).toMatchObject([{ id: '105', number: 105 }])
    const waiting = { ...withNews, fresh: withNews.fresh.map((entry) => ({ ...entry, number: undefined })) }
    expect(read(waiting, { ...anew, result: unknown }).fresh).toMatchObject([{ id: '105' }])
  })

  it('J53 while an alarm stands, no number makes an access old', () => {
    const access = { id: 'listed twice', at: now, isNews: true }
    const doubted = read(
      base,
      page({ entries: [access], result: { ...alarm, numbers: new Map([[access.id, 50]]) } }),
    )
    const sound = page({
      name: 'another page',
      entries: [access],
      result: { ...proven, numbers: new Map([[access.id, 50]]) },
    })
    expect(read(doubted, sound).fresh).toMatchObject([{ id: access.id }])
  })

  it('J59 a page without proofs does not make an access old', () => {
    const without = page({ ...news(105), result: unchecked })
    expect(read(withNews, without).fresh).toMatchObject([{ id: '105', number: 105 }])
    const later = { ...withNews, seen: { ...withNews.seen, upTo: 0 } }
    expect(read(later, without).fresh).toMatchObject([{ id: '105', number: 105 }])
  })
})
