/** Days since 1970-01-01. */
export type Day = number

const DAY_MS = 86_400_000

export const dayOf = (date: string): Day => Date.parse(`${date}T00:00:00Z`) / DAY_MS

/** `YYYY-MM-DD` */
export const dateOf = (day: Day): string => new Date(day * DAY_MS).toISOString().slice(0, 10)

/**
 * Returns the current day in Springfield, where the organizations' people live. Records end the day before, so no reading lies
 * in the future at any hour.
 */
export const today = (now: number): string => new Date(now - 6 * 3_600_000).toISOString().slice(0, 10)

/** A FHIR `dateTime` in Springfield's own time (US Central), `minute` counted from midnight. */
export const dateTimeOf = (day: Day, minute: number): string => {
  const whole = Math.round(minute)
  const clock = `${two(Math.floor(whole / 60))}:${two(whole % 60)}:00`
  return `${dateOf(day)}T${clock}-0${isSummerTime(day) ? 5 : 6}:00`
}

/** Returns the Friday before a weekend, because a clinic is closed then. */
export const workingDay = (day: Day): Day => day - Math.max(0, weekday(day) - 4)

/** 0 is Monday; 1970-01-01 was a Thursday. */
const weekday = (day: Day): number => (((day + 3) % 7) + 7) % 7

/** From the second Sunday of March to the first of November. */
const isSummerTime = (day: Day): boolean => {
  const year = new Date(day * DAY_MS).getUTCFullYear()
  return day >= firstSunday(`${year}-03-08`) && day < firstSunday(`${year}-11-01`)
}

const firstSunday = (date: string): Day => dayOf(date) + 6 - weekday(dayOf(date))

const two = (n: number): string => String(n).padStart(2, '0')
