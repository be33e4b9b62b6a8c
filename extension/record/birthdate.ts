/** A year, a month or a day, with a FHIR prefix where wanted: `1980`, `ge1980-01`, `1980-01-15`. */
const BIRTHDATE = /^(?:eq|ne|gt|ge|lt|le|sa|eb|ap)?(\d{4})(?:-(0[1-9]|1[0-2])(?:-(\d{2}))?)?$/

/** Whether a search understands it: the 31st of February is no day. */
export const isBirthdate = (text: string): boolean => {
  const [, year, month = '1', day = '1'] = BIRTHDATE.exec(text) ?? []
  if (year === undefined) return false
  const lastDay = new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()
  return Number(day) >= 1 && Number(day) <= lastDay
}
