import { ask } from '../messages/ask.ts'
import type { AccessEntry } from '../messages/protocol.ts'
import { type Pages, usePages } from './use-pages.ts'
import { find } from './words.ts'

/** Newest first, as the organization gives it; undefined asks nothing. */
export const useAccessLog = (connectionId: string | undefined): Pages<AccessEntry> =>
  usePages(connectionId, async (next) => {
    const { entries, ...rest } = await ask('access-log', {
      connectionId: connectionId ?? '',
      ...(next && { next }),
    })
    return { ...rest, items: entries }
  })

/** `read`, `searched`, `signed in`; a kind without words stays as it is. */
export const accessKind = ({ kind }: AccessEntry): string =>
  find(`access_${kind.replaceAll(/\W/g, '_')}`) ?? kind

const OF_DATA = ['read', 'search', 'other']

/** What was read, in words where the type has some: `vital signs and results`. Other events are about no data. */
export const accessWhat = ({ kind, what }: AccessEntry): string | undefined => {
  if (!OF_DATA.includes(kind)) return undefined
  const type = what && /^[A-Z]\w*/.exec(what)?.[0]
  return (type && find(`resource_${type}`)) || what
}
