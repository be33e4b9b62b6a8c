import type { Patient } from '../messages/patients.ts'
import type { Connection } from '../messages/state.ts'

/**
 * Who a connection is about, the same for all connections that the person said are theirs. A name and a birth date are what an
 * organization says, so they join nothing by themselves; where they come to differ, what was said holds no longer
 * (decision 40).
 */
export const personOf = (connection: Connection): string => {
  const name = fullNameOf(connection)
  return connection.samePerson === undefined || name === undefined
    ? connection.id
    : [connection.samePerson, name].join(' ')
}

/** All that somebody is signed in with, in the order of the chips. */
export const connectionsOf = (connections: Connection[], one: Connection): Connection[] =>
  connections.filter((each) => each.signedIn && personOf(each) === personOf(one))

/** Full birth date and name, however it is accented, spaced and in capitals; undefined where there is less. */
export const fullNameOf = ({ patient }: Connection): string | undefined =>
  patient?.birthDate?.length === 10 ? `${patient.birthDate} ${folded(patient)}` : undefined

const folded = ({ name }: Patient): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .join(' ')
