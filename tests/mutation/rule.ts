import type { Mutant } from './mutant.ts'

/** Something that must hold so that records, secrets and the service stay safe. */
export interface Rule {
  /** What holds, in one sentence without its full stop. No two rules have the same. */
  readonly rule: string
  /** What the rule keeps safe, secret or working; after "from", against what. */
  readonly protects: string
  /**
   * Where the rule stands: a file without its extension, then `#` and a name that occurs in it. Without the name, the whole file
   * is the rule.
   */
  readonly at: readonly string[]
  /** Special cases that are covered as well, if the sentence does not tell them. */
  readonly covers?: string
  /** Each removes the rule in another way. */
  readonly mutants: readonly Mutant[]
  /** If there is no mutant: why not, and the test files that show the rule. */
  readonly why?: string
  readonly tests?: readonly string[]
}
