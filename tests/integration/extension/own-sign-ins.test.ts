import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { AccessEntry } from '../../../extension/messages/log-entries.ts'
import type { Connection } from '../../../extension/messages/state.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createWorker,
  lookNow,
  readOn,
  signInAs,
  type Worker,
  wereOnScreen,
} from '../../fixtures/worker.ts'

let organization: TestOrganization
let worker: Worker
let connection: Connection

beforeEach(async () => {
  await clearBrowser()
  // Of its own for each test, because sign-ins within a minute cannot be told apart by their times.
  organization = await startOrganization({ demo: 'riverside', clock: () => Date.now() })
  worker = createWorker()
  connection = await signInAs(worker, await configure(worker, organization.url), { username: 'john' })
  await wereOnScreen(worker, connection.id, await pages())
  return async () => {
    vi.useRealTimers()
    await organization.close()
  }
})

const pages = () => readOn(worker, connection.id)
const kinds = ['sign-in', 'consent', 'token']
/** Sign-ins, consents and tokens in the list, the newest first. */
const signIns = async () => {
  const read = await pages()
  const newIds = read.flatMap((page) => page.newIds ?? [])
  return read
    .flatMap(({ entries }) => entries)
    .filter(({ kind, renewed }) => kinds.includes(kind) && !renewed)
    .map((entry): AccessEntry => ({ ...entry, isNew: newIds.includes(entry.id) }))
}
const newCount = async () => (await worker.state()).connections[0]?.newAccesses?.count ?? 0

/** Somebody who knows John's password signs in through Carekey in another browser. */
const signInElsewhere = async () => {
  const [local, session] = [await fakeBrowser.storage.local.get(), await fakeBrowser.storage.session.get()]
  await clearBrowser()
  const thief = createWorker()
  const { id, patient } = await signInAs(thief, await configure(thief, organization.url), {
    username: 'john',
  })
  await thief.answers.vitals({ connectionId: id, patient: patient?.id ?? '' })
  await clearBrowser()
  await fakeBrowser.storage.local.set(local)
  await fakeBrowser.storage.session.set(session)
}

describe('J54 sign-ins in the person’s name', () => {
  it('are “You” if this browser made them, and never new', async () => {
    const [token, consent, signIn] = await signIns()
    expect([token, consent, signIn].map((entry) => [entry?.kind, entry?.by])).toEqual([
      ['token', 'you'],
      ['consent', 'you'],
      ['sign-in', 'you'],
    ])
    await worker.signOut(connection.id)
    const provider = (await worker.providers.describe())[0]
    if (!provider) throw new Error('no provider')
    connection = await signInAs(worker, provider, { username: 'john' })
    await lookNow(worker)
    expect(await newCount()).toBe(0)
    const again = (await signIns()).slice(0, 6)
    expect(again.map(({ by, isNew }) => [by, isNew])).toEqual(Array(6).fill(['you', false]))
  })

  it('are “You elsewhere”, and new, if another browser made them through Carekey', async () => {
    // Five minutes later, for this browser and for the organization.
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 * 60_000 })
    await signInElsewhere()
    await lookNow(worker)
    expect(await newCount()).toBe(3)
    const [token, consent, signIn, ...own] = await signIns()
    for (const entry of [token, consent, signIn])
      expect(entry).toMatchObject({ by: 'elsewhere', isNew: true })
    for (const entry of own.slice(0, 3)) expect(entry).toMatchObject({ by: 'you', isNew: false })
    await wereOnScreen(worker, connection.id, await pages())
    expect(await newCount()).toBe(0)
  })

  it('are new if another browser signs in while this one does, because nobody can tell which is which', async () => {
    await worker.signOut(connection.id)
    const provider = (await worker.providers.describe())[0]
    if (!provider) throw new Error('no provider')
    await signInElsewhere()
    connection = await signInAs(worker, provider, { username: 'john' })
    const entries = (await signIns()).slice(0, 6)
    for (const kind of kinds)
      expect(entries.filter((entry) => entry.kind === kind && entry.isNew).length, kind).toBeGreaterThan(0)
  })
})
