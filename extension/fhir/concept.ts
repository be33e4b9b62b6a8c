import { type Json, object, objects, text, words } from './resource.ts'

/** Of a kind, in one resource: more tell nothing more, and each is kept. */
const most = 50

/** What a CodeableConcept is in words: its text, else a display, else a code. */
export const conceptName = (concept: unknown): string | undefined => {
  const { text: said, coding } = object(concept)
  const codings = objects(coding)
  const first = (member: 'display' | 'code') =>
    codings.map((each) => words(each[member])).find((found) => found !== undefined)
  return words(said) ?? first('display') ?? first('code')
}

export const conceptNames = (concepts: unknown): string[] =>
  objects(concepts).flatMap((each) => conceptName(each) ?? [])

/** The first code, whoever's it is; FHIR's own value sets have one. */
export const conceptCode = (concept: unknown): string | undefined =>
  objects(object(concept).coding)
    .map(({ code }) => text(code))
    .find((code) => code !== undefined)

/** `system|code`. Without a system, a code says nothing about another place's code. */
export const conceptCodes = (concept: unknown): string[] =>
  objects(object(concept).coding)
    .slice(0, most)
    .flatMap(({ system, code }) => (text(system) && text(code) ? [`${text(system)}|${text(code)}`] : []))

/** `system|value`. Without a system, a number says nothing about another place's number. */
export const identifiersOf = ({ identifier }: Json): string[] =>
  objects(identifier)
    .slice(0, most)
    .flatMap(({ system, value }) => (text(system) && text(value) ? [`${text(system)}|${text(value)}`] : []))

/** What a reference calls what it points to. */
export const referenceName = (reference: unknown): string | undefined => {
  const { display, identifier } = object(reference)
  return words(display) ?? words(object(identifier).value)
}
