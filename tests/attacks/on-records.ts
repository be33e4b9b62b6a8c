/**
 * The files of the attacks on records: they run once more with the records on another FHIR server. `tests/unit/attacks-on-records.test.ts`
 * checks that none is left out.
 */
export const ATTACKS_ON_RECORDS: readonly string[] = [
  'batch',
  'chains',
  'compartment',
  'concerned',
  'cors',
  'everything',
  'includes',
  'limited-scope',
  'metadata',
  'paging',
  'posted-search',
  'same-work',
  'search-input',
  'tokens',
  'whole-search',
  'writes',
]
