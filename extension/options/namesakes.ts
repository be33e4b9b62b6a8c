import type { Application } from '../messages/administration.ts'
import type { Output } from '../messages/protocol.ts'

type Named = Pick<Application, 'clientId' | 'clientName'>

/** The most pages that are read of an organization's list. */
const mostPages = 20

/** Checks whether people would read two names as one. */
const isSameName = (a: string, b: string): boolean =>
  a.trim().toLocaleLowerCase() === b.trim().toLocaleLowerCase()

/**
 * Finds an application of the organization that has this name already.
 *
 * @param readPage returns the applications after this one, or the first ones.
 */
export const findNamesake = async (
  name: string,
  readPage: (after?: string) => Promise<Output<'applications'>>,
): Promise<Application | undefined> => {
  let after: string | undefined
  for (let page = 0; page < mostPages; page++) {
    const { applications, next } = await readPage(after)
    const namesake = applications.find(({ clientName }) => isSameName(clientName, name))
    if (namesake || next === undefined) return namesake
    after = next
  }
  return undefined
}

/** Returns the name of an application, with its Client ID if another one of the list has the same name. */
export const labelOf = ({ clientId, clientName }: Named, list: readonly Named[]): string =>
  list.some((other) => other.clientId !== clientId && isSameName(other.clientName, clientName))
    ? `${clientName} (${clientId})`
    : clientName
