import type { Locking } from '../auth/lock.ts'
import type { Providers } from '../auth/providers.ts'
import type { Answers } from '../messages/answer.ts'
import type { RequestName } from '../messages/protocol.ts'
import { giveBackHosts } from './give-back-hosts.ts'

/** What sees to the lock by itself; whatever else is asked fails with `locked`, and is a use of Carekey. */
const apart: readonly RequestName[] = [
  'state',
  'sign-in',
  'launch',
  'set-lock',
  'remove-lock',
  'lock',
  'unlock',
  'forget-lock',
]

export const underLock = (lock: Locking, answers: Answers): Answers =>
  Object.fromEntries(
    Object.entries(answers).map(([name, perform]) => {
      if (apart.includes(name as RequestName)) return [name, perform]
      const performOpen = (input: never, waiting?: AbortSignal) =>
        lock.whileOpen(async () => {
          await lock.renew()
          return (perform as (input: never, waiting?: AbortSignal) => Promise<unknown>)(input, waiting)
        })
      return [name, performOpen]
    }),
  ) as unknown as Answers

export const createLockAnswers = (
  lock: Locking,
  providers: Providers,
): Pick<Answers, 'set-lock' | 'remove-lock' | 'lock' | 'unlock' | 'forget-lock' | 'lock-after' | 'used'> => ({
  'set-lock': async (request) => {
    await lock.set(request)
  },
  'remove-lock': async (opening) => {
    await lock.remove(opening)
  },
  'lock-after': async ({ after }) => {
    await lock.setTime(after)
  },
  lock: async () => {
    await lock.close()
  },
  unlock: async (opening) => {
    await lock.unlock(opening)
  },
  'forget-lock': async () => {
    const untold = await lock.forget()
    await giveBackHosts(providers)
    return untold
  },
  // That it was asked is all.
  used: async () => undefined,
})
