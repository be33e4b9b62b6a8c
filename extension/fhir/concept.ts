import { object, objects, prose, text, textsOf, words } from './resource.ts'

/** Returns a CodeableConcept in words: its text, else a display, else a code. */
export const conceptName = (concept: unknown): string | undefined => {
  const { text: conceptText, coding } = object(concept)
  return prose(conceptText) ?? firstWords(coding, 'display') ?? firstWords(coding, 'code')
}

export const conceptNames = (concepts: unknown): string[] =>
  textsOf(concepts, conceptName).flatMap((name) => name ?? [])

/** The code systems of FHIR's own value sets, in R4 and before. */
const hl7 = /^https?:\/\/(terminology\.)?hl7\.org\//

/**
 * Returns the code of HL7's own system wherever it stands, because codings have no order; otherwise one without a system, otherwise
 * the first. Cleaned for display.
 */
export const conceptCode = (concept: unknown): string | undefined => {
  const codings = objects(object(concept).coding)
  const own = codings.filter(({ system }) => hl7.test(text(system) ?? ''))
  const withoutSystem = codings.filter(({ system }) => system === undefined)
  return firstWords([...own, ...withoutSystem, ...codings], 'code', Number.POSITIVE_INFINITY)
}

/** Checks for a code of any system. */
export const holdsCode = (concept: unknown, code: string): boolean =>
  objects(object(concept).coding).some((coding) => words(coding.code) === code)

const firstWords = (coding: unknown, member: 'display' | 'code', most?: number): string | undefined => {
  for (const each of objects(coding, most)) {
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
