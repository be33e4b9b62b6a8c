import { afterEach, expect, it } from 'vitest'
import { items } from '../../../extension/storage/items.ts'
import { type OwnRequest, readsAt } from '../../../extension/storage/stored-log.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { keepJournal } from '../../fixtures/journals.ts'
import { accessBy } from '../../fixtures/logging-organization.ts'
import { PART, watchLog } from '../../fixtures/watched-log.ts'
import { lookNow } from '../../fixtures/worker.ts'

const watched = watchLog()
const {
  signIn,
  signInAgain,
  signInToLongList,
  pass,
  add,
  addMany,
  signAll,
  look,
  readAll,
  seeAll,
  connection,
  badge,
} = watched

afterEach(() => fakeBrowser.storage.managed.clear())

const newOf = (pages: { newIds?: string[] }[]) => pages.flatMap(({ newIds = [] }) => newIds)

it('J51 a list that leaves a number out where reading stops says so on the toolbar, and raises an alarm at the third look', async () => {
  // The page after which a look has cost enough follows a gap.
  await signInToLongList({ gapAfter: 119 })
  for (let looks = 1; looks <= 3; looks++) {
    expect((await connection())?.logAlarm).toBeUndefined()
    signAll()
    await look()
    expect((await badge()).text, `look ${looks}`).toBe(looks < 3 ? '+' : '!+')
  }
  expect((await connection())?.logAlarm).toBe(true)
}, 120_000)

it('J51 the toolbar says that a list was not read to what was known also if the worker ends in a look', async () => {
  const script = watched.logging.withLog()
  const { fhir } = script
  let onSecondPage: (() => Promise<void>) | undefined
  await signIn({
    ...script,
    fhir: async (request, response) => {
      if (request.url?.includes('start=50')) await onSecondPage?.()
      return fhir?.(request, response)
    },
  })
  await seeAll()
  pass(10)
  addMany(60, 0.1)
  signAll()
  const texts: string[] = []
  // Only what is stored by then is left of a worker that ends there.
  onSecondPage = async () => {
    texts.push((await badge()).text)
  }
  await look()
  expect(texts).toEqual(['+'])
  expect((await badge()).text).toBe('')
})

it('J50 an access that was not among the first 200 stays new under a grant for a part of the log', async () => {
  await signIn(watched.logging.withLog(), PART)
  await seeAll()
  pass(10)
  const lee = add('Dr. Lee')
  addMany(900, 0.05, 'Dr. Lee')
  signAll()
  await look()
  for (let visits = 0; visits < 3; visits++) {
    const ids = newOf(await readAll())
    expect(ids).toContain(lee)
    await watched.worker.answers['access-log-seen']({
      connectionId: watched.connectionId,
      ids: ids.slice(0, 200),
    })
  }
  await look()
  expect((await connection())?.newAccesses?.count).toBeGreaterThan(0)
  expect(newOf(await seeAll())).toContain(lee)
  await look()
  expect((await connection())?.newAccesses).toBeUndefined()
}, 120_000)

it('J50 an access that waited for its proof stays new while more than 500 others are seen', async () => {
  watched.logging.pageSize = 700
  const unlisted: number[] = []
  await signIn(watched.logging.withLog({}, unlisted), PART)
  await seeAll()
  pass(10)
  const lee = add('Dr. Lee')
  watched.logging.log.size = watched.logging.log.entries.length - 1
  await lookNow(watched.worker)
  unlisted.push(6)
  for (let week = 0; week < 13; week++) {
    addMany(40, 1, 'Dr. Lee')
    signAll()
    await look()
    await seeAll()
  }
  unlisted.pop()
  await look()
  expect((await badge()).text).toBe('1')
  expect(newOf(await seeAll())).toEqual([lee])
}, 120_000)

it('J53 an access from before the sign-in is announced if it is appended later, under a grant for a part of the log', async () => {
  await signIn(watched.logging.withLog(), PART)
  await seeAll()
  pass(1440)
  const lee = add('Dr. Lee', -1441)
  pass(1)
  signAll()
  await look()
  expect((await connection())?.newAccesses).toEqual({ count: 1, more: false })
  expect(newOf(await seeAll())).toEqual([lee])
  await look()
  expect((await connection())?.newAccesses).toBeUndefined()
})

it('J52 accesses that were on screen stay seen when a grant covers only a part of the log', async () => {
  watched.logging.pageSize = 700
  await signIn()
  await seeAll()
  await items.sessions.change(watched.connectionId, (session) => session && { ...session, scope: PART })
  for (let week = 0; week < 14; week++) {
    addMany(40, 1, 'Dr. Lee')
    signAll()
    await look()
    expect((await connection())?.newAccesses, `week ${week}`).toEqual({ count: 40, more: false })
    await seeAll()
  }
}, 120_000)

it('J50 a later sign-in that names another role ends no watch', async () => {
  await signIn()
  await seeAll()
  const { connectionId } = watched
  await signInAgain({ fhirUser: 'Practitioner/p' })
  expect(watched.connectionId).toBe(connectionId)
  pass(10)
  add('Dr. Lee')
  signAll()
  await look()
  expect((await badge()).text).toBe('1')
})

it('J50 a patient whom the organization does not name is told of new accesses', async () => {
  await signInAgain({ fhirUser: undefined })
  expect((await connection())?.person.role).toBe('patient')
  await seeAll()
  pass(10)
  add('Dr. Lee')
  signAll()
  await look()
  expect((await badge()).text).toBe('1')
})

it('J50 a later sign-in with another name for the person takes no access for seen', async () => {
  await signIn()
  await seeAll()
  const { connectionId } = watched
  pass(600)
  const lee = add('Dr. Lee')
  pass(10)
  signAll()
  await items.sessions.update(() => ({}))
  await signInAgain({ sub: 'john-2' })
  expect(watched.connectionId).not.toBe(connectionId)
  await look()
  expect((await connection())?.newAccesses).toEqual({ count: 1, more: false })
  expect(newOf(await readAll())).toEqual([lee])
})

it('J52 the toolbar announces nothing that a policy forbids to show', async () => {
  await signIn()
  await seeAll()
  pass(10)
  add('Dr. Lee')
  signAll()
  await lookNow(watched.worker)
  expect((await badge()).text).toBe('1')
  await fakeBrowser.storage.managed.set({ forbiddenScopes: ['patient/AuditEvent.rs'] })
  expect((await connection())?.newAccesses).toBeUndefined()
  const { text, title } = await badge()
  expect(text, 'it says that it may not').toBe('!')
  expect(title).not.toContain('new access')
})

const HOUR = 3_600_000

/** Reads of this browser whose answers are dated so many hours from now. */
const readsDated = (hours: number) => {
  const own: OwnRequest[] = []
  return {
    readOnce: (id: string, isLogged: boolean) => {
      pass(1)
      const at = Date.now()
      own.push({ id, at, servedAt: at + hours * HOUR, what: 'Observation', shown: true })
      if (!isLogged) return
      const entry = accessBy('John Doe', watched.logging.log.entries.length + 1, hours * 60)
      const { entity, ...event } = entry.event
      const name = { type: { code: 'XrequestId' }, what: { identifier: { value: id } } }
      watched.logging.log.entries.push({ ...entry, event: { ...event, entity: [entity, name].flat() } })
    },
    /** Looks, and returns whether a read is missing. */
    isMissed: async () => {
      signAll()
      // The organization of this test logs no read of its log.
      const since = own[0]?.at ?? 0
      const { connectionId } = watched
      const { [connectionId]: { fhirBase } = { fhirBase: '' } } = await items.connections.get()
      const requests = own.map((request) => ({ ...request, connection: connectionId }))
      await keepJournal(watched.worker.sessions.requests, readsAt(fhirBase), { since, requests })
      await look()
      return (await connection())?.readsMissing === true
    },
  }
}

it.each([-23, -1, 1, 23])(
  'F33 a read that the log leaves out is missed although its answer was dated %i hours from now',
  async (hours) => {
    const { readOnce, isMissed } = readsDated(hours)
    // A log is in the order of its dates.
    if (hours < 0) watched.logging.log.entries.length = 0
    await signIn()
    readOnce('logged', true)
    expect(await isMissed()).toBe(false)
    readOnce('hidden', false)
    pass(60 * Math.max(hours, 0))
    expect(await isMissed()).toBe(true)
  },
)

it('F33 a read that the log has is not missed by a look that does not come down to it', async () => {
  const { readOnce, isMissed } = readsDated(-1)
  watched.logging.log.entries.length = 0
  watched.logging.pageSize = 1
  await signIn()
  readOnce('first', true)
  expect(await isMissed()).toBe(false)
  for (const id of ['second', 'third', 'fourth']) {
    readOnce(id, true)
    expect(await isMissed()).toBe(false)
  }
})
