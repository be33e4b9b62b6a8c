import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { beginKnownLog } from '../../../extension/access-log/watch/known-log.ts'
import { watchLogs } from '../../../extension/access-log/watch/log-watch.ts'
import type { Stores } from '../../../extension/background/create-worker.ts'
import { updateBadge, watchEnds } from '../../../extension/background/ends.ts'
import { watchOmnibox } from '../../../extension/background/omnibox.ts'
import type { NewLock } from '../../../extension/messages/lock.ts'
import { items, type Session } from '../../../extension/storage/items.ts'
import { createVault, type Sealed } from '../../../extension/storage/vault.ts'
import { findLost } from '../../../server/grants/lost-answer.ts'
import { storedId } from '../../../server/grants/stored-id.ts'
import {
  alarmsSet,
  allowedHosts,
  fakeBrowser,
  openedTabs,
  shownInAddressBar,
  shownOnToolbar,
} from '../../fakes/browser.ts'
import '../../fixtures/hastened-pins.ts'
import { isGood } from '../../fixtures/is-good.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import {
  clearBrowser,
  configure,
  createProfile,
  createWorker,
  restartBrowser,
  signInAs,
  storedText,
} from '../../fixtures/worker.ts'

const pin = '493817'
const secret = Buffer.alloc(32, 7).toString('base64')
const passkey = { id: 'aWQ=', salt: 'c2FsdA==' }
const lockedError = { code: 'locked' }

let riverside: TestOrganization
beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(async () => {
  await clearBrowser()
  alarmsSet.clear()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

const signedIn = async ({ window = 'day' as 'day' | 'visit' | 'month', lock = { pin } as NewLock } = {}) => {
  const profile = createProfile()
  const worker = createWorker(profile)
  const provider = await configure(worker, riverside.url, { clientSecret: '' })
  const { id, patient } = await signInAs(worker, provider, { username: 'john', window })
  await worker.answers['set-lock']({ lock, after: 15 })
  const read = (by = worker) => by.answers.vitals({ connectionId: id, patient: patient?.id ?? '' })
  return { profile, worker, provider, id, read }
}

/** Another worker with the same profile. */
const nextLife = async (profile: Stores) => {
  const worker = createWorker(profile)
  await worker.lock.settle()
  return worker
}

/** Its next request needs a refresh. */
const forgetAccessToken = (id: string) =>
  items.sessions.update((sessions) => {
    const { access: _gone, ...session } = sessions[id] ?? ({} as never)
    return { ...sessions, [id]: session }
  })

/** Holds the organization's answer to a refresh back until `answer` is called. */
const holdRefresh = (before: (url: string) => unknown = () => undefined) => {
  const arrival = Promise.withResolvers<void>()
  const answering = Promise.withResolvers<void>()
  const send = globalThis.fetch
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    await before(String(url))
    const answer = await send(url, init)
    if (!String(url).endsWith('/oauth/token')) return answer
    arrival.resolve()
    await answering.promise
    return answer
  })
  return { asked: arrival.promise, answer: () => answering.resolve() }
}

/** An organization that answers nothing more, or what `answer` returns; an aborted request is released. */
const stall = (answer: (url: string) => Response | undefined = () => undefined) => {
  const requests: string[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation((url, init) => {
    requests.push(String(url))
    const reply = answer(String(url))
    if (reply) return Promise.resolve(reply)
    return new Promise((_resolve, reject) => {
      const signal = init?.signal
      if (signal?.aborted) reject(signal.reason)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  })
  return requests
}

/** Replaces the answers of its token endpoint. Returns the tokens that it is asked to revoke. */
const answerTokens = (change: (body: object) => object) => {
  const send = globalThis.fetch
  const revokedTokens: (string | null)[] = []
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (url, init) => {
    const answer = await send(url, init)
    if (String(url).endsWith('/oauth/revoke'))
      revokedTokens.push(new URLSearchParams(String(init?.body)).get('token'))
    return String(url).endsWith('/oauth/token') ? Response.json(change(await answer.json())) : answer
  })
  return revokedTokens
}

/** Moves every clock forward. */
const pass = (milliseconds: number) => {
  const now = Date.now() + milliseconds
  const ticks = performance.now() + milliseconds
  vi.spyOn(Date, 'now').mockReturnValue(now)
  vi.spyOn(performance, 'now').mockReturnValue(ticks)
}

const everything = async () => (await storedText('local')) + (await storedText('session'))

describe('while locked', () => {
  it('the extension answers nothing about a record, and only that it is locked', async () => {
    const { worker, id, read } = await signedIn()
    expect((await read()).bloodPressure.length).toBeGreaterThan(0)
    await worker.lock.close()
    await expect(read()).rejects.toMatchObject(lockedError)
    for (const name of ['search-patients', 'access-log', 'more-patients', 'access-log-seen'] as const)
      await expect(worker.answers[name]({ connectionId: id } as never), name).rejects.toMatchObject(
        lockedError,
      )
    expect(await worker.state()).toEqual({
      lock: { locked: true, by: 'pin', after: 15 },
      providers: [],
      connections: [],
      launched: [],
      place: {},
      units: 'us',
      redirectUri: expect.any(String),
    })
  })

  it('it has no token and no popup position in clear, and no key that opens one', async () => {
    const { profile, worker, id } = await signedIn()
    const tokens = await worker.sessions.tokens(id)
    await items.place.set({ connectionId: id, typed: { family: 'Typedname' } })
    expect(tokens).toHaveLength(2)
    await worker.lock.close()
    const storage = await everything()
    for (const token of tokens) expect(storage).not.toContain(token)
    expect(storage).not.toContain('Typedname')
    expect(await profile.keys.find('vault')).toBeUndefined()
    expect(await items.unlocked.get()).toBeNull()
    await expect(worker.sessions.access(id)).rejects.toMatchObject(lockedError)
  })

  it('unlocking restores everything, also what was typed, and asks nobody to sign in', async () => {
    const { worker, id, read } = await signedIn()
    const before = await worker.state()
    const place = { connectionId: id, typed: { family: 'Doe' } }
    await items.place.set(place)
    const tokens = await worker.sessions.tokens(id)
    await worker.lock.close()
    await worker.answers.unlock({ pin })
    expect(await worker.state()).toEqual({ ...before, place })
    expect(await worker.sessions.tokens(id)).toEqual(tokens)
    expect((await read()).bloodPressure.length).toBeGreaterThan(0)
  })

  it('a visit is kept, which no grant could restore', async () => {
    const { worker, read } = await signedIn({ window: 'visit' })
    await worker.lock.close()
    await worker.answers.unlock({ pin })
    expect((await read()).weight.length).toBeGreaterThan(0)
  })

  it('it stays locked when the worker is stopped, and opens in the next worker', async () => {
    const { profile, worker, read } = await signedIn()
    await worker.lock.close()
    const next = await nextLife(profile)
    await expect(read(next)).rejects.toMatchObject(lockedError)
    await next.answers.unlock({ pin })
    expect((await read(next)).weight.length).toBeGreaterThan(0)
  })

  it('a browser restart locks it, although nobody did', async () => {
    const { profile, read } = await signedIn()
    await restartBrowser()
    const next = await nextLife(profile)
    await expect(read(next)).rejects.toMatchObject(lockedError)
    await next.answers.unlock({ pin })
    expect((await read(next)).weight.length).toBeGreaterThan(0)
  })

  it('closing waits for what is under way: a refreshed token is not lost', async () => {
    const { worker, id, read } = await signedIn()
    await forgetAccessToken(id)
    const { asked, answer } = holdRefresh()
    const reading = read()
    await asked
    const closing = worker.lock.close()
    await expect.poll(worker.lock.isLocked).toBe(true)
    expect((await worker.state()).connections).toEqual([])
    answer()
    await Promise.allSettled([reading, closing])
    await worker.answers.unlock({ pin })
    expect((await read()).weight.length).toBeGreaterThan(0)
  })

  it('a token that reading the proofs of an access log refreshed is kept, whether or not anything waits for them', async () => {
    const { worker, id, read } = await signedIn()
    // With an empty journal nothing is proven, because the organization signs only every few seconds.
    const checkpoint = async () => (await fetch(`${riverside.url}/audit/checkpoint`)).text()
    await expect.poll(checkpoint, { timeout: 10_000 }).toMatch(/\n[1-9]\d*\n/)
    const { asked, answer } = holdRefresh((url) => url.endsWith('/audit/checkpoint') && forgetAccessToken(id))
    const page = await worker.answers['access-log']({ connectionId: id })
    await asked
    const closing = worker.lock.close()
    const waiting = async () => (await navigator.locks.query()).pending?.map(({ name, mode }) => [name, mode])
    await expect.poll(waiting).toEqual([['lock', 'exclusive']])
    const refusal = expect(worker.answers['access-log-verdict'](page)).rejects.toMatchObject(lockedError)
    answer()
    await Promise.all([closing, refusal])
    await worker.answers.unlock({ pin })
    expect((await read()).weight.length).toBeGreaterThan(0)
    const { proof } = await worker.answers['access-log-verdict'](page)
    expect(proof).toMatchObject({ outcome: 'unchecked', problem: lockedError })
  })

  it('F72 closing is immediate even if an organization does not answer: reads end, nothing stays in clear, and nothing starts', async () => {
    const { worker, id, read } = await signedIn()
    await items.nextLooks.set({ [id]: 1 })
    const requests = stall()
    const reading = expect(read()).rejects.toMatchObject(lockedError)
    await expect.poll(() => requests.length).toBeGreaterThan(0)
    await worker.lock.close()
    await reading
    const { length } = requests
    expect(Object.keys(await fakeBrowser.storage.session.get())).toEqual(['flow', 'asleep'])
    await worker.answers.unlock({ pin })
    expect(requests.length, 'opening asks nobody').toBe(length)
    expect((await items.nextLooks.get())[id]).toBe(1)
    vi.restoreAllMocks()
    expect((await read()).weight.length).toBeGreaterThan(0)
  })

  it('F72 closing waits for no further page and for no second attempt', async () => {
    const { worker, read } = await signedIn()
    // Less than the rest of the minute that one asking may take.
    const requests = stall(() => new Response('', { status: 503, headers: { 'retry-after': '30' } }))
    const reading = expect(read()).rejects.toMatchObject(lockedError)
    await expect.poll(() => requests.length).toBeGreaterThan(0)
    await worker.lock.close()
    await reading
    expect(requests).toHaveLength(1)
  })

  it('F72 closing waits a moment for a refresh and no longer; the grant from before it is kept', async () => {
    const { worker, id, read } = await signedIn()
    await forgetAccessToken(id)
    const requests = stall()
    const reading = expect(read()).rejects.toMatchObject(lockedError)
    await expect.poll(() => requests).toEqual([`${riverside.url}/oauth/token`])
    await worker.lock.close()
    await reading
    vi.restoreAllMocks()
    await worker.answers.unlock({ pin })
    expect((await read()).weight.length).toBeGreaterThan(0)
  })

  it('F72 several requests to close it close it once', async () => {
    const { worker, read } = await signedIn()
    await Promise.all([worker.lock.close(), worker.lock.close(), worker.lock.close()])
    // A request that came a moment ago, and finds the lock closed by another.
    await items.closing.set(true)
    await worker.answers.unlock({ pin })
    expect((await read()).weight.length).toBeGreaterThan(0)
  })

  it('the toolbar and the address bar name nobody', async () => {
    const { worker, id } = await signedIn()
    await items.knownLogs.set({ [id]: { ...beginKnownLog(0), alarms: [''] } })
    await updateBadge(worker)
    expect(shownOnToolbar.title).toContain('Riverside Clinic')
    await worker.lock.close()
    await updateBadge(worker)
    expect(shownOnToolbar).toMatchObject({ text: '', title: 'Carekey\nLocked' })

    watchOmnibox({
      isLocked: worker.lock.isLocked,
      whileOpen: worker.lock.whileOpen,
      connections: async () => (await worker.state()).connections,
    })
    expect(await worker.answers.unlock({ pin })).toBeUndefined()
    const suggest = vi.fn()
    for (const changed of fakeBrowser.omnibox.onInputChanged.listeners) await changed('', suggest)
    await worker.lock.close()
    expect(shownInAddressBar.description, 'the suggestion of before').toMatch(/^Carekey is locked/)
    const suggested = vi.fn()
    for (const changed of fakeBrowser.omnibox.onInputChanged.listeners) await changed('doe', suggested)
    for (const entered of fakeBrowser.omnibox.onInputEntered.listeners) await entered('doe', 'currentTab')
    expect(suggested).toHaveBeenCalledWith([])
    expect(shownInAddressBar.description).toMatch(/^Carekey is locked/)
    expect(openedTabs.at(-1)).toMatch(/popup/)
    expect(await items.place.get()).toEqual({})
  })

  it('F72 the address bar names no organization that was looked up as it closed', async () => {
    const { worker } = await signedIn()
    const [looking, found] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    watchOmnibox({
      isLocked: worker.lock.isLocked,
      whileOpen: worker.lock.whileOpen,
      connections: async () => {
        const { connections } = await worker.state()
        looking.resolve()
        await found.promise
        return connections.map((each) => ({
          ...each,
          person: { ...each.person, role: 'clinician' },
          can: { ...each.can, searchPatients: true },
        }))
      },
    })
    const typing = [...fakeBrowser.omnibox.onInputChanged.listeners].map((changed) => changed('doe', vi.fn()))
    await looking.promise
    await worker.lock.close()
    found.resolve()
    await Promise.all(typing)
    expect(shownInAddressBar.description).toMatch(/^Carekey is locked/)
  })

  it('an expired session ends, and its alarm fires', async () => {
    const { profile, worker, id } = await signedIn()
    await worker.lock.close()
    await updateBadge(worker)
    const end = alarmsSet.get('grant-ends') ?? 0
    expect(end).toBeGreaterThan(Date.now() + 23 * 3_600_000)
    vi.spyOn(Date, 'now').mockReturnValue(end + 1)
    await worker.lock.endOverdue()
    expect(await items.grants.get()).toEqual({})
    expect((await items.asleep.get())?.sessions).toEqual({})
    expect(await profile.copies.ids()).toEqual([])
    vi.restoreAllMocks()
    await worker.answers.unlock({ pin })
    expect((await worker.state()).connections).toMatchObject([{ id, signedIn: false }])
  })

  it.each(['day', 'visit'] as const)(
    'F42 unlocking tells the organization of a %s that ended meanwhile, also if the worker was stopped then',
    async (window) => {
      const { profile, worker, id } = await signedIn({ window })
      const tokens = await worker.sessions.tokens(id)
      await items.sessions.update((all) => ({
        ...all,
        [id]: { ...(all[id] as Session), endsAt: Date.now() + 1000 },
      }))
      await items.grants.update((all) =>
        all[id] ? { ...all, [id]: { ...all[id], endsAt: Date.now() + 1000 } } : all,
      )
      await worker.lock.close()
      vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 1001)
      await worker.lock.endOverdue()
      expect(await items.grants.get()).toEqual({})
      for (const token of tokens) expect(await everything()).not.toContain(token)

      await worker.answers.unlock({ pin })
      expect(await items.ended.get()).toEqual({})
      expect(await items.revocations.get()).toHaveLength(1)
      vi.restoreAllMocks()
      const next = await nextLife(profile)
      const revokedTokens = answerTokens((body) => body)
      await next.revocations.retry('all')
      expect(revokedTokens).toEqual(tokens)
      for (const token of tokens) expect(await isGood(riverside.url, token)).toBe(false)
      expect((await next.state()).unrevoked).toBeUndefined()
    },
  )

  it('F42 the same goes for a session that a policy has ended meanwhile', async () => {
    const { worker, id } = await signedIn()
    const [, access = ''] = await worker.sessions.tokens(id)
    await worker.lock.close()
    await fakeBrowser.storage.managed.set({ longestWindow: 'hour' })
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000)
    await worker.answers.unlock({ pin })
    await fakeBrowser.storage.managed.clear()
    expect((await worker.state()).connections).toMatchObject([{ signedIn: false }])
    expect(await items.revocations.get()).toHaveLength(1)
    vi.restoreAllMocks()
    await worker.revocations.retry('all')
    expect(await isGood(riverside.url, access)).toBe(false)
  })

  it('F42 unlocking names what was removed offline and could not be revoked during a locked day', async () => {
    const { worker, id } = await signedIn({ window: 'month' })
    const start = Date.now()
    const at = (hours: number) => vi.spyOn(Date, 'now').mockReturnValue(start + hours * 3_600_000)
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    expect(await worker.removeConnection(id)).toMatchObject({ outcome: 'unreachable' })
    await worker.lock.close()
    at(23)
    await worker.answers.unlock({ pin })
    await worker.revocations.retry('due')
    expect((await worker.state()).unrevoked, 'it is tried for a day').toBeUndefined()
    at(25)
    await worker.revocations.retry('due')
    const page = expect.stringContaining(`${riverside.url}/account?for=`)
    const message = { organization: 'Riverside Clinic', page }
    expect(await items.unrevoked.get()).toMatchObject([message])
    expect(await items.revocations.get()).toEqual([])
  })

  it('nobody can sign in; a person about to is told why', async () => {
    const { worker, provider } = await signedIn()
    const open = fakeBrowser.identity.launchWebAuthFlow
    fakeBrowser.identity.launchWebAuthFlow = async (details) => {
      const answer = await open(details)
      await worker.lock.close()
      return answer
    }
    const again = worker.signIn({ providerId: provider.id, purpose: 'record' })
    await expect(again).rejects.toMatchObject(lockedError)
    expect(await items.sessions.get()).toEqual({})
    await worker.answers.unlock({ pin })
    expect((await worker.state()).connections).toMatchObject([{ signedIn: true }])
  })
})

describe('the idle time', () => {
  it('starts again with activity, and closes the lock when it is over, even if the computer slept', async () => {
    const { worker, read } = await signedIn()
    const start = Date.now()
    const at = (minutes: number) => vi.spyOn(Date, 'now').mockReturnValue(start + minutes * 60_000)
    at(14)
    await worker.answers.used(undefined)
    at(28)
    expect(await worker.lock.isLocked()).toBe(false)
    at(30)
    await expect(read()).rejects.toMatchObject(lockedError)
    await expect.poll(() => items.unlocked.get()).toBeNull()
  })

  it("F15 does not start again with a page's own requests", async () => {
    const { worker, id, read } = await signedIn()
    const before = alarmsSet.get('lock')
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 60_000)
    await worker.state()
    await read()
    const { check } = await worker.answers['access-log']({ connectionId: id })
    await worker.answers['access-log-verdict']({ check })
    await worker.answers['log-heads'](undefined)
    expect(alarmsSet.get('lock')).toBe(before)
  })

  it('ends even if the browser has lost its alarm', async () => {
    const { worker } = await signedIn()
    alarmsSet.clear()
    expect(await worker.lock.isLocked()).toBe(true)
  })

  it('F15 does not grow when the clock is set back', async () => {
    const { worker } = await signedIn()
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() - 2 * 3_600_000)
    expect(await worker.lock.isLocked()).toBe(true)
  })

  it('can be changed while it runs, and the lock stays open meanwhile', async () => {
    const { worker } = await signedIn()
    for (const after of [60, 5, 15] as const) {
      const states: boolean[] = []
      const look = () => worker.lock.isLocked().then((locked) => states.push(locked))
      const watch = vi.spyOn(fakeBrowser.storage.local, 'set').mockImplementationOnce(async (values) => {
        await look()
        await fakeBrowser.storage.local.set(values)
        await look()
      })
      await worker.answers['lock-after']({ after })
      watch.mockRestore()
      expect(states).toEqual([false, false])
    }
  })

  it('is one of three', async () => {
    const { worker } = await signedIn()
    await worker.answers['lock-after']({ after: 60 })
    expect((await worker.state()).lock?.after).toBe(60)
    const other = worker.answers['lock-after']({ after: 600 as 60 })
    await expect(other).rejects.toMatchObject({ code: 'invalid-input' })
  })
})

describe('a wrong PIN', () => {
  const tryAt = (worker: ReturnType<typeof createWorker>, input = '000000') =>
    worker.answers.unlock({ pin: input }).then(
      () => 'open',
      (error: { code: string; details?: { what: string } }) => `${error.code} ${error.details?.what ?? ''}`,
    )

  it('shows how many tries are left; the fifth has to wait, each further one twice as long, also across restarts', async () => {
    const { profile, worker } = await signedIn()
    await worker.lock.close()
    expect([await tryAt(worker), await tryAt(worker)]).toEqual(['wrong-pin 4', 'wrong-pin 3'])
    await restartBrowser()
    const next = await nextLife(profile)
    expect([await tryAt(next), await tryAt(next)]).toEqual(['wrong-pin 2', 'wrong-pin 1'])
    expect(await tryAt(next)).toBe('unlock-later ')
    const { waitUntil = 0 } = (await next.state()).lock ?? {}
    expect(waitUntil - Date.now()).toBeGreaterThan(25_000)
    await restartBrowser()
    const last = await nextLife(profile)
    expect(await tryAt(last, pin), 'the right one, too early').toBe('unlock-later ')
    expect((await items.lock.get())?.wrong, 'what comes too early is not looked at').toBe(5)
    pass(waitUntil - Date.now() + 1)
    expect(await tryAt(last)).toBe('unlock-later ')
    const again = (await last.state()).lock?.waitUntil ?? 0
    expect(again - Date.now()).toBe(60_000)
    pass(60_001)
    expect(await tryAt(last, pin)).toBe('open')
    expect(await items.lock.get()).toMatchObject({ wrong: 0, wait: 0 })
  })

  it('F15 has to wait even if the clock is set ahead, and no longer if it is set back; an alarm counts the time', async () => {
    const { profile, worker } = await signedIn()
    await worker.lock.close()
    await items.lock.update((lock) => lock && { ...lock, wrong: 11 })
    pass(0)
    expect(await tryAt(worker)).toBe('unlock-later ')
    const real = Date.now()
    const clock = (moment: number) => vi.mocked(Date.now).mockReturnValue(moment)
    clock(real + 2 * 3_600_000)
    expect(await tryAt(worker, pin), 'ahead').toBe('unlock-later ')
    const next = await nextLife(profile)
    expect(alarmsSet.get('wait')).toBe(Date.now() + 30_000)
    expect(await tryAt(next, pin), 'ahead, in another life').toBe('unlock-later ')
    clock(real)
    const { waitUntil = 0 } = (await next.state()).lock ?? {}
    expect(waitUntil - real).toBeLessThanOrEqual(3_600_000)
    for (let half = 0; half < 120; half++) {
      pass(30_000)
      await next.lock.countDown()
    }
    expect(alarmsSet.has('wait')).toBe(false)
    expect(await tryAt(next, pin)).toBe('open')
  })

  it('counts even if the worker is stopped before it was checked', async () => {
    const { profile, worker } = await signedIn()
    await worker.lock.close()
    vi.spyOn(crypto.subtle, 'deriveKey').mockRejectedValue(new Error('stopped'))
    await worker.answers.unlock({ pin: '000000' }).catch(() => undefined)
    vi.restoreAllMocks()
    expect(await tryAt(await nextLife(profile))).toBe('wrong-pin 3')
  })

  /** While its wait is being counted down: the write waits for `goOn`. */
  const countingDown = async (worker: ReturnType<typeof createWorker>) => {
    await worker.lock.close()
    await items.lock.update((lock) => lock && { ...lock, wrong: 9, wait: 1, countedAt: Date.now() - 60_000 })
    const { set } = fakeBrowser.storage.local
    const writing = Promise.withResolvers<void>()
    const goingOn = Promise.withResolvers<void>()
    vi.spyOn(fakeBrowser.storage.local, 'set').mockImplementationOnce(async (values) => {
      writing.resolve()
      await goingOn.promise
      await set(values)
    })
    const counting = worker.lock.countDown()
    await writing.promise
    const goOn = () => {
      goingOn.resolve()
      return counting
    }
    return { goOn }
  }

  it('F15 counts even if the wait is counted down at that moment', async () => {
    const { worker } = await signedIn()
    const { goOn } = await countingDown(worker)
    const trying = tryAt(worker)
    await goOn()
    expect(await trying).toBe('unlock-later ')
    expect((await items.lock.get())?.wrong).toBe(10)
    expect(await tryAt(worker, pin)).toBe('unlock-later ')
  })

  it('F46 is forgotten with the lock even if the wait is counted down at that moment', async () => {
    const { worker } = await signedIn()
    const { goOn } = await countingDown(worker)
    const forgetting = worker.answers['forget-lock'](undefined)
    await Promise.race([forgetting, new Promise((resolve) => setTimeout(resolve, 300))])
    await goOn()
    await forgetting
    expect(await items.lock.get()).toBeNull()
  })

  it('never gets two tries for one at the same time', async () => {
    const { worker } = await signedIn()
    await worker.lock.close()
    const tries = await Promise.all(Array.from({ length: 7 }, () => tryAt(worker)))
    expect(tries.filter((each) => each.startsWith('wrong-pin'))).toHaveLength(4)
  })
})

describe('the lock', () => {
  it('can be set, changed and removed without losing a grant, secret or session', async () => {
    const { profile, worker, provider, id, read } = await signedIn()
    await worker.providers.replaceSecret(provider.id, 'kept-secret')
    const tokens = await worker.sessions.tokens(id)
    await worker.answers['set-lock']({ lock: { passkey, secret }, after: 5, now: { pin } })
    await worker.lock.close()
    expect((await worker.state()).lock).toMatchObject({ by: 'passkey', passkey, after: 5 })
    await expect(worker.answers.unlock({ pin })).rejects.toThrow()
    const other = worker.answers.unlock({ secret: Buffer.alloc(32).toString('base64') })
    await expect(other).rejects.toMatchObject({ code: 'wrong-passkey' })
    await worker.answers.unlock({ secret })
    await worker.answers['remove-lock']({ secret })
    expect((await worker.state()).lock).toBeUndefined()
    expect((await profile.keys.find('vault'))?.extractable).toBe(false)
    await restartBrowser()
    const next = await nextLife(profile)
    expect((await next.sessions.tokens(id))[0]).toBe(tokens[0])
    expect(JSON.stringify(await items.secrets.get())).not.toContain('kept-secret')
    expect(await next.providers.clientAuthentication(provider, riverside.url)).toBeTypeOf('function')
    await worker.providers.replaceSecret(provider.id, '')
    expect((await read(next)).weight.length).toBeGreaterThan(0)
  })

  it('can be changed and removed only with what opens it, and a guess there counts', async () => {
    const { worker } = await signedIn()
    const change = { lock: { pin: 'another one' }, after: 5 } as const
    await expect(worker.answers['set-lock'](change)).rejects.toMatchObject({ code: 'invalid-input' })
    const guess = worker.answers['set-lock']({ ...change, now: { pin: '111111' } })
    await expect(guess).rejects.toMatchObject({ code: 'wrong-pin', details: { what: '4' } })
    const remove = worker.answers['remove-lock']({ pin: '111111' })
    await expect(remove).rejects.toMatchObject({ code: 'wrong-pin', details: { what: '3' } })
    await worker.lock.close()
    await worker.answers.unlock({ pin })
  })

  it.each(['12345', 'k3vq '.repeat(13), '', '123456', '111111', 'x'.repeat(20)])(
    'cannot be set with %j',
    async (wrong) => {
      const setting = createWorker().lock.set({ lock: { pin: wrong }, after: 15 })
      await expect(setting).rejects.toMatchObject({ code: 'invalid-input', details: { field: 'pin' } })
    },
  )

  it('F68 renews, when set, every refresh token that was on the disk: the old one is useless', async () => {
    const { worker, id } = await signedIn()
    await worker.answers['remove-lock']({ pin })
    const [refresh, access] = await worker.sessions.tokens(id)
    expect(await worker.answers['set-lock']({ lock: { pin }, after: 15 })).toEqual({ ended: [], waiting: [] })
    const tokens = await worker.sessions.tokens(id)
    expect(tokens).toHaveLength(2)
    expect(tokens).not.toContain(refresh)
    expect(tokens).not.toContain(access)
    expect(await items.exposed.get()).toEqual({})
    // Nor can somebody who has it say that the answer to it was lost.
    expect(await findLost(riverside.store.db, storedId(refresh ?? ''), 0)).toBeUndefined()
  })

  it('F68 ends, when set, what an organization does not renew, there and here, and says where', async () => {
    const { worker, id } = await signedIn()
    await worker.answers['remove-lock']({ pin })
    const [refresh = ''] = await worker.sessions.tokens(id)
    const revokedTokens = answerTokens((body) => ({ ...body, refresh_token: refresh }))
    const answer = await worker.answers['set-lock']({ lock: { pin }, after: 15 })
    expect(answer).toEqual({ ended: [{ organization: 'Riverside Clinic', person: 'John Doe' }], waiting: [] })
    expect(revokedTokens).toContain(refresh)
    expect(await items.grants.get()).toEqual({})
    expect((await worker.state()).connections).toMatchObject([{ signedIn: false }])
  })

  it('F68 renews, when set offline, at the next use, and says at which organization', async () => {
    const { worker, id, read } = await signedIn()
    await worker.answers['remove-lock']({ pin })
    const [refresh] = await worker.sessions.tokens(id)
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    const answer = await worker.answers['set-lock']({ lock: { pin }, after: 15 })
    expect(answer).toEqual({ ended: [], waiting: [{ organization: 'Riverside Clinic', person: 'John Doe' }] })
    vi.restoreAllMocks()
    expect((await read()).weight.length).toBeGreaterThan(0)
    expect((await worker.sessions.tokens(id))[0]).not.toBe(refresh)
    expect(await items.exposed.get()).toEqual({})
  })

  it('F68 leaves its key nowhere when removed: what was sealed with it cannot be opened', async () => {
    const { profile, worker, id, read } = await signedIn()
    await read()
    const [copyId = ''] = await profile.copies.ids()
    const grant = (await items.grants.get())[id] as Sealed
    const copy = (await profile.copies.find(copyId)) as Sealed
    await worker.answers['remove-lock']({ pin })
    const vault = createVault(profile.keys)
    expect(await vault.open(`grant:${id}`, (await items.grants.get())[id] as Sealed)).toBeDefined()
    expect(await vault.open(`grant:${id}`, grant)).toBeUndefined()
    expect(await vault.open(`copy:${copyId}`, copy)).toBeUndefined()
  })

  it('replaces the key on the disk: it opens nothing that is kept now', async () => {
    const profile = createProfile()
    const worker = createWorker(profile)
    await signInAs(worker, await configure(worker, riverside.url), { username: 'john', window: 'day' })
    const former = await profile.keys.find('vault')
    await worker.lock.set({ lock: { pin }, after: 15 })
    const thief = createProfile()
    await thief.keys.findOrAdd('vault', former as CryptoKey)
    await restartBrowser()
    await items.lock.remove()
    expect((await createWorker(thief).state()).connections).toMatchObject([{ signedIn: false }])
  })

  // Each write and deletion of setting, closing and removing is once the last one before the worker is stopped.
  it.each(['set', 'close', 'remove'] as const)(
    'works whenever the worker is stopped in the middle of: %s',
    async (step) => {
      for (let last = 0; ; last++) {
        await clearBrowser()
        const profile = createProfile()
        const worker = createWorker(profile)
        const provider = await configure(worker, riverside.url)
        const { id } = await signInAs(worker, provider, { username: 'john', window: 'day' })
        const [grant] = await worker.sessions.tokens(id)
        if (step !== 'set') await worker.lock.set({ lock: { pin }, after: 15 })
        const ended = await stopAfter(last, profile, () =>
          step === 'set'
            ? worker.lock.set({ lock: { pin }, after: 15 })
            : step === 'close'
              ? worker.lock.close()
              : worker.lock.remove({ pin }),
        )
        const next = await nextLife(profile)
        if (await next.lock.isLocked()) await next.answers.unlock({ pin })
        expect((await next.sessions.tokens(id))[0], `${step}, stopped after ${last}`).toBe(grant)
        if ((await next.state()).lock) expect(await profile.keys.find('vault')).toBeUndefined()
        if (ended) return expect(last).toBeGreaterThan(1)
      }
    },
    60_000,
  )

  it('that was forgotten leaves nothing of what it protects, and names nobody afterwards', async () => {
    const { profile, worker, provider } = await signedIn()
    await worker.providers.replaceSecret(provider.id, 'kept-secret')
    expect(await profile.requests.journals()).not.toEqual({})
    await worker.lock.close()
    await worker.answers['forget-lock'](undefined)
    const state = await worker.state()
    expect(state).toMatchObject({ connections: [], providers: [] })
    expect(state.lock).toBeUndefined()
    expect([...(await profile.pairs.ids()), ...(await profile.copies.ids())]).toEqual([])
    expect(await profile.requests.journals()).toEqual({})
    await signInAs(worker, await configure(worker, riverside.url), { username: 'john' })
  })

  it.each(['locked', 'open'] as const)(
    'F46 that was forgotten while %s leaves nothing that names an organization or a person',
    async (how) => {
      const { profile, worker, id } = await signedIn()
      watchEnds(worker)
      watchLogs(worker.sessions, worker.lock)
      for (const item of Object.values(items))
        if ((await fakeBrowser.storage[item.area].get(item.key))[item.key] === undefined)
          await fakeBrowser.storage[item.area].set({ [item.key]: standInFor(item.key) })
      await fakeBrowser.storage.local.set({ 'of an earlier version': 'Riverside' })
      await items.knownLogs.set({ [id]: { ...beginKnownLog(0), alarms: [''] } })
      await expect.poll(() => shownOnToolbar.title).toContain('Riverside')
      await fakeBrowser.alarms.create('of an earlier version', { when: Date.now() + 1 })
      allowedHosts.add('http://clinic.example/*')
      if (how === 'locked') await worker.lock.close()
      await worker.answers['forget-lock'](undefined)

      // A new item must be deleted, or be listed here because it says nothing about anyone.
      expect(Object.keys(await fakeBrowser.storage.local.get())).toEqual(['welcomed'])
      expect(Object.keys(await fakeBrowser.storage.session.get())).toEqual([])
      expect([...allowedHosts]).toEqual([])
      expect([...(await profile.pairs.ids()), ...(await profile.copies.ids())]).toEqual([])
      await expect.poll(() => shownOnToolbar).toMatchObject({ text: '', title: 'Carekey' })
      // The last run of what paints the toolbar clears the alarms that the ones before it set.
      await expect.poll(() => [...alarmsSet.keys()]).toEqual([])
    },
  )

  it('F42 that is forgotten while open tells every organization first', async () => {
    const { worker, id } = await signedIn()
    const tokens = await worker.sessions.tokens(id)
    expect(await worker.answers['forget-lock'](undefined)).toEqual([])
    for (const token of tokens) expect(await isGood(riverside.url, token)).toBe(false)
  })

  it('F42 that is forgotten while open and offline says which organizations could not be told, and where to end access', async () => {
    const { worker, id } = await signedIn()
    await worker.signOut(id)
    await signInAs(worker, (await worker.providers.list())[0] as never, { username: 'john', window: 'day' })
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed'))
    expect(await worker.answers['forget-lock'](undefined)).toMatchObject([
      {
        organization: 'Riverside Clinic',
        page: expect.stringMatching(new RegExp(`^${riverside.url}/account\\?for=`)),
      },
    ])
    expect(Object.keys(await fakeBrowser.storage.local.get())).toEqual([])
  })
})

/** A value of its type, so that readers of it continue. */
const standInFor = (key: string): unknown =>
  ['revocations', 'unrevoked'].includes(key) ? [] : key === 'welcomed' ? true : key === 'closing' ? false : {}

/** Runs `work`, and stops everything at the write with this number. Returns whether it finished. */
const stopAfter = async (writes: number, profile: Stores, work: () => Promise<unknown>): Promise<boolean> => {
  let remaining = writes
  const stopped = new Error('stopped')
  const count = <A extends unknown[], R>(perform: (...given: A) => Promise<R>) =>
    vi.fn(async (...given: A) => {
      if (remaining-- <= 0) throw stopped
      return perform(...given)
    })
  for (const area of [fakeBrowser.storage.local, fakeBrowser.storage.session])
    for (const name of ['set', 'remove'] as const) {
      const perform = count(area[name].bind(area) as typeof area.set)
      vi.spyOn(area, name as 'set').mockImplementation(perform)
    }
  const remove = profile.keys.remove
  Object.assign(profile.keys, { remove: count(remove) })
  try {
    await work()
    return true
  } catch (error) {
    if (error !== stopped) throw error
    return false
  } finally {
    vi.restoreAllMocks()
    Object.assign(profile.keys, { remove })
  }
}
