import { parseAddress } from '../../values/parse-address.ts'
import { isSameBase } from '../net/address.ts'
import { object } from './resource.ts'

const longestReference = 2000

/** Checks that a segment of an address is written as the name of a type. */
export const isTypeName = (segment: string): boolean => /^[A-Z][A-Za-z]{0,63}$/.test(segment)

/** Returns a reference to any version of the same resource. */
export const withoutVersion = (reference: string): string => reference.replace(/\/_history\/[^/]*$/, '')

/** Returns `[type]/[id]` of a reference, whichever way it writes the address of its server and its version. */
export const typeAndId = (reference: string): string =>
  withoutVersion(reference).split('/').slice(-2).join('/')

/** Splits `[base]/[type]/[id]`, with or without a version. */
export const partsOfReference = (value: unknown): string[] => {
  const { reference } = object(value)
  return typeof reference === 'string' && reference.length <= longestReference
    ? withoutVersion(reference).split('/')
    : []
}

/** Checks that split parts name something at this FHIR base. */
export const isHere = (segments: readonly string[], fhirBase: string): boolean => {
  const base = segments.slice(0, -2).join('/')
  return base === '' || (parseAddress(base) !== null && isSameBase(base, fhirBase))
}

/** Returns the id of the resource of this type that a reference names at this FHIR base; undefined for any other. */
export const idReferred = (value: unknown, type: string, fhirBase: string): string | undefined => {
  const segments = partsOfReference(value)
  return segments.at(-2) === type && isHere(segments, fhirBase) ? segments.at(-1) : undefined
}
