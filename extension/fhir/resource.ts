import { readableText } from '../messages/readable.ts'

/** A resource from the network: only its type is certain, and every other member is checked before it is used. */
export type Resource = Json & { resourceType: string }
export type Bundle = Resource
export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** No honest list within a resource is longer. Without this limit an organization would decide how much work a list makes. */
const longestList = 100

/** Returns the objects among the first 100 items of a list and leaves out the other items; empty if it is not a list. */
export const objects = (value: unknown, most = longestList): Json[] =>
  Array.isArray(value) ? value.slice(0, most).filter(isObject) : []

/**
 * Returns all entries of a Bundle; there is no limit here because they are counted before they are parsed
 * (`net/parse-in-pieces`).
 */
export const entriesOf = ({ entry }: Json): Json[] => objects(entry, Number.POSITIVE_INFINITY)

export const object = (value: unknown): Json => (isObject(value) ? value : {})

/**
 * Returns a trimmed text of 500 characters at most; undefined if nothing is left. For ids, codes and comparisons, not for
 * display.
 */
export const text = (value: unknown): string | undefined => {
  const trimmed = typeof value === 'string' ? value.trim() : ''
  return trimmed === '' ? undefined : trimmed.slice(0, 500)
}

/** Returns a text cleaned for display; undefined if nothing is left. */
export const words = (value: unknown): string | undefined => text(readableText(text(value) ?? ''))

export const wordsIn = (value: unknown): string[] =>
  Array.isArray(value) ? value.slice(0, longestList).flatMap((entry) => words(entry) ?? []) : []

/** Returns the resources of one type in a searchset, without OperationOutcomes and included resources. */
export const resourcesOf = (bundle: Bundle, type: string): Json[] =>
  entriesOf(bundle)
    .filter(({ search }) => object(search).mode !== 'include')
    .map(({ resource }) => object(resource))
    .filter(({ resourceType }) => resourceType === type)

/** The longest sentence of an organization that a page quotes, in characters. */
const longestRemark = 300

/** Returns what a server says about its own answer, such as that it is older than it should be; undefined if nothing. */
export const remarkOf = (bundle: Bundle): string | undefined => {
  const issues = entriesOf(bundle)
    .filter(({ search }) => object(search).mode === 'outcome')
    .flatMap(({ resource }) => objects(object(resource).issue))
  const remark = issues.find(({ severity, diagnostics }) => severity === 'warning' && words(diagnostics))
  return words(remark?.diagnostics)?.slice(0, longestRemark)
}

export const totalOf = ({ total }: Bundle): number | undefined =>
  typeof total === 'number' && Number.isSafeInteger(total) && total >= 0 ? total : undefined
