import { items } from '../../storage/items.ts'
import { toBase64 } from '../../storage/vault.ts'

/**
 * Adds to the address of an account page whom it is opened for, because somebody else may be signed in there in this browser. It is
 * the hash of the person's `sub`, because some organizations use a name or an email address as `sub`.
 *
 * @param connectionId the person's connection to that organization.
 */
export const forPerson = async (address: string, connectionId: string): Promise<string> => {
  const { subject = '' } = (await items.connections.find(connectionId)) ?? {}
  if (subject === '') return address
  const url = new URL(address)
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(subject))
  url.searchParams.set('for', toBase64(new Uint8Array(digest)))
  return url.href
}
