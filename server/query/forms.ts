import { type Bound, type Claim, claimOfCodes, claimOfDates } from './claim.ts'
import { all, any, type Condition } from './condition.ts'
import type { Prefix } from './parameters.ts'
import type {
  DateCriterion,
  Filter,
  MissingFilter,
  QuantityCriterion,
  ReferenceCriterion,
  StringCriterion,
  TokenCriterion,
} from './query.ts'

/** What a filter asks of a resource: that one of its values fulfils a condition, or that none does. */
export interface Test {
  /** The resource itself, or the index that holds the values. */
  readonly on: 'resource' | IndexedKind
  readonly condition: Condition
  readonly negated?: true
}

export type IndexedKind = MissingFilter['valueKind']

type Kind = Filter['kind']
type Of<K extends Kind> = Extract<Filter, { kind: K }>

interface Form<K extends Kind> {
  readonly test: (filter: Of<K>) => Test
  /**
   * What the consent page says of such a filter on a type, as data. A filter without it, and a form that has no words at all, limits
   * no scope.
   */
  readonly claim: ((filter: Of<K>, type: string) => Claim | undefined) | 'no words'
}

/** What each form of filter means, once: the statements, the comparison of a resource and the words on the consent page are made from it. */
const FORMS: { readonly [K in Kind]: Form<K> } = {
  id: {
    test: ({ ids }) => ({ on: 'resource', condition: { column: 'id', isOneOf: ids } }),
    claim: 'no words',
  },
  updated: {
    test: ({ any: criteria }) => ({ on: 'resource', condition: any(...criteria.map(instantCondition)) }),
    claim: 'no words',
  },
  missing: {
    test: ({ valueKind, types, missing }) => ({
      on: valueKind,
      condition: types === undefined ? all() : { column: 'target_type', isOneOf: types },
      ...(missing && { negated: true }),
    }),
    claim: 'no words',
  },
  string: {
    test: ({ any: criteria }) => ({ on: 'string', condition: any(...criteria.map(textCondition)) }),
    claim: 'no words',
  },
  token: {
    test: ({ any: criteria }) => ({ on: 'token', condition: codesCondition(criteria) }),
    claim: claimOfCodes,
  },
  date: {
    test: ({ any: criteria }) => ({ on: 'date', condition: any(...criteria.map(dateCondition)) }),
    claim: (filter) => claimOfDates(filter, (prefix) => DATES[prefix].bound),
  },
  quantity: {
    test: ({ any: criteria }) => ({ on: 'quantity', condition: any(...criteria.map(quantityCondition)) }),
    claim: 'no words',
  },
  reference: {
    test: ({ any: criteria }) => ({ on: 'reference', condition: referenceCondition(criteria) }),
    claim: 'no words',
  },
}

export const testOf = <K extends Kind>(filter: Of<K>): Test => formOf(filter).test(filter)

/** Returns what the consent page says of a filter; `undefined` if it has no words, so that it limits no scope. */
export const claimOf = <K extends Kind>(filter: Of<K>, type: string): Claim | undefined => {
  const { claim } = formOf(filter)
  return claim === 'no words' ? undefined : claim(filter, type)
}

const formOf = <K extends Kind>(filter: Of<K>): Form<K> => FORMS[filter.kind as K]

/** The columns of an interval: of instants, or of dates as they were written. */
type Ends = readonly [low: 'low' | 'written_low', high: 'high' | 'written_high']
const INSTANT: Ends = ['low', 'high']
const WRITTEN: Ends = ['written_low', 'written_high']

interface Prefixed {
  readonly condition: (ends: Ends, from: number, to: number) => Condition
  /** How the page says it; a prefix without words limits no scope. */
  readonly bound: Bound | 'no words'
}

/** Compares the searched interval `[from, to)` with the resource's own (R4 search, prefixes). */
const DATES: Readonly<Record<Prefix, Prefixed>> = {
  eq: {
    // The third condition follows from the others and bounds the range in the index.
    condition: ([low, high], from, to) =>
      all({ column: low, is: '>=', to: from }, { column: high, is: '<=', to }, { column: low, is: '<', to }),
    bound: 'within',
  },
  ne: {
    condition: ([low, high], from, to) =>
      any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),
    bound: 'no words',
  },
  gt: { condition: ([, high], _, to) => ({ column: high, is: '>', to }), bound: 'after' },
  lt: { condition: ([low], from) => ({ column: low, is: '<', to: from }), bound: 'before' },
  ge: {
    condition: ([low, high], from, to) =>
      any({ column: high, is: '>', to }, { column: low, is: '>=', to: from }),
    bound: 'from',
  },
  le: {
    condition: ([low, high], from, to) =>
      any({ column: low, is: '<', to: from }, { column: high, is: '<=', to }),
    bound: 'until',
  },
  sa: { condition: ([low], _, to) => ({ column: low, is: '>=', to }), bound: 'no words' },
  eb: { condition: ([, high], from) => ({ column: high, is: '<=', to: from }), bound: 'no words' },
}

const dateCondition = ({ prefix, low, high, written }: DateCriterion): Condition =>
  DATES[prefix].condition(written ? WRITTEN : INSTANT, low, high)

const LAST_UPDATED = 'last_updated'
const since = (to: number): Condition => ({ column: LAST_UPDATED, is: '>=', to })
const before = (to: number): Condition => ({ column: LAST_UPDATED, is: '<', to })

/** Compares the searched interval with an instant, which covers its millisecond. */
const INSTANTS: Readonly<Record<Prefix, (from: number, to: number) => Condition>> = {
  eq: (from, to) => all(since(from), before(to)),
  ne: (from, to) => any(before(from), since(to)),
  gt: (_, to) => since(to),
  sa: (_, to) => since(to),
  lt: (from) => before(from),
  eb: (from) => before(from),
  ge: (from) => since(from),
  le: (_, to) => before(to),
}

export const instantCondition = ({ prefix, low, high }: DateCriterion): Condition =>
  INSTANTS[prefix](low, high)

/** Compares quantities (R4 search, quantity): `eq` and `ne` use the precision of the searched number, the others its value. */
const NUMBERS: Readonly<Record<Prefix, (number: { value: number; from: number; to: number }) => Condition>> =
  {
    eq: ({ from, to }) =>
      all(
        { column: 'low', is: '>=', to: from },
        { column: 'low', is: '<', to },
        { column: 'high', is: '<', to },
      ),
    ne: ({ from, to }) => any({ column: 'low', is: '<', to: from }, { column: 'high', is: '>=', to }),
    gt: ({ value: to }) => ({ column: 'high', is: '>', to }),
    lt: ({ value: to }) => ({ column: 'low', is: '<', to }),
    ge: ({ value: to }) => ({ column: 'high', is: '>=', to }),
    le: ({ value: to }) => ({ column: 'low', is: '<=', to }),
    sa: ({ value: to }) => ({ column: 'low', is: '>', to }),
    eb: ({ value: to }) => ({ column: 'high', is: '<', to }),
  }

/** If the system is absent, `unit` is a code or the unit as people write it. */
const quantityCondition = ({ prefix, system, unit, ...number }: QuantityCriterion): Condition =>
  all(
    NUMBERS[prefix](number),
    ...(system === undefined ? [] : [equal('system', system)]),
    ...(unit === undefined
      ? []
      : [system === undefined ? any(equal('code', unit), equal('unit', unit)) : equal('code', unit)]),
  )

/**
 * Codes of any system are one comparison with a list. Several of which some have a system are looked up by all their codes first, because
 * no database sees by itself that each alternative has one.
 */
const codesCondition = (criteria: readonly TokenCriterion[]): Condition => {
  const ofSystems = criteria.filter(({ system }) => system !== undefined)
  const codes = criteria.flatMap(({ code }) => code ?? [])
  const codesOfAny = criteria.flatMap(({ system, code }) => (system === undefined ? (code ?? []) : []))
  const alternatives = any(
    ...(codesOfAny.length > 0 ? [isOneOf(codesOfAny)] : []),
    ...ofSystems.map(codeOfSystem),
  )
  const isByCode = ofSystems.length > 0 && codes.length > 1 && codes.length === criteria.length
  return isByCode ? all(isOneOf(codes), alternatives) : alternatives
}

const isOneOf = (codes: readonly string[]): Condition => ({ column: 'code', isOneOf: codes })

const codeOfSystem = ({ system, code }: TokenCriterion): Condition =>
  all(
    ...(code === undefined ? [] : [equal('code', code)]),
    ...(system === undefined ? [] : [equal('system', system)]),
  )

const equal = (column: 'system' | 'code' | 'unit', to: string): Condition => ({ column, is: '=', to })

const textCondition = ({ match, text }: StringCriterion): Condition => {
  switch (match) {
    case 'exact':
      return { column: 'exact', is: '=', to: text }
    case 'starts':
      return { column: 'folded', starts: text }
    case 'words':
      return any({ column: 'folded', is: '=', to: text }, { column: 'folded', starts: `${text} ` })
    case 'contains':
      return { column: 'folded', contains: text }
  }
}

const referenceCondition = (criteria: readonly ReferenceCriterion[]): Condition =>
  any(
    ...Object.values(Object.groupBy(criteria, ({ types }) => types.join())).map((alike = []) =>
      all(
        { column: 'target_type', isOneOf: alike[0]?.types ?? [] },
        { column: 'target_id', isOneOf: alike.map(({ id }) => id) },
      ),
    ),
  )
