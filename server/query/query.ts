import type { Include } from './includes.ts'
import type { Prefix } from './parameters.ts'
import type { Searched } from './quantity.ts'

/** A parsed search: every filter must hold, each by one of its alternatives. */
export interface Query {
  readonly type: string
  readonly filters: readonly Filter[]
  /** Absent: the order of the store. */
  readonly sort?: Sort
  /** Absent: counted as far as that is cheap. */
  readonly total?: 'none' | 'accurate'
  /** The elements to keep of each match; absent: all. */
  readonly elements?: readonly string[]
  readonly includes?: readonly Include[]
  /** Resources on a page; 0 asks for the total alone. */
  readonly count: number
  /** The used parameters as a query string, for the self link. */
  readonly text: string
  /** The same, parameter by parameter. */
  readonly used: readonly UsedParameter[]
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

/** `:missing`: whether the resource has an indexed value of the parameter. */
export interface MissingFilter {
  readonly kind: 'missing'
  readonly of: 'string' | 'token' | 'date' | 'quantity' | 'reference'
  readonly param: string
  /** For a reference: only values of these types count. */
  readonly types?: readonly string[]
  readonly missing: boolean
}

export interface StringCriterion {
  readonly match: 'starts' | 'exact' | 'contains'
  readonly text: string
}
/** `undefined` matches any; a system of `''` is the absence of one. */
export interface TokenCriterion {
  readonly system?: string
  readonly code?: string
}
export interface DateCriterion {
  readonly prefix: Prefix
  readonly low: number
  readonly high: number
}
/** `undefined` matches any. `unit` is a code, or the unit as people write it. */
export interface QuantityCriterion extends Searched {
  readonly prefix: Prefix
  readonly system?: string
  readonly unit?: string
}
export interface ReferenceCriterion {
  readonly types: readonly string[]
  readonly id: string
}
