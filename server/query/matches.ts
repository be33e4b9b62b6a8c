import type { IndexedText, IndexedValues } from './indexed-values.ts'
import type { DateCriterion, Filter, MissingFilter, QuantityCriterion, StringCriterion } from './query.ts'

/** The parts of a resource that filters compare. */
interface Matchable {
  readonly id: string
  /** Milliseconds since 1970; NaN if unknown, which no filter matches. */
  readonly lastUpdated: number
  /** Its values of one parameter. */
  readonly valuesOf: (param: string) => IndexedValues
}

/** Decides whether a resource matches a filter, exactly as the statements of the embedded store do (`fhir/search/predicates.ts`). */
export const matches = (filter: Filter, resource: Matchable): boolean => {
  switch (filter.kind) {
    case 'id':
      return filter.ids.includes(resource.id)
    case 'updated':
      return filter.any.some((criterion) => instantMatches(criterion, resource.lastUpdated))
  }
  const values = resource.valuesOf(filter.param)
  switch (filter.kind) {
    case 'missing':
      return hasValue(filter, values) !== filter.missing
    case 'string':
      return anyMatches(values.strings, filter, (text, criterion) => stringMatches(criterion, text))
    case 'token':
      return anyMatches(
        values.tokens,
        filter,
        (token, { system, code }) =>
          (code === undefined || code === token.code) && (system === undefined || system === token.system),
      )
    case 'date':
      return anyMatches(values.dates, filter, ({ interval }, criterion) => dateMatches(criterion, interval))
    case 'quantity':
      return anyMatches(values.quantities, filter, ({ amount }, criterion) =>
        quantityMatches(criterion, amount),
      )
    case 'reference':
      return anyMatches(
        values.references,
        filter,
        ({ target }, { types, id }) => id === target.id && types.includes(target.type),
      )
  }
}

const anyMatches = <V, C>(
  values: readonly V[],
  { any }: { readonly any: readonly C[] },
  test: (value: V, criterion: C) => boolean,
): boolean => values.some((value) => any.some((each) => test(value, each)))

const hasValue = ({ valueKind, types }: MissingFilter, values: IndexedValues): boolean => {
  switch (valueKind) {
    case 'reference':
      return values.references.some(({ target }) => types === undefined || types.includes(target.type))
    case 'string':
      return values.strings.length > 0
    case 'token':
      return values.tokens.length > 0
    case 'date':
      return values.dates.length > 0
    case 'quantity':
      return values.quantities.length > 0
  }
}

const stringMatches = (
  { match, text: searchText }: StringCriterion,
  { text, starts }: IndexedText,
): boolean => {
  switch (match) {
    case 'exact':
      return text === searchText
    case 'starts':
      return starts.some((start) => start.startsWith(searchText))
    case 'contains':
      return starts.some((start) => start.includes(searchText))
  }
}

/** Compares the searched interval `[from, to)` with the resource's own (R4 search, prefixes). */
const dateMatches = (
  { prefix, low: from, high: to }: DateCriterion,
  { low, high }: { low: number; high: number },
): boolean => {
  switch (prefix) {
    case 'eq':
      return low >= from && high <= to && low < to
    case 'ne':
      return low < from || high > to
    case 'gt':
      return high > to
    case 'lt':
      return low < from
    case 'ge':
      return high > to || low >= from
    case 'le':
      return low < from || high <= to
    case 'sa':
      return low >= to
    case 'eb':
      return high <= from
  }
}

const instantMatches = ({ prefix, low: from, high: to }: DateCriterion, instant: number): boolean => {
  switch (prefix) {
    case 'eq':
      return instant >= from && instant < to
    case 'ne':
      return instant < from || instant >= to
    case 'gt':
    case 'sa':
      return instant >= to
    case 'lt':
    case 'eb':
      return instant < from
    case 'ge':
      return instant >= from
    case 'le':
      return instant < to
  }
}

/** If the system is absent, `unit` is a code or the unit as people write it. */
const quantityMatches = (
  { system, unit, ...number }: QuantityCriterion,
  amount: IndexedValues['quantities'][number]['amount'],
): boolean =>
  numberMatches(number, amount) &&
  (system === undefined || system === amount.system) &&
  (unit === undefined || unit === amount.code || (system === undefined && unit === amount.unit))

const numberMatches = (
  { prefix, value, from, to }: QuantityCriterion,
  { low, high }: { low: number; high: number },
): boolean => {
  switch (prefix) {
    case 'eq':
      return low >= from && low < to && high < to
    case 'ne':
      return low < from || high >= to
    case 'gt':
      return high > value
    case 'lt':
      return low < value
    case 'ge':
      return high >= value
    case 'le':
      return low <= value
    case 'sa':
      return low > value
    case 'eb':
      return high < value
  }
}
