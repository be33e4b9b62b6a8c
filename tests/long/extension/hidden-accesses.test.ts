import { describe, expect, it } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { accessBy, entryOf, listing } from '../../fixtures/logging-organization.ts'
import { eraseFrom } from '../../fixtures/reference-log.ts'
import { PART, WHOLE, watchLog } from '../../fixtures/watched-log.ts'
import { lookNow as lookAtLogs, readOn, wereOnScreen } from '../../fixtures/worker.ts'

const watched = watchLog()
const { signIn, signInToLongList, pass, add, addMany, signAll, look, seeAll, connection, known, badge } =
  watched

describe('J53 an access with an earlier date than what was on screen', () => {
  it.each([
    ['although the list never was complete', WHOLE, true],
    ['under a grant for a part of the log', PART, false],
  ])('is announced %s', async (_when, scope, leavesOpen) => {
    let isOpen = leavesOpen
    const script = listing(watched.logging, (page, honest) => {
      if (!isOpen) return page > 0 ? undefined : honest
      // The newest, which waits, alone; then all others but one.
      return [honest.slice(0, 1), honest.slice(1).filter((_, at) => at !== 1)][page]
    })
    await signIn(script, scope)
    for (let visits = 0; visits < 3; visits++) {
      pass(30)
      addMany(3, 0.1)
      signAll()
      addMany(1, 0.1)
      await seeAll()
    }
    pass(0.5)
    const lee = add('Dr. Lee', -0.8)
    pass(0.1)
    isOpen = false
    signAll()
    await look()
    expect((await connection())?.newAccesses).toMatchObject({ count: 1 })
    const pages = await readOn(watched.worker, watched.connectionId)
    expect(pages.flatMap(({ newIds = [] }) => newIds)).toEqual([lee])
    await wereOnScreen(watched.worker, watched.connectionId, pages)
    expect((await connection())?.newAccesses).toBeUndefined()
    await look()
    expect((await connection())?.newAccesses).toBeUndefined()
  })
})

describe('J53 an access of about the first visit, whose list had no proofs', () => {
  const signInWithoutProofs = async (scope: string) => {
    const state = { isDown: true }
    const script = watched.logging.withLog()
    const { fhir } = script
    await signIn(
      {
        ...script,
        fhir: (request, response) =>
          state.isDown && request.url?.includes('/audit/')
            ? response.writeHead(503).end()
            : fhir?.(request, response),
      },
      scope,
    )
    return state
  }

  it.each([
    ['by another process, two seconds behind', WHOLE, 0.2, 2 / 60],
    ['by another process, two seconds behind, under a grant for a part of the log', PART, 0.2, 2 / 60],
    ['five hours later, dated back', WHOLE, 300, 300.1],
  ])('is announced if it is logged %s', async (_how, scope, later, back) => {
    const state = await signInWithoutProofs(scope)
    pass(1)
    const onScreen = add('Dr. Lee')
    addMany(1, 0)
    signAll()
    expect((await seeAll()).flatMap(({ newIds = [] }) => newIds)).toEqual([onScreen])
    pass(later)
    const lee = add('Dr. Lee', -back)
    pass(0.2)
    signAll()
    state.isDown = false
    await look()
    expect((await connection())?.newAccesses).toMatchObject({ count: 1 })
    expect((await seeAll()).flatMap(({ newIds = [] }) => newIds)).toEqual([lee])
    await look()
    expect((await connection())?.newAccesses).toBeUndefined()
  })
})

it('J53 under a grant for a part of the log, more accesses than are remembered one by one stay seen', async () => {
  watched.logging.pageSize = 700
  await signIn(watched.logging.withLog(), PART)
  await seeAll()
  for (let week = 0; week < 14; week++) {
    for (let at = 0; at < 40; at++) {
      pass(1)
      add('Dr. Lee')
    }
    signAll()
    await look()
    expect((await connection())?.newAccesses, `week ${week}`).toEqual({ count: 40, more: false })
    await seeAll()
  }
  await look()
  expect((await connection())?.newAccesses).toBeUndefined()
}, 120_000)

it.each([
  ['complete', WHOLE],
  ['never complete', PART],
])(
  'J52 a grant without the log announces nothing that no page may show, and says so, if the log was %s',
  async (_what, scope) => {
    await signIn(watched.logging.withLog(), scope)
    await seeAll()
    pass(10)
    add('Dr. Lee')
    signAll()
    await lookAtLogs(watched.worker)
    expect((await badge()).text).toBe('1')
    await items.sessions.change(
      watched.connectionId,
      (session) => session && { ...session, scope: 'openid patient/Observation.rs' },
    )
    await look()
    expect((await connection())?.newAccesses).toBeUndefined()
    expect(await connection()).toMatchObject({ logNarrowed: true })
    const { text, title } = await badge()
    expect(text).toBe('!')
    expect(title).toContain('no longer allowed to read as much of the access log of Riverside Clinic')
    expect(title).not.toContain('new access')
    await items.sessions.change(watched.connectionId, (session) => session && { ...session, scope })
    expect((await connection())?.newAccesses, 'what was announced is not forgotten').toMatchObject({
      count: 1,
    })
    if (scope === PART) expect((await badge()).text, 'it is read again as far as before').toBe('1')
    await items.sessions.delete(watched.connectionId)
    if (scope === PART) expect((await badge()).text, 'nobody has seen it').toBe('1')
  },
)

describe('J51 an access that waited for its proof', () => {
  it('is not forgotten because 200 others wait: a list without it raises an alarm', async () => {
    let breaks = false
    const script = watched.logging.withLog()
    const { fhir } = script
    await signIn({
      ...script,
      fhir: (request, response) =>
        breaks && request.url?.includes('start=200')
          ? response.writeHead(503).end()
          : fhir?.(request, response),
    })
    await seeAll()
    addMany(1, 10)
    signAll()
    pass(0.5)
    add('Dr. Lee')
    await lookAtLogs(watched.worker)
    expect((await connection())?.newAccesses).toMatchObject({ count: 1 })
    watched.logging.log.entries.pop()
    pass(60)
    addMany(200, 0.02)
    breaks = true
    await lookAtLogs(watched.worker)
    breaks = false
    signAll()
    await look()
    expect((await connection())?.logAlarm).toBe(true)
  }, 60_000)

  it('stays announced under a grant for a part of the log if a list leaves it out', async () => {
    const unlisted: number[] = []
    await signIn(watched.logging.withLog({}, unlisted), PART)
    await seeAll()
    pass(10)
    const lee = add('Dr. Lee')
    watched.logging.log.size = watched.logging.log.entries.length - 1
    await lookAtLogs(watched.worker)
    pass(1)
    unlisted.push(6)
    add('John Doe')
    signAll()
    expect((await seeAll()).flatMap(({ entries }) => entries.map(({ id }) => id))).not.toContain(lee)
    expect((await badge()).text).toBe('1')
    unlisted.pop()
    await look()
    expect((await seeAll()).flatMap(({ newIds = [] }) => newIds)).toEqual([lee])
    expect((await badge()).text).toBe('')
  })
})

describe('J51 a list that cannot be read down to what was known', () => {
  const lookAtSigned = async () => {
    signAll()
    await look()
  }

  it('says so on the toolbar, and raises an alarm at the third look whose stored place is gone', async () => {
    await signInToLongList({ expires: true })
    await lookAtSigned()
    expect([(await badge()).text, (await badge()).title]).toEqual([
      '+',
      expect.stringContaining('longer than could be read so far'),
    ])
    for (let looks = 0; looks < 3; looks++) {
      expect((await connection())?.logAlarm).toBeUndefined()
      await lookAtSigned()
    }
    expect((await connection())?.logAlarm).toBe(true)
  }, 120_000)

  it('is read from the stored place on, and then counts no failure', async () => {
    const lee = await signInToLongList()
    await lookAtSigned()
    await lookAtSigned()
    expect((await known())?.fresh.map(({ id }) => id)).toEqual([lee])
    expect((await known())?.failures).toBe(0)
  }, 120_000)
})

it('J51 an entry of the kind erasure that was erased itself is no new beginning', async () => {
  await signIn()
  await seeAll()
  pass(10)
  watched.logging.log.entries.push(accessBy('Dr. Lee', 6, 0))
  signAll()
  await lookAtLogs(watched.worker)
  expect((await connection())?.newAccesses).toMatchObject({ count: 1 })
  pass(1)
  // Whoever can write to the database appends it without the log's key, and has it erased.
  const forged = entryOf(1)
  forged.event.recorded = new Date().toISOString()
  forged.event.subtype = [{ system: 'urn:carekey:access-kind', code: 'erasure' }]
  watched.logging.log.entries.push(forged)
  pass(0.2)
  const recorded = new Date().toISOString()
  eraseFrom(watched.logging.log, [watched.logging.log.entries.length - 1], { recorded })
  const [erasure] = watched.logging.log.entries.slice(-1)
  if (erasure) erasure.hidden = true
  pass(1)
  watched.logging.log.entries.push(accessBy('John Doe', 2, 0))
  signAll()
  for (const entry of watched.logging.log.entries.slice(0, 6)) entry.hidden = true
  await look()
  expect((await connection())?.logAlarm).toBe(true)
})
