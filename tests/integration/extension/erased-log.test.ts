import { describe, expect, it } from 'vitest'
import { knownSince, type LogAt } from '../../../extension/popup/log/merged-log.ts'
import { PART, watchLog } from '../../fixtures/watched-log.ts'
import { wereOnScreen } from '../../fixtures/worker.ts'

const watched = watchLog()
const { signIn, pass, add, signAll, look, seeAll, readAll, erase, connection, badge } = watched
const DAY = 24 * 60

/** Names the patient, so that the entry looks like one of their own. */
const asPatient = [{ who: { display: 'John Doe', reference: 'Patient/p' }, requestor: true }]

/** Entries of the patient's own, numbered after the erasure. */
const readAsJohn = (many: number, minutesBetween: number) => {
  const { log } = watched.logging
  for (let number = 2; number <= many + 1; number++) {
    pass(minutesBetween)
    add('John Doe')
    for (const entry of log.entries.slice(-1)) entry.count = number
  }
  signAll()
}

const verdict = async () => (await readAll()).at(-1)?.proof
const logAt = async () => ({ connection: await connection(), pages: await readAll() }) as unknown as LogAt
const entries = async () => (await readAll()).flatMap((page) => page.entries)

describe('F73 the date of an erasure', () => {
  it.each([
    ['a year back', -365 * DAY, 2],
    ['to before the newest known entry', -64, 1],
  ])('is an alarm if it is set %s', async (_how, minutes, times) => {
    await signIn()
    await look()
    await seeAll()
    add('John Doe')
    signAll()
    await look()
    for (let time = 0; time < times; time++) {
      pass(1)
      add('Dr. Lee')
      pass(1)
      erase(minutes, asPatient)
      await look()
      expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'misdated' })
      expect((await badge()).text).toMatch(/^!/)
    }
  })

  it('is compared with an earlier erasure', async () => {
    await signIn()
    await seeAll()
    pass(60)
    erase()
    await look()
    await seeAll()
    expect(await verdict()).toMatchObject({ outcome: 'complete' })
    erase(-120)
    expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'misdated' })
  })
})

describe('J51 a list that reaches back behind an erasure', () => {
  it('says that earlier entries were erased, and not that nobody else read the record since', async () => {
    await signIn()
    await seeAll()
    expect(await verdict()).not.toHaveProperty('erasure')
    expect(knownSince(await logAt())).toBeGreaterThan(0)
    // Nothing but the date of the erasure hides that Dr. Lee read before it.
    const at = new Date(Date.now() + 60_000).toISOString()
    pass(180)
    add('Dr. Lee')
    pass(5)
    erase(-184, asPatient)
    await look()
    await seeAll()
    expect(await verdict()).toMatchObject({ outcome: 'complete', erasure: { at } })
    expect(knownSince(await logAt())).toBeUndefined()
    pass(60)
    erase()
    const again = new Date().toISOString()
    expect(await verdict()).toMatchObject({ outcome: 'complete', erasure: { at: again } })
  })

  it('says so also if the clock of the organization is ahead', async () => {
    await signIn()
    await seeAll()
    pass(1)
    erase(5)
    expect(await verdict()).toMatchObject({ outcome: 'complete', erasure: {} })
  })

  it('also if its pages end above the erasure, as long as they have dates from before it was known', async () => {
    watched.logging.pageSize = 10
    await signIn()
    await seeAll()
    pass(60)
    add('Dr. Lee')
    erase()
    readAsJohn(10, 1)
    await look()
    await seeAll()
    const [first] = await readAll()
    expect(first?.entries.map(({ kind }) => kind)).not.toContain('erasure')
    expect(first?.proof).toMatchObject({ outcome: 'complete', erasure: {} })
    for (let number = 12; number < 22; number++) {
      pass(60)
      add('John Doe')
      for (const entry of watched.logging.log.entries.slice(-1)) entry.count = number
    }
    signAll()
    await look()
    expect(knownSince(await logAt())).toBeGreaterThan(0)
  })
})

describe('J53 an erasure', () => {
  it('is announced until it was on screen, whatever it says of its date and of who did it', async () => {
    await signIn()
    await seeAll()
    pass(120)
    add('Dr. Lee')
    pass(2)
    const id = erase(-122, asPatient)
    readAsJohn(13, 1)
    await look()
    expect(await connection()).toMatchObject({ newAccesses: { count: 0, more: false, erasures: 1 } })
    expect(await badge()).toMatchObject({
      text: '1',
      title: 'Carekey\nEarlier entries were erased from the access log of Riverside Clinic',
    })
    const found = (await entries()).filter(({ isNew }) => isNew)
    expect(found).toMatchObject([{ id, kind: 'erasure', by: 'others' }])
    await look()
    expect((await badge()).text, 'a look puts nothing on screen').toBe('1')
    const pages = await readAll()
    const unseen = pages.map((page) => ({ ...page, newIds: [] }))
    await wereOnScreen(watched.worker, watched.connectionId, unseen)
    await look()
    expect((await badge()).text, 'only other lines were on screen').toBe('1')
    await seeAll()
    expect((await badge()).text).toBe('')
    await look()
    expect((await badge()).text).toBe('')
    expect((await entries()).some(({ isNew }) => isNew)).toBe(false)
  })

  it('is marked in the list that first shows it, also if it is dated before the newest entry', async () => {
    await signIn()
    add('John Doe')
    signAll()
    await seeAll()
    pass(1)
    const id = erase(-1.5)
    const pages = await readAll()
    expect(pages.flatMap(({ newIds }) => newIds)).toEqual([id])
    await wereOnScreen(watched.worker, watched.connectionId, pages)
    expect((await badge()).text).toBe('')
    await look()
    expect((await badge()).text).toBe('')
  })

  it('is announced in place of an alarm that it takes back', async () => {
    const unlisted: number[] = []
    await signIn(watched.logging.withLog({}, unlisted))
    await seeAll()
    pass(120)
    add('Dr. Lee')
    pass(5)
    add('John Doe')
    signAll()
    unlisted.push(6)
    await look()
    expect((await badge()).text).toMatch(/^!/)
    pass(5)
    unlisted.length = 0
    erase()
    await look()
    expect(await connection()).toMatchObject({ newAccesses: { erasures: 1 } })
    expect((await badge()).text).toBe('1')
  })

  it('is announced under a grant for a part of the log, until it was on screen', async () => {
    await signIn(watched.logging.withLog(), PART)
    add('John Doe')
    signAll()
    await seeAll()
    pass(60)
    erase(-60.5)
    readAsJohn(1, 1)
    for (let time = 0; time < 2; time++) {
      await look()
      const pages = await readAll()
      const unseen = pages.map((page) => ({ ...page, newIds: [] }))
      await wereOnScreen(watched.worker, watched.connectionId, unseen)
      expect(await connection()).toMatchObject({ newAccesses: { erasures: 1 } })
    }
    await seeAll()
    await look()
    expect(await connection()).not.toHaveProperty('newAccesses')
  })

  it('from before the first sign-in is not news', async () => {
    erase(-60)
    await signIn()
    await look()
    expect((await badge()).text).toBe('')
    expect(await verdict()).toMatchObject({ outcome: 'complete', erasure: {} })
  })
})
