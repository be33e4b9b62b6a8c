export interface LaunchRequest {
  iss: string
  launch: string
}

/** What the page was opened with, or the visit it had opened before it was loaded again. */
export type Given = LaunchRequest | { connectionId: string } | undefined

type Here = Pick<Location, 'search' | 'pathname'>
type Kept = Pick<History, 'state' | 'replaceState'>

/**
 * Takes `iss` and `launch` out of the address, so that neither stays in the browser's history nor is used a second time.
 * Each has to be there once.
 */
export const takeLaunch = ({ search, pathname }: Here, history: Kept): Given => {
  const parameters = new URLSearchParams(search)
  if (search !== '') history.replaceState(null, '', pathname)
  const [iss, ...moreIss] = parameters.getAll('iss')
  const [launch, ...moreLaunch] = parameters.getAll('launch')
  if (iss && launch && moreIss.length + moreLaunch.length === 0) return { iss, launch }
  const { connectionId } = (history.state ?? {}) as { connectionId?: unknown }
  return search === '' && typeof connectionId === 'string' ? { connectionId } : undefined
}

/** Loading the page again shows the same visit, as long as it lasts. The id is random, and names nobody. */
export const keepVisit = (connectionId: string, history: Kept): void =>
  history.replaceState({ connectionId }, '')
