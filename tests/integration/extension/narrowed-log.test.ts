import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { watchLogs } from '../../../extension/access-log/watch/log-watch.ts'
import { paintBadge } from '../../../extension/background/badge.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser, shownOnToolbar } from '../../fakes/browser.ts'
import { type LoggingOrganization, startLoggingOrganization } from '../../fixtures/logging-organization.ts'
import type { ReferenceEntry } from '../../fixtures/reference-log.ts'
import type { Script } from '../../fixtures/scripted-organization.ts'
import { clearBrowser, createWorker, lookNow, readLog, readOn, type Worker } from '../../fixtures/worker.ts'

let logging: LoggingOrganization
let worker: Worker

beforeAll(async () => {
  logging = await startLoggingOrganization()
})
afterAll(() => logging.organization.close())
beforeEach(async () => {
  await clearBrowser()
  fakeBrowser.storage.onChanged.listeners.clear()
  logging.begin()
  worker = createWorker()
  watchLogs(worker.sessions, worker.lock)
})

const connection = async () => (await worker.state()).connections[0]
const titleOnToolbar = async () => {
  await paintBadge(async () => 'Riverside Clinic', false)
  return shownOnToolbar.title
}
/** The verdict on the list that the popup reads. */
const verdict = async () => (await readOn(worker, (await connection())?.id ?? '')).at(-1)?.proof

const whole = 'openid patient/AuditEvent.rs patient/Observation.rs'
const parts = {
  'only entries of one type': 'openid patient/AuditEvent.rs?type=rest',
  'only what an unknown parameter selects': 'openid patient/AuditEvent.rs?x=y',
  'no log at all': 'openid patient/Observation.rs',
}

/** Signs in. The person's list is the same, whatever the grant covers. */
const signIn = (scope: string, more: Script = {}) =>
  logging.signIn(logging.withLog({ ...more, tokens: { scope, refresh_token: 'refresh' } }), worker)

/** Lets the token end, so that the next read renews it and learns this scope. */
const renew = async (scope: string) => {
  logging.organization.script.tokens = { scope, refresh_token: 'refresh' }
  await items.sessions.update((all) =>
    Object.fromEntries(Object.entries(all).map(([id, { access: _ended, ...session }]) => [id, session])),
  )
  const id = (await connection())?.id ?? ''
  await worker.sessions.renew(id)
}

describe.each(Object.entries(parts))('J52 a grant that covers %s', (_what, part) => {
  it.each([
    ['at a later sign-in', signIn],
    ['when a token is renewed', renew],
  ] as const)(
    'is an alarm if the log was complete before, %s, until it is complete again',
    async (_when, narrow) => {
      await signIn(whole)
      expect(await verdict()).toMatchObject({ outcome: 'complete' })
      expect(await connection()).not.toHaveProperty('logNarrowed')
      await narrow(part)
      await expect.poll(connection).toMatchObject({ logNarrowed: true })
      expect(await titleOnToolbar()).toContain(
        'Carekey is no longer allowed to read as much of the access log of Riverside Clinic as before.',
      )
      expect(shownOnToolbar.text).toBe('!')
      await renew(whole)
      expect(await connection(), 'nothing was read yet').toMatchObject({ logNarrowed: true })
      await lookNow(worker)
      expect(await connection()).not.toHaveProperty('logNarrowed')
      expect(await titleOnToolbar()).toBe('Carekey')
    },
  )
})

it.each([parts['only entries of one type'], parts['only what an unknown parameter selects']])(
  'J52 a list under %s is genuine, and nobody can tell whether it is complete',
  async (part) => {
    await signIn(part)
    expect(await verdict()).toMatchObject({ outcome: 'genuine', why: 'scope', proven: 2 })
    expect(await connection(), 'it never was complete').not.toHaveProperty('logNarrowed')
    await renew(whole)
    expect(await verdict()).toMatchObject({ outcome: 'complete' })
    await renew(part)
    expect(await verdict()).toMatchObject({ outcome: 'genuine', why: 'scope' })
    expect(await connection()).toMatchObject({ logNarrowed: true })
  },
)

it('J52 a list whose first page was read under a grant for a part is not complete', async () => {
  await signIn(parts['only entries of one type'])
  const { id = '' } = (await connection()) ?? {}
  const { next = '' } = await readLog(worker, { connectionId: id })
  await renew(whole)
  const second = await readLog(worker, { connectionId: id, next })
  const third = await readLog(worker, { connectionId: id, next: second.next ?? '' })
  expect(third.next).toBeUndefined()
  for (const { proof } of [second, third]) expect(proof).toMatchObject({ outcome: 'genuine' })
})

describe('J52 the alarm of a log that never was complete', () => {
  const leaveOut = (unlisted: number[]) => {
    const { fhir } = logging.withLog({}, unlisted)
    Object.assign(logging.organization.script, { fhir })
  }
  const isAlarmed = async () => {
    expect(await connection()).toMatchObject({ logAlarm: true })
    expect(await titleOnToolbar()).toContain('The access log of Riverside Clinic failed its check')
  }

  it.each(Object.entries(parts).slice(0, 2))('stays under a grant that covers %s', async (_what, part) => {
    await signIn(whole)
    leaveOut([4])
    logging.pageSize = 5
    expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'gap' })
    await renew(part)
    for (const unlisted of [[4], [3, 4, 5]]) {
      leaveOut(unlisted)
      await lookNow(worker)
      expect(await verdict()).toMatchObject({ outcome: 'genuine', why: 'scope' })
      await isAlarmed()
    }
    await renew(whole)
    leaveOut([])
    await lookNow(worker)
    expect(await connection()).not.toHaveProperty('logAlarm')
  })

  it('stays if the log offers no proofs any more', async () => {
    await signIn(whole)
    leaveOut([4])
    logging.pageSize = 5
    expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'gap' })
    await signIn(whole, { configuration: {} })
    await lookNow(worker)
    expect(await verdict()).toEqual({ outcome: 'unprovable' })
    await isAlarmed()
  })

  it('stays under a grant that covers another part, until the same part is proven', async () => {
    const [one, another] = Object.values(parts) as [string, string]
    await signIn(one)
    logging.pageSize = 5
    const { event } = logging.log.entries[3] as ReferenceEntry
    const { entity } = event
    event.entity = [{ what: { reference: 'Patient/another' }, role: { code: '1' } }]
    expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'other-patient' })
    await renew(another)
    event.entity = entity
    leaveOut([4])
    expect(await verdict()).toMatchObject({ outcome: 'genuine', why: 'scope' })
    await isAlarmed()
    await renew(`${one} patient/Observation.rs`)
    expect(await verdict()).toMatchObject({ outcome: 'genuine', why: 'scope' })
    expect(await connection()).not.toHaveProperty('logAlarm')
  })

  it('stays if the list then ends below what raised it', async () => {
    await signIn(whole)
    leaveOut([4])
    logging.pageSize = 5
    expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'gap' })
    leaveOut([4, 5])
    expect(await verdict()).toMatchObject({ outcome: 'alarm', reason: 'gap' })
    await isAlarmed()
    leaveOut([])
    expect(await verdict()).toMatchObject({ outcome: 'complete' })
    expect(await connection()).not.toHaveProperty('logAlarm')
  })
})

describe('J59 a log that was proven before and whose proofs are withheld', () => {
  const ways: Record<string, Script['first']> = {
    'with 404': (_request, response) => !!response.writeHead(404).end(),
    'with 503': (_request, response) => !!response.writeHead(503).end(),
    'by silence': (request) => !!request.socket.destroy(),
  }
  const withhold = (way: Script['first']) => {
    logging.organization.script.first = (request, response) =>
      request.url?.startsWith('/audit/proof') === true && way?.(request, response) === true
  }
  const giveAgain = () => {
    delete logging.organization.script.first
  }
  const title = 'The access log of Riverside Clinic failed its check'

  it.each(Object.entries(ways))(
    '%s is an alarm after three looks, until it is proven again',
    async (_how, way) => {
      await signIn(whole)
      await verdict()
      withhold(way)
      await lookNow(worker)
      expect(await verdict()).toMatchObject({ outcome: 'unchecked' })
      expect(await connection()).not.toHaveProperty('logAlarm')
      expect(await verdict()).toEqual({ outcome: 'alarm', reason: 'withheld', since: expect.any(Number) })
      expect(await connection()).toMatchObject({ logAlarm: true })
      expect(await titleOnToolbar()).toContain(title)
      giveAgain()
      await lookNow(worker)
      expect(await connection()).not.toHaveProperty('logAlarm')
      expect(await titleOnToolbar()).toBe('Carekey')
    },
  )

  it('counts only looks that could read the list, one after the other', async () => {
    await signIn(whole)
    await verdict()
    logging.organization.script.first = (_request, response) => !!response.writeHead(404).end()
    logging.add('Dr. Lee')
    for (let time = 0; time < 12; time++) await lookNow(worker)
    expect(await titleOnToolbar(), 'a list that cannot be read at all').toBe('Carekey')
    giveAgain()
    await lookNow(worker)
    expect((await connection())?.newAccesses).toMatchObject({ count: 1 })
    withhold(ways['with 404'])
    await lookNow(worker)
    await lookNow(worker)
    expect(await connection()).not.toHaveProperty('logAlarm')
    giveAgain()
    expect(await verdict()).toMatchObject({ outcome: 'complete' })
    withhold(ways['with 404'])
    await lookNow(worker)
    await lookNow(worker)
    expect(await connection(), 'the count begins again').not.toHaveProperty('logAlarm')
  })

  it('is only unchecked if it never was proven', async () => {
    await signIn(whole)
    withhold(ways['with 404'])
    for (let time = 0; time < 4; time++)
      expect(await verdict()).toMatchObject({ outcome: 'unchecked', problem: { code: 'not-found' } })
    expect(await connection()).not.toHaveProperty('logAlarm')
  })
})
