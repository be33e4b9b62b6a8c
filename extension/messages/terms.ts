/**
 * A part of a record as the worker, which knows no language, hands it to a page. A text stands as it is written; the rest is
 * structure, for which the page has words.
 */
export type Term =
  | string
  /** As recorded: `5.40`, `<5`. Only this is rounded and spelled with the decimal mark of the language. */
  | { number: string }
  /** One of FHIR's own codes. */
  | { code: string }
  | { terms: readonly Term[]; by: string }
