import { setLookAlarm } from '../access-log/log-watch.ts'
import { forgetUnconnected } from '../access-log/own-requests.ts'
import { forgetIncomplete } from '../auth/begin-connection.ts'
import { settleFlow } from '../auth/flow.ts'
import { forgetWithoutProvider } from '../auth/forget-connection.ts'
import { forgetEndedLaunches } from '../auth/launch.ts'
import type { ProofKeys } from '../auth/proof-keys.ts'
import { completeSignOuts } from '../auth/sign-out.ts'
import { endOverdue } from '../lock/sealed-items.ts'
import type { Copies } from '../storage/copies.ts'
import { keepContentScriptsOut } from '../storage/item.ts'
import { items } from '../storage/items.ts'
import { type Services, sweep, updateBadge } from './ends.ts'

interface Settling {
  /** Cleans up after earlier runs of the worker, before any page receives the state. */
  settle(): Promise<void>
  /** Does the part of the cleaning that needs an open lock, or none. */
  settleUnlocked(): Promise<void>
}

export const createSettling = (services: Services & { proofKeys: ProofKeys; copies: Copies }): Settling => {
  const { sessions, lock, proofKeys, copies } = services

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
    settle: async () => {
      await keepContentScriptsOut()
      await settleFlow()
      await lock.settle()
      if (!(await lock.isLocked())) return settleUnlocked()
      await endOverdue(copies)
      await updateBadge(services)
    },
  }
}
