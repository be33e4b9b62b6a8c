import type { Revocations } from '../auth/grant/revocation.ts'
import type { Sessions } from '../auth/grant/session.ts'
import type { Providers } from '../auth/provider/providers.ts'
import type { Locking } from '../lock/lock.ts'
import { renewExposed } from '../lock/renew-exposed.ts'
import type { Answers } from '../messages/answer.ts'
import type { RequestName } from '../messages/protocol.ts'
import { items } from '../storage/items.ts'
import { giveBackHosts } from './give-back-hosts.ts'

/**
 * Requests that check the lock themselves; any other fails with `locked` while locked. No request counts as activity, because
 * pages also send them when storage changes or an organization answers; pages report activity with `used`.
 */
const requestsThatCheckTheLock: readonly RequestName[] = [
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
      if (requestsThatCheckTheLock.includes(name as RequestName)) return [name, perform]
      const work = perform as (input: never, signal?: AbortSignal) => Promise<unknown>
      const performOpen: typeof work = (input, signal) => lock.whileOpen(() => work(input, signal))
      return [name, performOpen]
    }),
  ) as unknown as Answers

interface Services {
  lock: Locking
  providers: Providers
  sessions: Sessions
  revocations: Revocations
}

export const createLockAnswers = ({
  lock,
  providers,
  sessions,
  revocations,
}: Services): Pick<
  Answers,
  'set-lock' | 'remove-lock' | 'lock' | 'unlock' | 'forget-lock' | 'lock-after'
> => {
  /**
   * Renews the tokens that were on disk before there was a lock, so that copies of them become worthless. Returns
   * whose session at which organization ended instead (`ended`), and whose is not renewed yet (`waiting`).
   */
  const renewTokens = () =>
    lock.whileOpen(async () => {
      const connections = await items.connections.get()
      const [{ ended, waiting }] = await Promise.all([renewExposed(sessions), revocations.retry('all')])
      const ownProviders = await providers.list()
      const namesOf = (ids: string[]) =>
        ids.flatMap((id) => {
          const { providerId, person } = connections[id] ?? {}
          const provider = ownProviders.find((each) => each.id === providerId)
          return provider && person ? [{ organization: provider.label, person: person.name }] : []
        })
      return { ended: namesOf(ended), waiting: namesOf(waiting) }
    })

  return {
    'set-lock': async (request) => {
      await lock.set(request)
      return renewTokens().catch(() => ({ ended: [], waiting: [] }))
    },
    'remove-lock': (opening) => lock.remove(opening),
    'lock-after': ({ after }) => lock.setTime(after),
    lock: () => lock.close(),
    unlock: (opening) => lock.unlock(opening),
    'forget-lock': async () => {
      const unrevoked = await lock.forget()
      await giveBackHosts(providers)
      return unrevoked
    },
  }
}
