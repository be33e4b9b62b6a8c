/** FHIR R4, date, dateTime and instant: a year, a month, a day, or a time on a day. */
const GRAMMAR =
  /^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d\d)(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?$/

/**
 * Checks that a text is a FHIR date. `Date.parse` alone would read `03.02.1970` as the 2nd of March and `1970-02-31` as the 3rd of
 * March: a wrong date, above all of birth, is worse than none.
 */
export const isDate = (text: string): boolean => {
  const [, year, month = '1', day = '01'] = GRAMMAR.exec(text) ?? []
  if (year === undefined) return false
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) >= 1 && Number(day) <= lastDay && !Number.isNaN(Date.parse(text))
}
