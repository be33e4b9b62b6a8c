import { isSameBase } from '../net/address.ts'
import { object } from './resource.ts'

const longestReference = 2000

/** Splits `[base]/[type]/[id]`, with or without a version. */
export const partsOfReference = (value: unknown): string[] => {
  const { reference } = object(value)
  const segments =
    typeof reference === 'string' && reference.length <= longestReference ? reference.split('/') : []
  return segments.at(-2) === '_history' ? segments.slice(0, -2) : segments
}

/** Checks that split parts name something at this FHIR base. */
export const isHere = (segments: readonly string[], fhirBase: string): boolean => {
  const base = segments.slice(0, -2).join('/')
  return base === '' || (URL.canParse(base) && isSameBase(base, fhirBase))
}

/** Returns the id of the resource of this type that a reference names at this FHIR base; undefined for any other. */
export const idReferred = (value: unknown, type: string, fhirBase: string): string | undefined => {
  const segments = partsOfReference(value)
  return segments.at(-2) === type && isHere(segments, fhirBase) ? segments.at(-1) : undefined
}
