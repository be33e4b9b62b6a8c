import { badRequest, notSupported, shorten } from '../fhir-error.ts'
import { type Include, includesOf, revincludesOf } from './includes.ts'
import { isSortableByDate } from './parameters.ts'
import type { Query, Sort } from './query.ts'

export const DEFAULT_COUNT = 20
export const LARGEST_COUNT = 200
const MOST_ELEMENTS = 50

interface Controls extends Pick<Query, 'sort' | 'total' | 'elements'> {
  readonly count?: number
  /** Return only the total. */
  readonly countOnly?: true
}

/** Parsers of the parameters that arrange an answer, each given at most once (R4 search, 3.1.1.5). They throw FhirError 400. */
export const CONTROLS: Readonly<Record<string, (value: string, type: string) => Controls>> = {
  _count: (value) => ({ count: parseCount(value) }),
  _sort: (value, type) => ({ sort: parseSort(value, type) }),
  _total: (value) => {
    if (value === 'none') return { total: 'none' }
    // An estimate may be exact.
    if (value === 'accurate' || value === 'estimate') return { total: 'accurate' }
    throw notSupported('_total takes none, estimate or accurate.')
  },
  _summary: (value) => {
    if (value === 'count') return { countOnly: true }
    if (value === 'false') return {}
    throw notSupported('_summary takes count or false.')
  },
  _elements: (value) => ({ elements: parseElements(value) }),
}

/** @throws FhirError 400 when the value is not a whole number. */
export const parseCount = (value: string): number => {
  if (!/^\d{1,9}$/.test(value)) throw badRequest('_count must be a whole number, 0 or greater.')
  return Math.min(Number(value), LARGEST_COUNT)
}

const parseSort = (value: string, type: string): Sort => {
  const keys = sortKeys(type)
  const descending = value.startsWith('-')
  const by = keys.find((key) => key === (descending ? value.slice(1) : value))
  if (by) return { by, descending }
  throw notSupported(
    `For ${type}, _sort takes one of ${keys.join(', ')}; put "-" before it for descending order.`,
  )
}

/** Returns the keys that a type can be sorted by. The log has only the order of writing. */
const sortKeys = (type: string): readonly Sort['by'][] => [
  ...(isSortableByDate(type) ? (['date'] as const) : []),
  ...(type === 'Patient' ? (['name', 'birthdate'] as const) : []),
  '_lastUpdated',
  ...(type === 'AuditEvent' ? [] : (['_id'] as const)),
]

const parseElements = (value: string): string[] => {
  const names = value.split(',')
  if (names.length > MOST_ELEMENTS) throw badRequest(`_elements takes ${MOST_ELEMENTS} names at most.`)
  if (names.some((name) => !/^[a-z][A-Za-z0-9]{0,63}$/.test(name)))
    throw badRequest('_elements takes names of top-level elements, such as status,code.')
  return names
}

export const INCLUDES = { _include: includesOf, _revinclude: revincludesOf }
export const isInclude = (name: string): name is keyof typeof INCLUDES => Object.hasOwn(INCLUDES, name)

/** Parses `Type:parameter` or `Type:parameter:target`. @throws FhirError 400 for any other value. */
export const parseInclude = (name: keyof typeof INCLUDES, value: string, type: string): Include => {
  const [source = '', param = '', target, ...more] = value.split(':')
  const includes = INCLUDES[name](type)
  const include = includes.get(`${source}:${param}`)
  const refuse = (taken: readonly string[]) =>
    notSupported(
      `For ${type}, ${name} does not take ${shorten(value)}. It takes ${taken.join(', ') || 'nothing'}.`,
    )
  if (!include || more.length > 0) throw refuse([...includes.keys()])
  if (target === undefined) return include
  if (!include.targets.includes(target))
    throw refuse(include.targets.map((each) => `${source}:${param}:${each}`))
  return { ...include, targets: [target] }
}
