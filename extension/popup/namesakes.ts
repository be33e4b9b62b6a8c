import type { Connection } from '../messages/state.ts'
import { fullNameOf, personOf } from '../record/person.ts'

/**
 * Returns the signed-in connections at other organizations with the same name and full birth date that are not yet joined
 * with `one`.
 */
export const namesakesOf = (connections: Connection[], one: Connection): Connection[] => {
  const name = fullNameOf(one)
  return connections.filter(
    (each) =>
      each.signedIn &&
      each.providerId !== one.providerId &&
      name !== undefined &&
      fullNameOf(each) === name &&
      personOf(each) !== personOf(one),
  )
}

/** Checks whether the person declared the two, or any connections joined with them, to be different people. */
export const areApart = (connections: Connection[], one: Connection, other: Connection): boolean => {
  const allOf = (some: Connection) =>
    connections.filter(
      ({ id, samePerson }) => id === some.id || (samePerson !== undefined && samePerson === some.samePerson),
    )
  const others = allOf(other)
  return allOf(one).some((a) =>
    others.some((b) => a.apartFrom?.includes(b.id) || b.apartFrom?.includes(a.id)),
  )
}
