/**
 * The codes that a scope may be limited by. The consent page shows them, so each is a code of a list that we know: a value that an
 * application makes up ("or no results, only your first name is read") is none, and no such list holds a sentence.
 */
interface CodeSystem {
  /** As people in health care call the list, in every language. */
  readonly name: string
  readonly codes: ReadonlySet<string> | RegExp
}

const HL7 = 'http://terminology.hl7.org/CodeSystem'
const US_CORE = 'http://hl7.org/fhir/us/core/CodeSystem'
const setOf = (codes: string): ReadonlySet<string> => new Set(codes.split(' '))

const CODE_SYSTEMS: Readonly<Record<string, CodeSystem>> = {
  'http://loinc.org': { name: 'LOINC', codes: /^(\d{1,7}|L[AGP]\d{1,7})-\d$/ },
  'http://snomed.info/sct': { name: 'SNOMED CT', codes: /^[1-9]\d{5,17}$/ },
  'http://www.nlm.nih.gov/research/umls/rxnorm': { name: 'RxNorm', codes: /^[1-9]\d{0,7}$/ },
  'http://hl7.org/fhir/sid/cvx': { name: 'CVX', codes: /^\d{2,3}$/ },
  'http://hl7.org/fhir/sid/icd-10': { name: 'ICD-10', codes: /^[A-Z]\d\d(\.\d{1,2})?$/ },
  'http://hl7.org/fhir/sid/icd-10-cm': { name: 'ICD-10-CM', codes: /^[A-Z]\d[\dAB](\.[\dA-Z]{1,4})?$/ },
  'http://www.whocc.no/atc': { name: 'ATC', codes: /^[A-Z](\d\d([A-Z]([A-Z](\d\d)?)?)?)?$/ },
  [`${HL7}/observation-category`]: {
    name: 'HL7 observation-category',
    codes: setOf('social-history vital-signs imaging laboratory procedure survey exam therapy activity'),
  },
  [`${HL7}/condition-category`]: {
    name: 'HL7 condition-category',
    codes: setOf('problem-list-item encounter-diagnosis'),
  },
  [`${HL7}/v2-0074`]: {
    name: 'HL7 v2-0074',
    codes: setOf('LAB RAD CH HM MB SP CY GE IMM VUS CT MRI NMR CUS EC PAT OTH'),
  },
  [`${US_CORE}/condition-category`]: { name: 'US Core condition-category', codes: setOf('health-concern') },
  [`${US_CORE}/us-core-category`]: {
    name: 'US Core us-core-category',
    codes: setOf('sdoh functional-status disability-status cognitive-status'),
  },
  [`${US_CORE}/us-core-documentreference-category`]: {
    name: 'US Core documentreference-category',
    codes: setOf('clinical-note'),
  },
  [`${US_CORE}/careplan-category`]: { name: 'US Core careplan-category', codes: setOf('assess-plan') },
  [`${HL7}/condition-clinical`]: {
    name: 'HL7 condition-clinical',
    codes: setOf('active recurrence relapse inactive remission resolved'),
  },
  [`${HL7}/allergyintolerance-clinical`]: {
    name: 'HL7 allergyintolerance-clinical',
    codes: setOf('active inactive resolved'),
  },
}

/** The codes of R4's elements `status`, whose list follows from the element. */
const STATUSES = setOf(
  'registered partial preliminary final amended corrected appended cancelled entered-in-error unknown ' +
    'planned arrived triaged in-progress onleave finished active on-hold stopped completed draft ' +
    'intended not-taken not-done preparation revoked proposed suspended inactive current superseded retired',
)

/** Checks whether a code is of one of the lists, or of this one if it is named. */
export const isKnownCode = (code: string, system: string | undefined): boolean => {
  if (system === undefined) return Object.values(CODE_SYSTEMS).some((each) => isIn(each, code))
  const named = findSystem(system)
  return named !== undefined && isIn(named, code)
}

export const nameOfList = (system: string): string | undefined => findSystem(system)?.name

const findSystem = (system: string): CodeSystem | undefined =>
  Object.hasOwn(CODE_SYSTEMS, system) ? CODE_SYSTEMS[system] : undefined

const isIn = ({ codes }: CodeSystem, code: string): boolean =>
  codes instanceof RegExp ? codes.test(code) : codes.has(code)

export const isStatus = (code: string): boolean => STATUSES.has(code)
