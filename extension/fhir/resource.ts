import { readableText } from '../messages/readable.ts'

/** What came over the wire: of a resource only its type is certain, everything else is looked at before it is used. */
export type Resource = Json & { resourceType: string }
export type Bundle = Resource
export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** No honest list within a resource is longer; what is made of each of its members would be an organization's to decide. */
const longestList = 100

/** The objects among the first 100 of a list; whatever else is in it, or if it is none, is left out. */
export const objects = (value: unknown, most = longestList): Json[] =>
  Array.isArray(value) ? value.slice(0, most).filter(isObject) : []

/** All of a Bundle's entries: they are counted before they are parsed (`net/parse-in-pieces`). */
export const entriesOf = ({ entry }: Json): Json[] => objects(entry, Number.POSITIVE_INFINITY)

export const object = (value: unknown): Json => (isObject(value) ? value : {})

/** A text as it is: trimmed, and undefined when nothing is left. For ids, codes and whatever is compared; not to be shown. */
export const text = (value: unknown): string | undefined => {
  const trimmed = typeof value === 'string' ? value.trim() : ''
  return trimmed === '' ? undefined : trimmed.slice(0, 500)
}

/** Words worth showing: the same, as they can be read. */
export const words = (value: unknown): string | undefined => text(readableText(text(value) ?? ''))

export const wordsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.slice(0, longestList).flatMap((entry) => words(entry) ?? []) : []

/** The resources of a searchset of one type; OperationOutcomes and included ones are left out. */
export const resourcesOf = (bundle: Bundle, type: string): Json[] =>
  entriesOf(bundle)
    .filter(({ search }) => object(search).mode !== 'include')
    .map(({ resource }) => object(resource))
    .filter(({ resourceType }) => resourceType === type)

export const totalOf = ({ total }: Bundle): number | undefined =>
  typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined
