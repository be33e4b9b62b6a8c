import { beforeEach, describe, expect, it } from 'vitest'
import { readPage } from '../../../extension/access-log/watch/known-log.ts'
import type { StoredKnownLog } from '../../../extension/storage/stored-log.ts'
import { type ReferenceLog, signEntry } from '../../fixtures/reference-log.ts'
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

beforeEach(() => {
  log = createSmallLog()
})

describe('F73 the memory of a list', () => {
  const learnAll = async (known?: StoredKnownLog) => {
    const result = await checkAt(log, {
      events: shown(ofPatient(log)),
      listing: listingOf(known && { known }),
    })
    expect(result.proof.outcome).toBe('proven')
    return learn(result, known)
  }

  it('holds the place of each entry while the log grows', async () => {
    const known = await learnAll()
    expect(known.places.map(([count, index]) => [count, index])).toEqual([
      [7, 8],
      [6, 7],
      [5, 6],
      [4, 5],
      [3, 3],
      [2, 2],
      [1, 1],
    ])
    log.entries.push(entryOf(8, 3), entryOf(2, 2, '2'), entryOf(9, 1))
    expect((await learnAll(known)).places[0]?.slice(0, 2)).toEqual([9, 12])
  })

  it('holds at most 500 entries', async () => {
    const places = Array.from({ length: 600 }, (_, at): [number, number, number] => [at + 1, at, at])
    const result = await checkAt(log, { events: shown(ofPatient(log)), listing: listingOf() })
    const known = learn({
      ...result,
      listed: { places, proven: [], waiting: [], erased: [], mayBeginAnew: false },
    })
    expect(known.places).toHaveLength(500)
    expect(known.places[0]).toEqual([600, 599, 599])
    expect(known.places.at(-1)).toEqual([101, 100, 100])
  })

  it('ends when the person was erased, and their log starts again', async () => {
    const known = await learnAll()
    const notice = entryOf(1, 50)
    notice.event.subtype = [{ system: 'urn:carekey:access-kind', code: 'erasure' }]
    log.entries = log.entries.map((entry) => ({ ...entry, hidden: true }))
    log.entries.push(notice, entryOf(2, 40))
    signEntry(log, notice)
    const events = shown(log.entries.filter(({ hidden }) => !hidden))
    const result = await checkAt(log, { events, listing: listingOf({ known: known }) })
    expect(result.proof.outcome).toBe('proven')
    expect(learn(result, known)).toMatchObject({
      places: [
        [2, 11, expect.any(Number)],
        [1, 10, expect.any(Number)],
      ],
      readThrough: 2,
    })
    // In any other place such an entry explains nothing: reading goes on, and three looks that end without it are an alarm.
    const page = await checkAt(log, { events, listing: listingOf({ last: false, known: known }) })
    const place = {
      name: '',
      next: 'below',
      isFirst: true,
      isLast: false,
      isCut: false,
      isWatched: true,
      isSpent: true,
      spent: { pages: 1, entries: 1 },
    }
    const read = (failures: number) =>
      readPage(
        { ...known, failures },
        { ...place, entries: [], newestAt: 0, readAt: now, result: { ...page, since: now } },
      )
    expect(read(1)).toMatchObject({ isReached: false, proof: { outcome: 'genuine', why: 'unread' } })
    expect(read(2)).toMatchObject({ isReached: false, proof: { outcome: 'alarm', reason: 'withheld' } })
    expect(read(2).known.places).toEqual(known.places)
  })
})
