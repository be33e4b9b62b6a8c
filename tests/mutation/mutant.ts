/** A rule that is removed from the product, and the test that must then fail. */
export interface Mutant {
  /** From the root of the project. */
  readonly file: string
  /** Occurs exactly once in the file. */
  readonly find: string
  readonly replace: string
  /** The test file that must fail, and the vitest project that runs it (`attacks`, `attacks-postgres`, `integration`, `unit` …). */
  readonly test: string
  readonly project: string
  /** A pattern for titles of tests: only matching tests run, and one of them must fail. */
  readonly title: string
}
