import type { Connection, LaunchedConnection } from '../../messages/state.ts'
import { exactly, timeLeft } from '../words/dates.ts'
import { personName } from '../words/outside-words.ts'
import { t } from '../words/words.ts'

/** Returns the time that a grant still lasts: `47 min left`, `until 24 Dec`, `this visit`. */
export const windowOf = ({ endsAt, staysConnected }: Connection, now: number): string =>
  endsAt !== undefined ? timeLeft(endsAt, now) : t(staysConnected ? 'left_open' : 'left_visit')

const SOON = 5 * 60_000

/** Checks whether a grant ends so soon that its time is shown in the colour of caution. */
export const endsSoon = ({ endsAt }: Connection, now: number): boolean =>
  endsAt !== undefined && endsAt - now < SOON

/** Names the person whose connection it is, as recorded: a sentence takes `personName` of it. */
export const nameOf = ({ patient, person }: Connection): string => patient?.name ?? person.name

/** Names whose access ended: of a visit that is closed who opened it, as the list does, and never its patient. */
export const endedNameOf = (connection: Connection | LaunchedConnection): string =>
  'needsBanner' in connection ? connection.person.name : nameOf(connection)

/** States whose connection ended, by whom or what, and when, as far as that is known. */
export const endOf = (connection: Connection): string => {
  const { endedBy, endedAt, providerName } = connection
  const name = personName(nameOf(connection))
  const when = endedAt === undefined ? '' : exactly(endedAt)
  if (endedBy === 'organization') return t('ended_by_organization', name, providerName, when)
  if (endedBy === 'time') return t('ended_by_time', providerName, when)
  return t('ended_by_change', name, providerName)
}

/** States how a connection ended that is signed out, and what its organization does not know yet. */
export const endWordsOf = (connection: Connection): string[] => {
  const { endedBy, visitEndsAt, endUntoldUntil, providerName: name } = connection
  return [
    endedBy && endOf(connection),
    visitEndsAt !== undefined && t('visit_over', name, exactly(visitEndsAt)),
    endUntoldUntil !== undefined && t('end_untold', name, exactly(endUntoldUntil)),
  ].filter((words) => typeof words === 'string')
}
