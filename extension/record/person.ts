import type { Patient } from '../messages/patients.ts'
import type { Connection } from '../messages/state.ts'
import { find, t } from '../ui/words/words.ts'

/**
 * Returns a key of the person, equal for all connections that the person declared to be theirs. Name and birth date come from
 * the organization, so they alone join nothing; if they come to differ, the declaration no longer applies (decision 40).
 */
export const personOf = (connection: Connection): string => {
  const name = fullNameOf(connection)
  return connection.samePerson === undefined || name === undefined
    ? connection.id
    : [connection.samePerson, name].join(' ')
}

/** Returns all signed-in connections of one person, in the order of the list of organizations. */
export const connectionsOf = (connections: Connection[], one: Connection): Connection[] =>
  connections.filter((each) => each.signedIn && personOf(each) === personOf(one))

/**
 * Returns the connections that the person declared to be theirs too and that `connectionsOf` leaves out, for whatever reason: signed out,
 * or name and birth date no longer agree or are no longer shared. Wherever a page says that something is absent, or says it of all, these
 * are named.
 */
export const leftOutOf = (connections: Connection[], one: Connection): Connection[] => {
  const shown = connectionsOf(connections, one)
  return connections.filter(
    (each) =>
      each.id !== one.id &&
      each.samePerson !== undefined &&
      each.samePerson === one.samePerson &&
      !shown.includes(each),
  )
}

/** Says that an organization of the person is left out, and why. */
export const leftOutWords = ({ signedIn, providerName }: Connection): string =>
  t(signedIn ? 'left_out_unmatched' : 'left_out_signed_out', providerName)

/** Returns birth date and name without accents, capitals or extra spaces; undefined without a full birth date. */
export const fullNameOf = ({ patient }: Connection): string | undefined =>
  patient?.birthDate?.length === 10 ? `${patient.birthDate} ${foldName(patient)}` : undefined

const foldName = ({ name }: Patient): string =>
  name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .join(' ')

/** `Record number 112130`. Many organizations label a number only with HL7's code (table 0203). */
export const identifierWords = ({ label, value }: { label: string; value: string }): string =>
  `${find(`number_${label}`) ?? label} ${value}`
