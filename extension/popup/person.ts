import type { Patient } from '../messages/patients.ts'
import type { Connection } from '../messages/state.ts'

/**
 * Who a connection is about, the same for all connections of one person: full birth date and name, however it is
 * accented, spaced and in capitals. Who has no patient, or no full birth date, is nobody else's.
 */
export const personOf = ({ id, patient }: Connection): string =>
  patient?.birthDate?.length === 10 ? `${patient.birthDate} ${folded(patient)}` : id

/** All that somebody is signed in with, in the order of the chips. */
export const connectionsOf = (connections: Connection[], one: Connection): Connection[] =>
  connections.filter((each) => each.signedIn && personOf(each) === personOf(one))

const folded = ({ name }: Patient): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .join(' ')
