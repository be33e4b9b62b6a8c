import { object, objects, text, words } from './resource.ts'

/** What a CodeableConcept is in words: its text, else a display, else a code. */
export const conceptName = (concept: unknown): string | undefined => {
  const { text: said, coding } = object(concept)
  return words(said) ?? firstWords(coding, 'display') ?? firstWords(coding, 'code')
}

export const conceptNames = (concepts: unknown): string[] =>
  objects(concepts).flatMap((each) => conceptName(each) ?? [])

/** The first code, whoever's it is, as it can be read; FHIR's own value sets have one. */
export const conceptCode = (concept: unknown): string | undefined =>
  firstWords(object(concept).coding, 'code')

const firstWords = (coding: unknown, member: 'display' | 'code'): string | undefined => {
  for (const each of objects(coding)) {
    const found = words(each[member])
    if (found !== undefined) return found
  }
  return undefined
}

/** A thing bears a few codes; more would be another way to fill the popup. */
const mostCodes = 10

/** `system|code`, of the first 10. Without a system, a code says nothing about another place's code. */
export const conceptCodes = (concept: unknown): string[] =>
  objects(object(concept).coding, mostCodes).flatMap(({ system, code }) =>
    text(system) && text(code) ? [`${text(system)}|${text(code)}`] : [],
  )

/** What a reference calls what it points to. */
export const referenceName = (reference: unknown): string | undefined => {
  const { display, identifier } = object(reference)
  return words(display) ?? words(object(identifier).value)
}
