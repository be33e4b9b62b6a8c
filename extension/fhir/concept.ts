import { object, objects, text, words } from './resource.ts'

/** Returns a CodeableConcept in words: its text, else a display, else a code. */
export const conceptName = (concept: unknown): string | undefined => {
  const { text: conceptText, coding } = object(concept)
  return words(conceptText) ?? firstWords(coding, 'display') ?? firstWords(coding, 'code')
}

export const conceptNames = (concepts: unknown): string[] =>
  objects(concepts).flatMap((each) => conceptName(each) ?? [])

/** Returns the first code of any system, cleaned for display; a concept of FHIR's own value sets has one. */
export const conceptCode = (concept: unknown): string | undefined =>
  firstWords(object(concept).coding, 'code')

const firstWords = (coding: unknown, member: 'display' | 'code'): string | undefined => {
  for (const each of objects(coding)) {
    const firstText = words(each[member])
    if (firstText !== undefined) return firstText
  }
  return undefined
}

/** A concept has a few codes; a hostile record could fill the popup with more. */
const mostCodes = 10

/**
 * Returns the first 10 codes as `system|code`. A code without a system is left out, because organizations cannot be compared by
 * it.
 */
export const conceptCodes = (concept: unknown): string[] =>
  objects(object(concept).coding, mostCodes).flatMap(({ system, code }) =>
    text(system) && text(code) ? [`${text(system)}|${text(code)}`] : [],
  )

/** Returns the name that a reference gives its target. */
export const referenceName = (reference: unknown): string | undefined => {
  const { display, identifier } = object(reference)
  return words(display) ?? words(object(identifier).value)
}
