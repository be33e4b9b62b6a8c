import type { Include } from './includes.ts'
import type { Prefix } from './parameters.ts'
import type { SearchedNumber } from './quantity.ts'

/** A parsed search. A resource must match every filter, each by one of its alternatives. */
export interface Query {
  readonly type: string
  readonly filters: readonly Filter[]
  /** Absent: the store's own order. */
  readonly sort?: Sort
  /** Absent: the total is given only if counting it is cheap. */
  readonly total?: 'none' | 'accurate'
  /** The elements to keep of each match; absent: all. */
  readonly elements?: readonly string[]
  readonly includes?: readonly Include[]
  /** Resources on a page; 0 if only the total is requested. */
  readonly count: number
  /** The names of parameters that had no value and so do not limit the search. */
  readonly withoutValue?: readonly string[]
  /** The used parameters as a query string, for the self link. */
  readonly text: string
  /** The same as a list. */
  readonly usedParameters: readonly UsedParameter[]
}

export interface UsedParameter {
  /** With its modifier, `name:exact`. */
  readonly name: string
  readonly value: string
  /** Absent if the parameter only arranges the answer. */
  readonly filter?: Filter
}

export interface Sort {
  readonly by: 'date' | 'name' | 'birthdate' | '_lastUpdated' | '_id'
  readonly descending: boolean
}

export type Filter =
  | { readonly kind: 'id'; readonly ids: readonly string[] }
  | { readonly kind: 'updated'; readonly param: '_lastUpdated'; readonly any: readonly DateCriterion[] }
  | MissingFilter
  | { readonly kind: 'string'; readonly param: string; readonly any: readonly StringCriterion[] }
  | {
      readonly kind: 'token'
      readonly param: string
      readonly selective: boolean
      readonly any: readonly TokenCriterion[]
    }
  | { readonly kind: 'date'; readonly param: string; readonly any: readonly DateCriterion[] }
  | { readonly kind: 'quantity'; readonly param: string; readonly any: readonly QuantityCriterion[] }
  | { readonly kind: 'reference'; readonly param: string; readonly any: readonly ReferenceCriterion[] }

/** A filter that may limit a scope: no other form has words on the consent page (`forms.ts`). */
export type Limit = Extract<Filter, { kind: 'token' | 'date' }>

/** `:missing`: whether the resource has an indexed value of the parameter. */
export interface MissingFilter {
  readonly kind: 'missing'
  readonly valueKind: 'string' | 'token' | 'date' | 'quantity' | 'reference'
  readonly param: string
  /** For a reference: only values of these types count. */
  readonly types?: readonly string[]
  readonly missing: boolean
}

export interface StringCriterion {
  readonly match: 'starts' | 'words' | 'exact' | 'contains'
  readonly text: string
}
/** An absent member matches any value; the system `''` matches only a value without a system. */
export interface TokenCriterion {
  readonly system?: string
  readonly code?: string
}
export interface DateCriterion {
  readonly prefix: Prefix
  readonly low: number
  readonly high: number
  /** The text named no time zone: dates are compared as they were written. `_lastUpdated` and the log are compared in UTC anyway. */
  readonly written?: true
}
/** An absent member matches any value. `unit` is a code, or the unit as people write it. */
export interface QuantityCriterion extends SearchedNumber {
  readonly prefix: Prefix
  readonly system?: string
  readonly unit?: string
}
export interface ReferenceCriterion {
  readonly types: readonly string[]
  readonly id: string
}
