import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { Clock } from '../../config.ts'
import { agentOf } from '../../grants/agent.ts'
import type { Store } from '../../store/store.ts'
import { type Bucket, networkOf, reserveTry, siteOf } from '../secrets/rate-limit.ts'
import { type AccessOfConnection, type PartnerAccount, PartnerRefused } from './partner-sign-in.ts'
import type { Partner } from './partner-state.ts'

/** The answer of the other company, as the person's browser brought it back. */
interface BroughtBack {
  readonly code: string
  /** The content of the sealed state. It was sealed here and belongs to this browser. */
  readonly state: unknown
  readonly address: string
  readonly access: AccessOfConnection
}

/**
 * Redeems a code, once for each state. Anyone may present an invented code, and each one causes a request to the other company,
 * so codes are counted for each network and site before they are redeemed. A code that signs somebody in is no failure, but it does count as
 * one of their codes in this minute: who it belongs to is known only afterwards, and all people share the requests to that company.
 *
 * @throws PartnerRefused
 */
export const redeemOnce = async (
  { store, clock }: { store: Store; clock: Clock },
  { signIn }: Partner,
  { code, state, address, access }: BroughtBack,
): Promise<PartnerAccount> => {
  const now = clock()
  const [network, site] = [networkOf(address), siteOf(address)]
  const codes: Bucket[] = [
    { limit: 'partnerCodes', value: network },
    { limit: 'partnerCodesSite', value: site },
  ]
  const turn = await reserveTry(store, codes, now)
  if ('wait' in turn) throw new PartnerRefused('busy')
  const failures: Bucket[] = [
    { limit: 'partner', value: network },
    { limit: 'partnerSite', value: site },
  ]
  const attempt = await reserveTry(store, failures, now)
  if ('wait' in attempt) throw new PartnerRefused('busy')
  const use = await reserveTry(store, [{ limit: 'partnerState', value: String(state) }], now)
  if ('wait' in use) throw new PartnerRefused('late')
  const redeemed = await signIn.redeem(code, access)
  await store.write((trx) => attempt.uncount(trx))
  return redeemed
}

/** Returns the log entries of the connections that one request makes. @param base the other facts of the request. */
export const accessOfConnection =
  (base: LoggedAccess, partner: string): AccessOfConnection =>
  (account, change) => ({
    ...base,
    agent: { ...base.agent, ...agentOf(base.agent.address, { account }) },
    patients: account.patient === undefined ? [] : [account.patient],
    details: { change, upstream: partner, account: account.id, role: account.role },
  })
