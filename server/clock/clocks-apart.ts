/** How far a machine's clock may be from the database's, in milliseconds. If they are further apart, either may be the wrong one. */
const MOST_APART = 30_000

/**
 * Says how far this machine's clock is from the database's, as the beginning of a sentence; `undefined` if they agree, or if the database has
 * none of its own.
 *
 * @param machine milliseconds since 1970, as is `database`.
 */
export const clocksApart = (machine: number, database: number | undefined): string | undefined => {
  if (database === undefined || Math.abs(machine - database) <= MOST_APART) return undefined
  const direction = machine > database ? 'ahead of' : 'behind'
  return `This machine's clock is ${nameDuration(Math.abs(machine - database))} ${direction} the database's`
}

const UNITS = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
] as const

/** Names a duration in the largest unit of which it has two or more. */
export const nameDuration = (milliseconds: number): string => {
  const [unit, size] = UNITS.find(([, each]) => milliseconds >= 2 * each) ?? ['seconds', 1000]
  return `${Math.round(milliseconds / size).toLocaleString('en-US')} ${unit}`
}
