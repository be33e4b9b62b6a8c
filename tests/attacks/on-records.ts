/**
 * The files of the attacks on records: they run once more with the records on another FHIR server, and with people of Withings.
 * `tests/unit/attacks-on-records.test.ts` checks that none is left out.
 */
export const ATTACKS_ON_RECORDS: readonly string[] = [
  'batch',
  'compartment',
  'concerned',
  'everything',
  'includes',
  'limited-scope',
  'linked-patients',
  'metadata',
  'paging',
  'posted-search',
  'same-work',
  'search-input',
  'whole-search',
]

/**
 * Attacks on records that are refused for their token, method, origin or parameters before the source is asked, so another source
 * would show nothing more. `gateway.test.ts` checks that it is not asked.
 */
export const REFUSED_BEFORE_SOURCE: readonly string[] = ['chains', 'cors', 'tokens', 'writes']

/**
 * Those about the rows that an answer of the other server holds: all attacks on records run in front of HAPI, these in front of
 * Medplum too. The others ask nothing there, or run the same searches.
 */
export const ATTACKS_ON_ANSWERS: readonly string[] = [
  'compartment',
  'everything',
  'includes',
  'limited-scope',
  'paging',
]
