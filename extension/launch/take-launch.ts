import type { Input } from '../messages/protocol.ts'

/** The parameters with which a record system opens an application (SMART App Launch 2.2, section 2.1.2). */
export type LaunchRequest = Input<'launch'>

/** The launch that the page was opened with, or after a reload the visit that it had opened. */
export type LaunchOpening = LaunchRequest | { connectionId: string } | undefined

type PageLocation = Pick<Location, 'search' | 'pathname'>
type PageHistory = Pick<History, 'state' | 'replaceState'>

/**
 * Takes `iss` and `launch` out of the page's address, so that neither is used a second time, by a reload or by going back. The browser's
 * own list of visited pages keeps the address as it was opened (decision 22). Each must occur exactly once.
 */
export const takeLaunch = ({ search, pathname }: PageLocation, history: PageHistory): LaunchOpening => {
  const parameters = new URLSearchParams(search)
  if (search !== '') history.replaceState(null, '', pathname)
  const [iss, ...moreIss] = parameters.getAll('iss')
  const [launch, ...moreLaunch] = parameters.getAll('launch')
  if (iss && launch && moreIss.length + moreLaunch.length === 0) return { iss, launch }
  const { connectionId } = (history.state ?? {}) as { connectionId?: unknown }
  return search === '' && typeof connectionId === 'string' ? { connectionId } : undefined
}

/** Keeps the visit across reloads for as long as it lasts. The id is random and identifies nobody. */
export const keepVisit = (connectionId: string, history: PageHistory): void =>
  history.replaceState({ connectionId }, '')
