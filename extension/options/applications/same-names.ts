import { skeletonOf } from '../../../values/look-alikes.ts'
import type { Application } from '../../messages/administration.ts'
import type { Output } from '../../messages/protocol.ts'

type Named = Pick<Application, 'clientId' | 'clientName'>

/** The most pages that are read of an organization's list. */
const mostPages = 20

/**
 * Finds an application of the organization that has this name already, or one that looks the same.
 *
 * @param readPage returns the applications after this one, or the first ones.
 */
export const findNamesake = async (
  name: string,
  readPage: (after?: string) => Promise<Output<'applications'>>,
): Promise<Application | undefined> => {
  const skeleton = skeletonOf(name)
  let after: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const { applications, next } = await readPage(after)
    const namesake = applications.find(({ clientName }) => skeletonOf(clientName) === skeleton)
    if (namesake || next === undefined) return namesake
    after = next
  }
  return undefined
}

/** Returns the name of an application, with its Client ID if another one of the list has the same name, or one that looks the same. */
export const labelOf = ({ clientId, clientName }: Named, list: readonly Named[]): string => {
  const skeleton = skeletonOf(clientName)
  return list.some((other) => other.clientId !== clientId && skeletonOf(other.clientName) === skeleton)
    ? `${clientName} (${clientId})`
    : clientName
}
