import type { Connection } from '../messages/state.ts'
import { fullNameOf, personOf } from '../record/person.ts'

/** At other organizations, signed in, under the same name and full birth date, and not said to be the same person. */
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

/** Whether the person said that these two are not one: of them, or of any that they are one with. */
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
