const formats = new Map<string, Intl.DateTimeFormat>()

const formatIn = (zone: string): Intl.DateTimeFormat => {
  const cached = formats.get(zone)
  if (cached) return cached
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  })
  formats.set(zone, format)
  return format
}

/**
 * Returns a FHIR dateTime with the offset of its time zone at that moment; in UTC if the zone is unknown.
 *
 * @param seconds since 1970.
 */
export const dateTime = (seconds: number, zone: string | undefined): string => {
  const utc = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
  if (zone === undefined) return utc
  try {
    const local = formatIn(zone)
      .format(seconds * 1000)
      .replace(' ', 'T')
    const minutes = Math.round((Date.parse(`${local}Z`) / 1000 - seconds) / 60)
    if (!Number.isFinite(minutes)) return utc
    const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
    const pad = (number: number) => String(number).padStart(2, '0')
    return `${local}${minutes < 0 ? '-' : '+'}${pad(hours)}:${pad(rest)}`
  } catch {
    return utc
  }
}
