import browser from 'webextension-polyfill'
import type { ProofKeys } from '../auth/grant/proof-keys.ts'
import type { Revocations } from '../auth/grant/revocation.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Lock, LockTime, NewLock, Unlocking } from '../messages/lock.ts'
import type { Unrevoked } from '../messages/state.ts'
import { allowRequests, endRequests } from '../net/asking.ts'
import { keepOnly, removeTogether } from '../storage/area.ts'
import type { Copies } from '../storage/copies.ts'
import { type EndOf, items, keysAfterForgetting, type StoredLock, setTogether } from '../storage/items.ts'
import type { RequestStore } from '../storage/stored-log.ts'
import { generateClosedKey, type KeyStore, type Vault, vaultKey } from '../storage/vault.ts'
import { generateKeyBytes, importKey } from '../storage/wrapped-key.ts'
import type { Keyring } from './keyring.ts'
import { createLockOpening, noWrongTries, requireLockTime, requireValidLock } from './lock-opening.ts'
import { markExposed } from './renew-exposed.ts'
import { endOverdue, openItems, reseal, revocationsOfEnded, sealedKeys, sealItems } from './sealed-items.ts'

/**
 * The lock that a person may set. While it is closed, only the wrapped form of the vault's key exists, and no request for a
 * record is answered.
 */
export interface Locking {
  isLocked(): Promise<boolean>
  /** Returns the lock as pages see it; undefined if none is set. */
  describe(): Promise<Lock | undefined>
  /** Returns when the lock closes unless somebody is active; undefined if none is set. */
  closesAt(): Promise<number | undefined>
  /**
   * Runs `work` while the lock is open; closing waits for it. Calls must not be nested.
   * @throws ProblemError `locked`.
   */
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  /** The user is active: restarts the idle timer, which requests alone do not. */
  renew(): Promise<void>
  /**
   * Sets a lock. If there is one already, changes how it opens; `now` must open the current one.
   * @throws ProblemError `locked`, `invalid-input`, and what `unlock` throws.
   */
  set(request: { lock: NewLock; after: LockTime; now?: Unlocking }): Promise<void>
  /** @throws ProblemError `invalid-input`. */
  setTime(after: LockTime): Promise<void>
  /**
   * Removes the lock, which `now` must open.
   * @throws ProblemError `locked`, and what `unlock` throws.
   */
  remove(now: Unlocking): Promise<void>
  /** Refuses new requests immediately and aborts running ones; a change at an organization gets 1.5 s to finish. */
  close(): Promise<void>
  /** @throws ProblemError `wrong-pin` with the number of tries left, `unlock-later`, or `wrong-passkey`. */
  unlock(opening: Unlocking): Promise<void>
  /** Disconnects everywhere if the lock is open, then deletes everything, the lock included. Returns what was not revoked. */
  forget(): Promise<Unrevoked[]>
  /** Completes what an earlier run of the worker began. Call before anything else. */
  settle(): Promise<void>
  /** Counts down the wait after wrong tries. */
  countDown(): Promise<void>
  /** Ends grants that have expired, also while the lock is closed. */
  endOverdue(): Promise<void>
}

/** The alarm that closes the lock. If it is missing, the time is over. */
export const lockAlarm = 'lock'

interface Dependencies {
  keys: KeyStore
  keyring: Keyring
  vault: Vault
  copies: Copies
  requests: RequestStore
  proofKeys: ProofKeys
  revocations: Revocations
  findEndOf: () => Promise<EndOf>
  /** Signs out of every connection. */
  disconnectEverywhere: () => Promise<unknown>
  /** Waits until the worker has cleaned up after earlier runs; nothing is answered or changed before that. */
  waitUntilSettled: () => Promise<void>
  /** Runs after unlocking, before any request is answered. */
  afterUnlocking: () => Promise<void>
}

export const createLock = (dependencies: Dependencies): Locking => {
  const { keys, keyring, vault, copies, requests, proofKeys, revocations } = dependencies
  const { findEndOf, waitUntilSettled, afterUnlocking } = dependencies

  const { open, wrap, waitLeft, watchWait, countDown } = createLockOpening(keyring)

  const isLocked = async (): Promise<boolean> => {
    const lock = await items.lock.get()
    if (!lock) return false
    if (!(await items.unlocked.get()) || (await items.closing.get())) return true
    const alarm = await browser.alarms.get(lockAlarm)
    const timeLeft = (alarm?.scheduledTime ?? 0) - Date.now()
    // The alarm fires late if the computer slept or its clock was set back.
    if (timeLeft > 0 && timeLeft <= lock.after * MINUTE + SECOND) return false
    await beginClosing()
    exclusively(endClosing).catch(() => undefined)
    return true
  }

  const exclusively = async <T>(work: () => Promise<T>): Promise<T> => {
    await waitUntilSettled()
    return navigator.locks.request('lock', work)
  }

  const whileOpen: Locking['whileOpen'] = async (work) => {
    await waitUntilSettled()
    return navigator.locks.request('lock', { mode: 'shared' }, async () => {
      if (await isLocked()) throw new ProblemError('locked')
      return work()
    })
  }

  const setAlarm = async (after: number): Promise<void> =>
    browser.alarms.create(lockAlarm, { delayInMinutes: after })

  /** Changes the idle time. The alarm may never be further away than the stored idle time. */
  const changeTime = async (after: LockTime, change: (lock: StoredLock) => StoredLock): Promise<void> => {
    const { after: before = after } = (await items.lock.get()) ?? {}
    await setAlarm(Math.min(before, after))
    await items.lock.update((lock) => lock && { ...change(lock), after })
    await setAlarm(after)
  }

  const close = async (): Promise<void> => {
    if (!(await items.lock.get()) || !(await items.unlocked.get())) return
    await beginClosing()
    await exclusively(endClosing)
  }

  const beginClosing = async (): Promise<void> => {
    await items.closing.set(true)
    endRequests()
  }

  const endClosing = async (): Promise<void> => {
    // Under the exclusive lock no request is running any more.
    allowRequests()
    if (!(await items.closing.get())) return
    // On a second call the lock is closed already, so nothing is left to seal.
    if (await items.unlocked.get()) await setTogether('session', { asleep: await sealItems(vault) })
    await removeTogether('session', [...sealedKeys, 'unlocked', 'closing'])
    keyring.drop()
    await browser.alarms.clear(lockAlarm)
  }

  /** Deletes the key that was on disk, and all copies that it encrypted. */
  const dropFormerKey = async (): Promise<void> => {
    await copies.dropOthers([])
    await items.copyKey.remove()
    await keys.remove(vaultKey)
  }

  /**
   * Sets the first lock. One write stores the lock together with everything resealed under its key; before it, the disk is
   * unchanged.
   */
  const setFirstLock = async (lock: NewLock, after: LockTime): Promise<void> => {
    const bytes = generateKeyBytes()
    const { local, session } = await reseal(await keys.find(vaultKey), await importKey(bytes))
    const opens = await wrap(bytes, lock)
    await setAlarm(after)
    await setTogether('session', { ...session, unlocked: await keyring.sealKey(bytes) })
    const exposed = await markExposed(Object.keys(local.grants))
    await setTogether('local', { ...local, exposed, lock: { opens, after, ...noWrongTries } })
    await dropFormerKey()
  }

  /** Queues the revocations of grants that expired while locked. */
  const queueRevocationsOfEnded = async (): Promise<void> => {
    for (const { connectionId, ...revocation } of await revocationsOfEnded(vault))
      await revocations.queue(revocation, connectionId)
    await items.ended.remove()
    await items.asleep.remove()
  }

  /** Signs out everywhere. Does nothing while locked, because the tokens cannot be opened. */
  const signOutEverywhere = async (): Promise<Unrevoked[]> => {
    if (await isLocked()) return []
    return whileOpen(async () => {
      await dependencies.disconnectEverywhere()
      return revocations.finish()
    })
  }

  return {
    isLocked,
    whileOpen,
    close,

    describe: async () => {
      const lock = await items.lock.get()
      return lock ? describeLock(lock, await isLocked(), waitLeft(lock)) : undefined
    },

    closesAt: async () =>
      (await items.lock.get()) ? ((await browser.alarms.get(lockAlarm))?.scheduledTime ?? 0) : undefined,

    renew: async () => {
      const lock = await items.lock.get()
      if (lock) await setAlarm(lock.after)
    },

    set: async ({ lock, after, now }) => {
      requireValidLock(lock)
      requireLockTime(after)
      await exclusively(async () => {
        if (await isLocked()) throw new ProblemError('locked')
        if (!(await items.lock.get())) return setFirstLock(lock, after)
        if (!now) throw new ProblemError('invalid-input', { field: 'now' })
        const opens = await wrap(await open(now), lock)
        await changeTime(after, (stored) => ({ ...stored, opens }))
      })
    },

    setTime: async (after) => {
      requireLockTime(after)
      await changeTime(after, (lock) => lock)
    },

    remove: (now) =>
      exclusively(async () => {
        if (await isLocked()) throw new ProblemError('locked')
        // The lock's own key must never be on disk, because it would open earlier data that is left there.
        const next = await generateClosedKey()
        const { local, session } = await reseal(await importKey(await open(now)), next)
        await keys.remove(vaultKey)
        await keys.findOrAdd(vaultKey, next)
        await setTogether('local', { ...local, lock: null })
        await setTogether('session', session)
        await items.unlocked.remove()
        await copies.dropOthers([])
        await browser.alarms.clear(lockAlarm)
      }),

    unlock: (opening) =>
      exclusively(async () => {
        if (!(await isLocked())) return
        await endClosing()
        const { after = 0 } = (await items.lock.get()) ?? {}
        const bytes = await open(opening)
        const openedItems = await openItems(await importKey(bytes))
        await setAlarm(after)
        await setTogether('session', { ...openedItems, unlocked: await keyring.sealKey(bytes) })
        await queueRevocationsOfEnded()
        await afterUnlocking()
      }),

    forget: async () => {
      if (!(await items.lock.get())) return []
      const unrevoked = await signOutEverywhere()
      await close()
      await exclusively(async () => {
        if (!(await items.lock.get())) return
        await keepOnly('session', [])
        await dropFormerKey()
        await proofKeys.dropOthers([])
        await requests.clear()
        await browser.alarms.clearAll()
        await keepOnly('local', keysAfterForgetting)
      })
      return unrevoked
    },

    settle: async () => {
      const lock = await items.lock.get()
      if (!lock) {
        // Without a lock, the key of the copies was only in memory, so after a browser restart nothing can open them.
        if (!(await items.copyKey.get())) await copies.dropOthers([])
        return removeTogether('session', ['unlocked', 'closing', 'asleep'])
      }
      // The worker stopped while a lock was being set or removed.
      if (await keys.find(vaultKey)) await dropFormerKey()
      await endClosing()
      await watchWait()
      if (await items.unlocked.get()) await queueRevocationsOfEnded()
    },

    // Runs exclusively, because it would overwrite the count of a concurrent try.
    countDown: () => exclusively(countDown),

    endOverdue: () => exclusively(async () => endOverdue(copies, await findEndOf())),
  }
}

const SECOND = 1000
const MINUTE = 60 * SECOND

const describeLock = (lock: StoredLock, isLocked: boolean, waitLeft: number): Lock => {
  const { opens } = lock
  return {
    locked: isLocked,
    by: opens.by,
    after: lock.after,
    ...(waitLeft > 0 && { waitUntil: Date.now() + waitLeft }),
    ...(opens.by === 'passkey' && { passkey: { id: opens.id, salt: opens.salt } }),
  }
}
