import { requestHostAccess } from './host-access.ts'

const loopback = /^(localhost|127\.0\.0\.1)(:\d+)?(\/|$)/i
/** `records.clinic.example/fhir`: a name with a dot and no space. */
const withoutScheme = /^[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*\.\p{L}{2,}(:\d+)?(\/\S*)?$/u

/** Returns the web address that a person typed, with or without `https://`; undefined for a name or a place. */
export const typedAddress = (text: string): string | undefined => {
  const input = text.trim()
  const address = /^https?:\/\/\S+$/i.test(input)
    ? input
    : loopback.test(input)
      ? `http://${input}`
      : withoutScheme.test(input)
        ? `https://${input}`
        : undefined
  return address && URL.parse(address)?.href
}

/** Requests access to an organization in the click itself; this machine needs none. */
export const requestAccess = (...addresses: string[]): Promise<boolean> => {
  const others = addresses.filter((address) => !loopback.test(URL.parse(address)?.host ?? ''))
  return others.length > 0 ? requestHostAccess(others) : Promise.resolve(true)
}
