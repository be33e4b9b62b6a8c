import { ProblemError } from '../../messages/errors.ts'
import { requireAddress } from '../../net/address.ts'
import { findConfiguration, resolve } from '../provider/metadata.ts'
import { forPerson } from './for-person.ts'
import type { Sessions } from './session.ts'

/**
 * Reads the address of the page on which a person sees and ends what applications may read: `management_endpoint` of the SMART
 * configuration (SMART App Launch 2.2, section 6.1), opened for the connection's person. Undefined if it names none.
 *
 * @throws ProblemError `signed-out`, and `foreign-endpoint` for a page outside the record's and the issuer's origin.
 */
export const findManagementPage = async (
  sessions: Sessions,
  connectionId: string,
): Promise<string | undefined> => {
  const session = await sessions.find(connectionId)
  if (!session) throw new ProblemError('signed-out')
  const { fhirBase, server } = session
  const address = resolve((await findConfiguration(fhirBase))?.management_endpoint, fhirBase)
  if (address === undefined) return undefined
  const { origin, host, href } = requireAddress(address)
  const ownOrigins = [fhirBase, server.issuer].map((text) => URL.parse(text)?.origin)
  if (!ownOrigins.includes(origin)) throw new ProblemError('foreign-endpoint', { host })
  return forPerson(href, connectionId)
}
