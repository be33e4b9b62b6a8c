import type { DatePrefix } from './parameters.ts'

/** A search as it was understood: every filter must hold, each by one of its alternatives. */
export interface Query {
  readonly type: string
  readonly filters: readonly Filter[]
  readonly sort?: 'date' | '-date'
  /** Resources on a page; 0 asks for the total alone. */
  readonly count: number
  /** What was used of the request, as a query string: the self link. */
  readonly text: string
}

export type Filter =
  | { readonly kind: 'id'; readonly ids: readonly string[] }
  | { readonly kind: 'string'; readonly param: string; readonly any: readonly StringCriterion[] }
  | {
      readonly kind: 'token'
      readonly param: string
      readonly selective: boolean
      readonly any: readonly TokenCriterion[]
    }
  | { readonly kind: 'date'; readonly param: string; readonly any: readonly DateCriterion[] }
  | { readonly kind: 'reference'; readonly param: string; readonly any: readonly ReferenceCriterion[] }

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
  readonly prefix: DatePrefix
  readonly low: number
  readonly high: number
}
export interface ReferenceCriterion {
  readonly types: readonly string[]
  readonly id: string
}
