import { setLookAlarm } from '../access-log/watch/log-watch.ts'
import { forgetIncomplete } from '../auth/grant/begin-connection.ts'
import { forgetWithoutProvider } from '../auth/grant/forget-connection.ts'
import type { ProofKeys } from '../auth/grant/proof-keys.ts'
import { findEndOf } from '../auth/provider/policy.ts'
import { forgetEndedLaunches } from '../auth/sign-in/begin-launch.ts'
import { settleFlow } from '../auth/sign-in/flow.ts'
import { completeSignOuts } from '../auth/sign-in/sign-out.ts'
import { endOverdue } from '../lock/sealed-items.ts'
import type { Copies } from '../storage/copies.ts'
import { forgetUnconnected } from '../storage/forget.ts'
import { keepContentScriptsOut } from '../storage/item.ts'
import { items } from '../storage/items.ts'
import { type Services, sweep, updateBadge } from './ends.ts'

export const createSettling = (services: Services & { proofKeys: ProofKeys; copies: Copies }) => {
  const { sessions, lock, proofKeys, copies } = services

  /** Does the part of the cleaning that needs an open lock, or none. */
  const settleUnlocked = async (): Promise<void> => {
    await completeSignOuts(sessions)
    await forgetEndedLaunches()
    await sweep(services)
    await forgetIncomplete()
    await forgetWithoutProvider(services)
    await forgetUnconnected(sessions.requests)
    await setLookAlarm(sessions)
    const signedIn = await items.sessions.get()
    await proofKeys.dropOthers(Object.values(signedIn).flatMap(({ proofKey }) => proofKey ?? []))
    await copies.dropOthers(Object.keys(signedIn))
  }

  return {
    settleUnlocked,
    /** Cleans up after earlier runs of the worker, before any page receives the state. */
    settle: async (): Promise<void> => {
      await keepContentScriptsOut()
      await settleFlow()
      await lock.settle()
      if (!(await lock.isLocked())) return settleUnlocked()
      await endOverdue(copies, await findEndOf())
      await updateBadge(services)
    },
  }
}
