import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { type Problem, toError, toProblem } from '../../../extension/messages/errors.ts'
import { items } from '../../../extension/storage/items.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  restartBrowser,
  signInAs,
  sitBeforeWindow,
  storedText,
} from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

const setUp = async () => {
  const worker = createWorker()
  return { worker, provider: await configure(worker, riverside.url) }
}

const tokens = async () =>
  Object.values(await items.sessions.get()).flatMap(({ access }) => access?.token ?? [])

it('signs John in as the patient he is', async () => {
  const { worker, provider } = await setUp()
  const connection = await signInAs(worker, provider, { username: 'john' })
  expect(connection).toMatchObject({
    providerId: provider.id,
    providerName: 'Riverside Clinic',
    person: { name: 'John Doe', role: 'patient' },
    patient: { name: 'John Doe', gender: 'male' },
    signedIn: true,
    can: { readVitals: true, searchPatients: true, readAccessLog: true, registerApplications: false },
  })
  expect(connection.endsAt).toBeGreaterThan(Date.now() + 3_500_000)
  expect(connection.endsAt).toBeLessThan(Date.now() + 3_700_000)
  expect((await worker.state()).flow).toBeUndefined()
})

it('signs Lee in as a clinician without a patient', async () => {
  const { worker, provider } = await setUp()
  const connection = await signInAs(worker, provider, { username: 'lee' })
  expect(connection.person.role).toBe('clinician')
  expect(connection.person.name).toMatch(/Lee/)
  expect(connection.patient).toBeUndefined()
  expect(connection.can.searchPatients).toBe(true)
})

it('signs the administrator in to administer', async () => {
  const { worker, provider } = await setUp()
  const connection = await signInAs(worker, provider, { username: 'admin' }, 'administer')
  expect(connection.person.role).toBe('administrator')
  expect(connection.person.name).not.toMatch(/^[0-9a-f-]{36}$/)
  expect(connection.can).toMatchObject({ registerApplications: true, readAccessLog: true, readVitals: false })
})

it('keeps nothing of John, who signs in to administer and may not', async () => {
  const { worker, provider } = await setUp()
  const signingIn = signInAs(worker, provider, { username: 'john' }, 'administer')
  await expect(signingIn).rejects.toMatchObject({ code: 'not-administrator' })
  expect((await worker.state()).connections).toEqual([])
  expect(await tokens()).toEqual([])
})

it('keeps the connection of John, who then signs in to administer and may not', async () => {
  const { worker, provider } = await setUp()
  const connection = await signInAs(worker, provider, { username: 'john' })
  const before = await tokens()
  await expect(signInAs(worker, provider, { username: 'john' }, 'administer')).rejects.toThrow()
  expect((await worker.state()).connections).toMatchObject([{ id: connection.id, signedIn: true }])
  expect(await tokens()).toEqual(before)
})

it('keeps a visit in memory only, so that nobody is signed in after a browser restart', async () => {
  const { worker, provider } = await setUp()
  const connection = await signInAs(worker, provider, { username: 'john', window: 'visit' })
  expect(connection.staysConnected).toBe(false)
  await restartBrowser()
  const [after] = (await createWorker().state()).connections
  expect(after).toMatchObject({ signedIn: false, person: { name: 'John Doe' } })
  expect(after).not.toHaveProperty('patient')
})

it('keeps the connection over a browser restart for as long as John chose', async () => {
  const { worker, provider } = await setUp()
  const { id, endsAt } = await signInAs(worker, provider, { username: 'john', window: 'day' })
  await restartBrowser()
  const [after] = (await worker.state()).connections
  expect(after).toMatchObject({
    id,
    endsAt,
    signedIn: true,
    staysConnected: true,
    patient: { name: 'John Doe' },
  })
  const vitals = await worker.answers.vitals({ connectionId: id, patient: after?.patient?.id ?? '' })
  expect(vitals.bloodPressure.length).toBeGreaterThan(10)
})

it('E16 keeps access tokens in session storage only, and refresh tokens nowhere in clear', async () => {
  const { worker, provider } = await setUp()
  const connection = await signInAs(worker, provider, { username: 'john', window: 'month' })
  const [access = ''] = await tokens()
  const [refresh = ''] = await worker.sessions.tokens(connection.id)
  expect(refresh).not.toBe(access)
  const [local, session] = [await storedText('local'), await storedText('session')]
  expect(session).toContain(access)
  expect(local).not.toContain(access)
  expect(local + session).not.toContain(refresh)
  expect(local).not.toContain('1972')
})

it('continues the same connection when John signs in again, and revokes what it replaces', async () => {
  const { worker, provider } = await setUp()
  const first = await signInAs(worker, provider, { username: 'john' })
  const [old = ''] = await tokens()
  const second = await signInAs(worker, provider, { username: 'john' })
  expect(second.id).toBe(first.id)
  expect((await worker.state()).connections).toHaveLength(1)
  expect(await isGood(riverside.url, old)).toBe(false)
})

it('asks the next person to sign in, although the sign-in window still has John’s cookies', async () => {
  const { worker, provider } = await setUp()
  const agent = createUserAgent(riverside.url)
  const pages: string[] = []
  fakeBrowser.identity.launchWebAuthFlow = async ({ url }) => {
    const login = await agent.open(url)
    pages.push(login.html)
    const consent = await agent.submit(login, { username: 'john', password: 'john-demo' })
    return (await agent.submit(consent, { window: 'hour', decision: 'allow' })).url.href
  }
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
  await worker.signIn({ providerId: provider.id, purpose: 'record' })
  expect(pages).toHaveLength(2)
  for (const page of pages) expect(page).toContain('name="password"')
})

it('says that John did not allow it', async () => {
  const { worker, provider } = await setUp()
  sitBeforeWindow({ username: 'john', decision: 'deny' })
  const signingIn = worker.signIn({ providerId: provider.id, purpose: 'record' })
  const refusal = await signingIn.then((): Problem => ({ code: 'unexpected' }), toProblem)
  expect(refusal, 'told by the flow alone').toEqual({ code: 'denied-by-person', inFlow: true })
  expect(toProblem(toError(refusal)), 'on a page').toEqual(refusal)
  const { flow, connections } = await worker.state()
  expect(flow).toMatchObject({ status: 'failed', error: { code: 'denied-by-person' } })
  expect(connections).toEqual([])
  await worker.answers['dismiss-flow']({ startedAt: Number(flow?.startedAt) - 1 })
  expect((await worker.state()).flow, 'of an earlier sign-in').toEqual(flow)
  await worker.answers['dismiss-flow']({ startedAt: Number(flow?.startedAt) })
  expect((await worker.state()).flow).toBeUndefined()
})

it('says that the window was closed', async () => {
  const { worker, provider } = await setUp()
  fakeBrowser.identity.launchWebAuthFlow = async () => {
    throw new Error('The user did not approve access.')
  }
  const signingIn = worker.signIn({ providerId: provider.id, purpose: 'record' })
  await expect(signingIn).rejects.toMatchObject({ code: 'window-closed' })
})

it('allows only one open sign-in', async () => {
  const { worker, provider } = await setUp()
  const opening = Promise.withResolvers<() => void>()
  fakeBrowser.identity.launchWebAuthFlow = () =>
    new Promise((_resolve, reject) => {
      opening.resolve(() => reject(new Error('The user did not approve access.')))
    })
  const first = worker.signIn({ providerId: provider.id, purpose: 'record' })
  const close = await opening.promise
  const second = worker.signIn({ providerId: provider.id, purpose: 'record' })
  await expect(second).rejects.toMatchObject({ code: 'flow-busy' })
  expect((await worker.state()).flow).toMatchObject({ status: 'open', purpose: 'record' })
  close()
  await expect(first).rejects.toMatchObject({ code: 'window-closed' })
})
