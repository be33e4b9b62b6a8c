import '../../fixtures/hastened-pins.ts'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ADDRESSES, type MockProvider, startMockProvider } from '../../fakes/mock-provider.ts'
import { signInAtMock } from '../../fixtures/mock-sign-in.ts'
import { clearBrowser, createWorker, storedText, type Worker } from '../../fixtures/worker.ts'

const PIN = 'a7 k2 m9 q4'
const HOUR = 3_600_000

let mock: MockProvider
let worker: Worker
beforeEach(async () => {
  await clearBrowser()
  mock = await startMockProvider()
  worker = createWorker()
})
afterEach(async () => {
  vi.useRealTimers()
  await mock.close()
})

/** The refresh tokens that were revoked. A launch requests none, but this organization gives one all the same. */
const revoked = () =>
  mock
    .requestsTo(ADDRESSES.revoke)
    .flatMap(({ form }) => form.get('token') ?? [])
    .filter((token) => token.startsWith('refresh'))
const launch = () => signInAtMock(worker, mock, { launch: 'launch' })
const setLock = () => worker.answers['set-lock']({ lock: { pin: PIN }, after: 5 })

it.each<[string, () => Promise<string>]>([
  ['without a lock', launch],
  [
    'a lock is set during the visit',
    async () => {
      const id = await launch()
      await setLock()
      return id
    },
  ],
  [
    'a lock is removed during the visit',
    async () => {
      await setLock()
      const id = await launch()
      await worker.answers['remove-lock']({ pin: PIN })
      return id
    },
  ],
])('a refresh token that nobody requested is revoked at sign-out: %s', async (_, begin) => {
  const connectionId = await begin()
  expect(await worker.answers['sign-out']({ connectionId })).toEqual({ outcome: 'revoked' })
  expect(revoked()).toEqual(mock.given.refresh)
  expect(revoked()).toHaveLength(1)
})

it('a refresh token that nobody requested is revoked after the visit ended while the lock was closed', async () => {
  await setLock()
  await launch()
  await worker.answers.lock(undefined)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 2 * HOUR })
  await worker.lock.endOverdue()
  await worker.answers.unlock({ pin: PIN })
  await worker.revocations.retry('all')
  expect(revoked()).toEqual(mock.given.refresh)
})

it.each([
  ['a clinician', { fhirUser: 'Practitioner/lee' }],
  ['nobody in particular', { fhirUser: undefined }],
])('a launch by %s whose id_token has no name is not named after the patient', async (_, change) => {
  mock.script(ADDRESSES.token, async (_request, usual) => {
    const reply = Object(await usual())
    const [head, payload = '', signature] = String(reply.body.id_token).split('.')
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const changed = JSON.stringify({ ...claims, ...change, name: undefined, sub: 'lee' })
    const id_token = [head, Buffer.from(changed).toString('base64url'), signature].join('.')
    return { ...reply, body: { ...reply.body, id_token } }
  })
  await launch()
  const { launched } = await worker.state()
  expect(launched).toMatchObject([{ person: { name: 'lee' }, patient: { name: 'Mara Mock' } }])
  expect(await storedText('local')).not.toMatch(/mara mock/i)
})
