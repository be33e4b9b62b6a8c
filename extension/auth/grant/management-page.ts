import { parseAddress, requireUrl } from '../../../values/parse-address.ts'
import { ProblemError } from '../../messages/errors.ts'
import { requireAddress } from '../../net/address.ts'
import { items, type Session } from '../../storage/items.ts'
import { digestOf } from '../../storage/vault.ts'
import { findConfiguration, resolve } from '../provider/metadata.ts'

/**
 * Reads the address of the page on which a person sees and ends what applications may read: `management_endpoint` of the SMART
 * configuration (SMART App Launch 2.2, section 6.1), opened for the connection's person. Undefined if it names none.
 *
 * @throws ProblemError `signed-out`, and `foreign-endpoint` for a page outside the record's and the issuer's origin.
 */
export const findManagementPage = async (
  sessions: { find(connectionId: string): Promise<Session | undefined> },
  connectionId: string,
): Promise<string | undefined> => {
  const session = await sessions.find(connectionId)
  if (!session) throw new ProblemError('signed-out')
  const { fhirBase, server } = session
  const address = resolve((await findConfiguration(fhirBase))?.management_endpoint, fhirBase)
  if (address === undefined) return undefined
  const { origin, host, href } = requireAddress(address)
  const ownOrigins = [fhirBase, server.issuer].map((text) => parseAddress(text)?.origin)
  if (!ownOrigins.includes(origin)) throw new ProblemError('foreign-endpoint', { host })
  return forPerson(href, connectionId)
}

/**
 * Adds to the address of an account page whom it is opened for, because somebody else may be signed in there in this browser. It is
 * the hash of the person's `sub`, because some organizations use a name or an email address as `sub`.
 *
 * @param connectionId the person's connection to that organization.
 */
export const forPerson = async (address: string, connectionId: string): Promise<string> => {
  const { subject = '' } = (await items.connections.find(connectionId)) ?? {}
  if (subject === '') return address
  const url = requireUrl(address)
  url.searchParams.set('for', await digestOf(subject))
  return url.href
}
