/** A rule that is removed from the product, and the test that must then fail. */
export interface Mutant {
  /** From the root of the project. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The test file that must fail. */
  readonly test: string
  /** The vitest project that runs it, if it is not the first one of its folder: `attacks-postgres`. */
  readonly project?: string
  /** A pattern for titles of tests: only matching tests run, and one of them must fail. */
  readonly title: string
}
