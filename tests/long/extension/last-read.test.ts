import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { longestCopy } from '../../../extension/storage/copies.ts'
import { items } from '../../../extension/storage/items.ts'
import { createVault, type Sealed } from '../../../extension/storage/vault.ts'
import { createKeyStore } from '../../fakes/key-store.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createProfile,
  createWorker,
  type Person,
  restartBrowser,
  signInAs,
  storedText,
} from '../../fixtures/worker.ts'

let riverside: TestOrganization

beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)
afterEach(() => vi.restoreAllMocks())

const signedIn = async (person: Person = { username: 'john', window: 'day' }) => {
  const profile = createProfile()
  const worker = createWorker(profile)
  const provider = await configure(worker, riverside.url)
  const { id, patient } = await signInAs(worker, provider, person)
  const read = (by = worker, whose = patient?.id ?? 'john-doe') =>
    by.answers.vitals({ connectionId: id, patient: whose })
  return { profile, worker, provider, id, read }
}

/** Blocks every request until it is restored. */
const goOffline = () => vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))

describe('an organization of which one connection failed, as when the browser has just started', () => {
  const failOnce = () => vi.spyOn(globalThis, 'fetch').mockRejectedValueOnce(new TypeError('network changed'))

  it('is read', async () => {
    const { read } = await signedIn()
    const fetches = failOnce()
    expect((await read()).copyBecause).toBeUndefined()
    expect(fetches.mock.results[0]).toMatchObject({ type: 'return' })
    const ids = fetches.mock.calls.flatMap(([, init]) => new Headers(init?.headers).get('x-request-id') ?? [])
    expect(new Set(ids).size, 'each try is a request of its own in the log').toBe(ids.length)
  })

  it('is found', async () => {
    failOnce()
    const worker = createWorker()
    expect(await worker.answers.autoscan({ url: riverside.url })).toMatchObject({
      fhirBase: `${riverside.url}/fhir`,
    })
  })
})

describe('a record whose organization cannot be reached', () => {
  it('is shown as it was last read, with the time and the reason', async () => {
    const { read } = await signedIn()
    const fresh = await read()
    expect(fresh.copyBecause).toBeUndefined()
    goOffline()
    const copy = await read()
    expect(copy).toEqual({ ...fresh, copyBecause: { code: 'unreachable', details: expect.any(Object) } })
    vi.restoreAllMocks()
    const again = await read()
    expect(again.copyBecause).toBeUndefined()
    expect(again.readAt).toBeGreaterThanOrEqual(fresh.readAt)
  })

  it('is shown after a browser restart with a lock, even without a token', async () => {
    const { profile, worker, read } = await signedIn()
    const lock = { pin: '493817' }
    await worker.lock.set({ lock, after: 15 })
    const { bloodPressure } = await read()
    await restartBrowser()
    const next = createWorker(profile)
    await next.lock.settle()
    await next.lock.unlock(lock)
    goOffline()
    expect((await read(next)).bloodPressure).toEqual(bloodPressure)
  })

  it('F68 is not shown after a browser restart without a lock: nothing on the disk opens the copy, and it is deleted', async () => {
    const { profile, read } = await signedIn()
    await read()
    const [id = ''] = await profile.copies.ids()
    const copy = (await profile.copies.find(id)) as Sealed
    expect(await createVault(profile.keys).open(`copy:${id}`, copy)).toBeUndefined()
    await restartBrowser()
    const next = createWorker(profile)
    await next.lock.settle()
    expect(await profile.copies.ids()).toEqual([])
    goOffline()
    await expect(read(next)).rejects.toMatchObject({ code: 'unreachable' })
  })

  it.each([500, 502, 503])('is shown when the organization answers %s', async (status) => {
    const { read } = await signedIn()
    const fresh = await read()
    vi.spyOn(globalThis, 'fetch').mockImplementation(
      async () => new Response('', { status, headers: { 'retry-after': '0' } }),
    )
    expect((await read()).readAt).toBe(fresh.readAt)
  })

  it('is not shown if it was never read', async () => {
    const { read } = await signedIn()
    goOffline()
    await expect(read()).rejects.toMatchObject({ code: 'unreachable' })
  })

  it('is not shown if the organization no longer allows reading', async () => {
    const { read } = await signedIn()
    await read()
    vi.spyOn(globalThis, 'fetch').mockImplementation(async () => new Response('', { status: 403 }))
    await expect(read()).rejects.toMatchObject({ code: 'refused' })
  })
})

describe('what was last read, before the organization answers', () => {
  const lastOf = ({ worker, id }: Awaited<ReturnType<typeof signedIn>>, patient = 'john-doe') =>
    worker.answers['last-vitals']({ connectionId: id, patient })

  it('is found without a request', async () => {
    const person = await signedIn()
    expect(await lastOf(person)).toBeUndefined()
    const fresh = await person.read()
    const fetches = goOffline()
    expect(await lastOf(person)).toEqual(fresh)
    expect(fetches).not.toHaveBeenCalled()
  })

  it('is of nobody else, of no visit, and of no session that may not read it any more', async () => {
    const person = await signedIn()
    await person.read()
    expect(await lastOf(person, 'jane-doe')).toBeUndefined()
    const { worker, id } = person
    const { scope, ...session } = (await worker.sessions.find(id)) as { scope: string }
    await items.sessions.change(id, () => ({ ...session, scope: 'patient/Patient.rs' }) as never)
    expect(await lastOf(person)).toBeUndefined()
    await items.sessions.change(id, () => ({ ...session, scope }) as never)
    expect(await lastOf(person)).toBeDefined()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 3_600_000)
    expect(await lastOf(person)).toBeUndefined()
    vi.restoreAllMocks()
    const visit = await signedIn({ username: 'john', window: 'visit' })
    await visit.read()
    expect(await lastOf(visit)).toBeUndefined()
  })
})

describe('the copy', () => {
  it('is sealed: no area contains a reading, a name or a date of it, and no other profile opens it', async () => {
    const { profile, id, read } = await signedIn()
    const { bloodPressure, patient } = await read()
    const copy = await profile.copies.find(`${id} vitals`)
    const storage = JSON.stringify(copy) + (await storedText('local'))
    for (const part of [bloodPressure[0]?.value, bloodPressure[0]?.id, patient.birthDate])
      expect(storage).not.toContain(part)
    const thief = createVault(createKeyStore())
    expect(copy && (await thief.open(`copy:${id} vitals`, copy))).toBeUndefined()
    goOffline()
    const stolen = createWorker({ ...createProfile(), copies: profile.copies })
    await expect(read(stolen)).rejects.toThrow()
  })

  it('is separate for each connection', async () => {
    const { profile, worker, provider, read } = await signedIn()
    await read()
    await read()
    const jane = await signInAs(worker, provider, { username: 'jane', window: 'day' })
    await worker.answers.vitals({ connectionId: jane.id, patient: jane.patient?.id ?? '' })
    expect(await profile.copies.ids()).toHaveLength(2)
    goOffline()
    const answer = await worker.answers.vitals({ connectionId: jane.id, patient: jane.patient?.id ?? '' })
    expect(answer.patient.name).toBe('Jane Doe')
  })

  it('of each list is separate, and shown like the vital signs', async () => {
    const { profile, worker, id, read } = await signedIn()
    const question = { connectionId: id, patient: 'john-doe', type: 'Condition' } as const
    const fresh = await worker.answers['record-list'](question)
    expect(fresh.entries).not.toEqual([])
    await read()
    expect(await profile.copies.ids()).toHaveLength(2)
    goOffline()
    expect(await worker.answers['record-list'](question)).toMatchObject({
      entries: fresh.entries,
      copyBecause: { code: 'unreachable' },
    })
    const other = worker.answers['record-list']({ ...question, type: 'Immunization' })
    await expect(other).rejects.toMatchObject({ code: 'unreachable' })
    await worker.signOut(id)
    expect(await profile.copies.ids()).toEqual([])
  })

  it('is not kept for a visit, nor for a patient whom a clinician looks up', async () => {
    const visit = await signedIn({ username: 'john', window: 'visit' })
    await visit.read()
    expect(await visit.profile.copies.ids()).toEqual([])
    const clinician = await signedIn({ username: 'lee', window: 'longest' })
    await clinician.read(clinician.worker, 'jane-doe')
    expect(await clinician.profile.copies.ids()).toEqual([])
  })

  it('is shown for no other patient', async () => {
    const { worker, read } = await signedIn()
    await read()
    goOffline()
    await expect(read(worker, 'jane-doe')).rejects.toMatchObject({ code: 'unreachable' })
  })

  it(`longer than ${longestCopy} characters is not kept, and the earlier copy is deleted`, async () => {
    const { profile, id, worker, read } = await signedIn()
    await read()
    await worker.copies.keep(id, 'vitals', 'x'.repeat(longestCopy - 2))
    expect(await worker.copies.find(id, 'vitals')).toHaveLength(longestCopy - 2)
    await worker.copies.keep(id, 'vitals', 'x'.repeat(longestCopy - 1))
    expect(await profile.copies.ids()).toEqual([])
  })

  it('that cannot be kept does not prevent the answer from being shown', async () => {
    const { profile, worker, read } = await signedIn()
    await read()
    const full = new DOMException('full', 'QuotaExceededError')
    vi.spyOn(profile.copies, 'put').mockRejectedValue(full)
    expect((await read(worker)).bloodPressure.length).toBeGreaterThan(0)
    expect(await profile.copies.ids()).toEqual([])
  })
})

describe('E17 nothing of the copy is left', () => {
  it.each(['signOut', 'removeConnection'] as const)('after %s, offline too', async (end) => {
    const { profile, worker, id, read } = await signedIn()
    await read()
    goOffline()
    await worker[end](id)
    expect(await profile.copies.ids()).toEqual([])
    await expect(read()).rejects.toMatchObject({ code: 'signed-out' })
  })

  it('after a sign-out that overlaps a read', async () => {
    const { profile, worker, id, read } = await signedIn()
    const reading = read().catch(() => undefined)
    await worker.signOut(id)
    await reading
    expect(await profile.copies.ids()).toEqual([])
  })

  it('E28 after the end of the grant, even if the organization cannot be reached', async () => {
    const { profile, worker, read } = await signedIn()
    await read()
    goOffline()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 25 * 3_600_000)
    await expect(read()).rejects.toMatchObject({ code: 'signed-out' })
    expect(await profile.copies.ids()).toEqual([])
    expect((await worker.state()).connections).toMatchObject([{ signedIn: false }])
  })

  it('after the organization has withdrawn the grant', async () => {
    const { profile, worker, id, read } = await signedIn()
    await read()
    const [token = ''] = await worker.sessions.tokens(id)
    const body = new URLSearchParams({ token, client_id: 'carekey' })
    await fetch(`${riverside.url}/oauth/revoke`, { method: 'POST', body })
    await expect(read()).rejects.toMatchObject({ code: 'session-ended' })
    expect(await profile.copies.ids()).toEqual([])
  })

  it('after its provider became another organization', async () => {
    const { profile, provider, read } = await signedIn()
    await read()
    await items.providers.update((all) => {
      const savedProvider = all[provider.id]
      return savedProvider
        ? { [provider.id]: { ...savedProvider, fhirBase: 'https://elsewhere.test/fhir' } }
        : all
    })
    await expect(read()).rejects.toMatchObject({ code: 'provider-changed' })
    expect(await profile.copies.ids()).toEqual([])
  })
})
