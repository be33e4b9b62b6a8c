/**
 * A condition on one value of a resource, as data: statements (`fhir/search/predicates.ts`) and the comparison of a resource that
 * came from elsewhere (`matches.ts`) are made from the same one.
 */
export type Condition =
  | { readonly all: readonly Condition[] }
  | { readonly any: readonly Condition[] }
  | { readonly column: Column; readonly is: Comparison; readonly to: string | number }
  | { readonly column: Column; readonly isOneOf: readonly string[] }
  | { readonly column: 'folded'; readonly starts: string }
  | { readonly column: 'folded'; readonly contains: string }

export type Comparison = '=' | '<' | '<=' | '>' | '>='

/** The columns of the index tables, and of the resource itself. */
type Column =
  | ResourceColumn
  | ('folded' | 'exact')
  | ('system' | 'code' | 'unit')
  | ('low' | 'high' | 'written_low' | 'written_high')
  | ('target_type' | 'target_id')
type ResourceColumn = 'id' | 'last_updated'

/** One value of a resource, with the columns that its index table has. */
export type CandidateRow = Readonly<Partial<Record<Column, string | number>>>

export const all = (...conditions: readonly Condition[]): Condition => ({ all: conditions })
export const any = (...conditions: readonly Condition[]): Condition => ({ any: conditions })

/** Decides a condition on one value. A column that the value lacks, or whose number is unknown, fulfils nothing. */
export const holds = (condition: Condition, row: CandidateRow): boolean => {
  if ('all' in condition) return condition.all.every((each) => holds(each, row))
  if ('any' in condition) return condition.any.some((each) => holds(each, row))
  const value = row[condition.column]
  if (value === undefined) return false
  if ('isOneOf' in condition) return condition.isOneOf.includes(String(value))
  if ('starts' in condition) return String(value).startsWith(condition.starts)
  if ('contains' in condition) return String(value).includes(condition.contains)
  switch (condition.is) {
    case '=':
      return value === condition.to
    case '<':
      return value < condition.to
    case '<=':
      return value <= condition.to
    case '>':
      return value > condition.to
    case '>=':
      return value >= condition.to
  }
}
