import { BOOLEAN } from '../../query/indexed-values.ts'
import { SEARCH_PARAMETERS, type SearchParameter } from '../../query/parameters.ts'
import { split } from '../../query/parse-criteria.ts'
import type { DateCriterion, Filter, Sort, UsedParameter } from '../../query/query.ts'
import { ID } from '../../query/reference.ts'

type Condition = readonly [name: string, value: string]

/**
 * The most values of one condition, as many as a search may have (`query/parse-query`). A condition with more is not sent to
 * upstream.
 */
const MOST_VALUES = 100

/**
 * Writes filters as conditions that upstream offers. Each is at least as wide as its filter, and every row is checked against the
 * filter here again. A filter that cannot be written in this way is left out. `undefined` if no resource can match.
 *
 * @param parameters the parameters that the filters were parsed from. They hold the texts as sent, which a filter holds folded.
 */
export const conditionsOf = (
  type: string,
  filters: readonly Filter[],
  offeredNames: ReadonlySet<string>,
  parameters: readonly UsedParameter[] = [],
): Condition[] | undefined => {
  const conditions: Condition[] = []
  for (const filter of filters) {
    const written = conditionsOfFilter(type, filter, parameters)
    if (!written) return undefined
    const name = nameOf(type, filter, offeredNames)
    for (const values of name === undefined ? [] : written)
      if (values.length <= MOST_VALUES) conditions.push([name ?? '', values.join(',')])
  }
  return conditions
}

/** Returns the offered parameter that finds the filter's values: its own, or one that shares them, as `patient` does `subject`'s. */
const nameOf = (type: string, filter: Filter, offeredNames: ReadonlySet<string>): string | undefined => {
  if (filter.kind === 'id') return offeredNames.has('_id') ? '_id' : undefined
  if (offeredNames.has(filter.param)) return filter.param
  if (filter.kind !== 'reference') return undefined
  return Object.entries(SEARCH_PARAMETERS[type] ?? {}).find(
    ([name, parameter]) =>
      offeredNames.has(name) &&
      parameter.kind === 'reference' &&
      parameter.index === filter.param &&
      parameter.targets !== '*' &&
      filter.any.every(({ types }) => types.every((each) => parameter.targets.includes(each))),
  )?.[0]
}

/** Returns the values of each condition. None if the filter is not sent to upstream; `undefined` if nothing can match. */
const conditionsOfFilter = (
  type: string,
  filter: Filter,
  parameters: readonly UsedParameter[],
): string[][] | undefined => {
  switch (filter.kind) {
    case 'id': {
      const ids = filter.ids.filter((id) => ID.test(id))
      return ids.length === 0 ? undefined : [ids]
    }
    case 'reference': {
      const targets = filter.any.flatMap(({ types, id }) => types.map((each) => `${each}/${id}`))
      return targets.length === 0 ? undefined : [targets]
    }
    case 'updated':
    case 'date':
      return boundsOf(filter.any)
    case 'token': {
      const codes = filter.any.map((token) => tokenText(token, SEARCH_PARAMETERS[type]?.[filter.param]))
      return codes.every((code) => code !== undefined) ? [codes] : []
    }
    case 'string': {
      // With these characters, upstream would run a search that is not by the beginning of a text.
      if (filter.any.some(({ match }) => match === 'contains')) return []
      const raw = parameters.find((parameter) => parameter.filter === filter)?.value
      const texts = raw === undefined ? filter.any.map(({ text }) => escapeText(text)) : split(raw, ',')
      return filter.param === 'name' ? nameConditions(texts) : [texts.map((text) => text.trim())]
    }
    case 'quantity':
    case 'missing':
      return []
  }
}

const escapeText = (text: string): string => text.replace(/[\\,|$]/g, '\\$&')

/** Leaves out the system of a plain code, because servers differ in whether they know it. */
const tokenText = (
  { system, code }: { system?: string; code?: string },
  parameter: SearchParameter | undefined,
): string | undefined => {
  const isPlain = system === BOOLEAN || (parameter?.kind === 'token' && parameter.system !== undefined)
  if (code === undefined) return isPlain || !system ? undefined : `${escapeText(system)}|`
  return isPlain || !system ? escapeText(code) : `${escapeText(system)}|${escapeText(code)}`
}

/**
 * Upstream finds a person's name by each of its parts; only this server finds it by the full name. If a text of several words
 * begins a full name, then either one of its later words begins a part, or the whole text begins one part.
 */
const nameConditions = (texts: readonly string[]): string[][] => {
  const words = texts.map((text) => text.trim().split(/\s+/))
  const first = words.flatMap(([word = '']) => word)
  const [only = []] = words
  if (words.length > 1 || only.length < 2) return [first]
  return [first, [...only.slice(1), only.join(' ')]]
}

/**
 * A row's day as written may begin 15 hours before that day in UTC, or end as much after it, and upstream may read days in its own zone,
 * at most 14 hours from UTC. So the condition covers whole days and more on both sides.
 */
export const MARGIN = 29 * 3_600_000
const FIRST_TIME = Date.UTC(1000, 0, 1)
const LAST_TIME = Date.UTC(9998, 0, 1)

/** Returns the range that covers all criteria: its first and its last day. */
const boundsOf = (any: readonly DateCriterion[]): string[][] => {
  const lows = any.map(({ prefix, low }) => (['eq', 'gt', 'ge', 'sa'].includes(prefix) ? low : -Infinity))
  const highs = any.map(({ prefix, high }) => (['eq', 'lt', 'le', 'eb'].includes(prefix) ? high : Infinity))
  const [low, high] = [Math.min(...lows) - MARGIN, Math.max(...highs) + MARGIN]
  const boundCondition = (prefix: string, time: number) =>
    time > FIRST_TIME && time < LAST_TIME ? [[prefix + new Date(time).toISOString().slice(0, 10)]] : []
  return [...boundCondition('ge', low), ...boundCondition('le', high)]
}

const SORTS: Record<Sort['by'], readonly string[]> = {
  date: ['date'],
  birthdate: ['birthdate'],
  // Some servers sort by one parameter only; this server then puts each page in order.
  name: ['family'],
  _lastUpdated: ['_lastUpdated'],
  _id: ['_id'],
}

/** Returns the value of `_sort`; `undefined` if upstream cannot sort in this way. */
export const sortText = ({ by, descending }: Sort, offeredNames: ReadonlySet<string>): string | undefined => {
  const names = SORTS[by].filter((name) => offeredNames.has(name))
  return names.length === 0 ? undefined : names.map((name) => (descending ? `-${name}` : name)).join(',')
}
