/** A year, month or day, with an optional FHIR prefix: `1980`, `ge1980-01`, `1980-01-15`. */
const BIRTHDATE = /^(?:eq|ne|gt|ge|lt|le|sa|eb|ap)?(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2}))?)?$/

/** Checks whether a search accepts a birthdate; 31 February is no date. */
export const isBirthdate = (text: string): boolean => {
  const [, year, month = '1', day = '1'] = BIRTHDATE.exec(text) ?? []
  if (year === undefined) return false
  return isDay(Number(year), Number(month), Number(day))
}

/** Checks whether a month of the calendar has this day. */
export const isDay = (year: number, month: number, day: number): boolean =>
  day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
