import { type Interval, intervalOf, span } from './date-interval.ts'
import { isObject, type Json, stringsAt, valuesAt } from './json-path.ts'
import { SEARCH_PARAMETERS } from './parameters.ts'
import { localReference, type Reference } from './reference.ts'

/** What search finds one resource by, each value under its parameter's name. */
export interface IndexedValues {
  readonly strings: { param: string; text: string }[]
  readonly tokens: { param: string; system: string; code: string }[]
  readonly dates: { param: string; interval: Interval }[]
  readonly references: { param: string; target: Reference }[]
}

export const indexedValues = (type: string, resource: Json): IndexedValues => {
  const values: IndexedValues = { strings: [], tokens: [], dates: [], references: [] }
  for (const [param, parameter] of Object.entries(SEARCH_PARAMETERS[type] ?? {})) {
    const found = (parameter.paths ?? []).flatMap((path) => valuesAt(resource, path))
    switch (parameter.kind) {
      case 'string':
        values.strings.push(...found.flatMap(textsOf).map((text) => ({ param, text })))
        break
      case 'token':
        values.tokens.push(
          ...found
            .flatMap((value) => tokensOf(value, parameter.system))
            .map((token) => ({ param, ...token })),
        )
        break
      case 'date': {
        const interval = span(found.flatMap((value) => intervalOf(value) ?? []))
        if (interval) values.dates.push({ param, interval })
        break
      }
      case 'reference':
        values.references.push(...found.flatMap(referencesOf).map((target) => ({ param, target })))
    }
  }
  return values
}

/** A string is itself; a HumanName is each of its parts, and the full name as people write it. */
const textsOf = (value: unknown): string[] => {
  if (typeof value === 'string') return value.trim() === '' ? [] : [value.trim()]
  if (!isObject(value)) return []
  const part = (name: string) => stringsAt(value, name).map((text) => text.trim())
  const full = [...part('given'), ...part('family')].join(' ')
  const parts = [...part('text'), ...part('given'), ...part('family'), ...part('prefix'), ...part('suffix')]
  return [...new Set([full, ...parts])].filter((text) => text !== '')
}

/** A code, a Coding, a CodeableConcept, an Identifier or a ContactPoint. */
const tokensOf = (value: unknown, system = ''): { system: string; code: string }[] => {
  if (typeof value === 'string') return [{ system, code: value }]
  if (!isObject(value)) return []
  if (Array.isArray(value.coding)) return value.coding.flatMap((coding) => tokensOf(coding))
  const code = value.code ?? value.value
  if (typeof code !== 'string') return []
  return [{ system: typeof value.system === 'string' ? value.system : '', code }]
}

const referencesOf = (value: unknown): Reference[] =>
  isObject(value) && typeof value.reference === 'string' ? [localReference(value.reference) ?? []].flat() : []
