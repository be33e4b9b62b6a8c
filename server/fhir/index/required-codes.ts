import { isObject, type Json, valuesAt } from '../../query/json-path.ts'

/**
 * The codes that R4 allows where Carekey's pages depend on them: the elements with a required binding that decide what an entry
 * means, as whether a medication is taken. R4 allows no other code there, so another one is a mistake.
 */
const REQUIRED_CODES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AllergyIntolerance: {
    clinicalStatus: 'active inactive resolved',
    verificationStatus: 'unconfirmed confirmed refuted entered-in-error',
    criticality: 'low high unable-to-assess',
  },
  Condition: {
    clinicalStatus: 'active recurrence relapse inactive remission resolved',
    verificationStatus: 'unconfirmed provisional differential confirmed refuted entered-in-error',
  },
  DiagnosticReport: {
    status:
      'registered partial preliminary final amended corrected appended cancelled entered-in-error unknown',
  },
  Encounter: {
    status: 'planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown',
  },
  Immunization: { status: 'completed entered-in-error not-done' },
  MedicationRequest: {
    status: 'active on-hold cancelled completed entered-in-error stopped draft unknown',
    intent: 'proposal plan order original-order reflex-order filler-order instance-order option',
  },
  MedicationStatement: {
    status: 'active completed entered-in-error intended stopped on-hold unknown not-taken',
  },
  Observation: {
    status: 'registered preliminary final amended corrected cancelled entered-in-error unknown',
  },
  Patient: { gender: 'male female other unknown' },
  Procedure: {
    status: 'preparation in-progress not-done on-hold stopped completed entered-in-error unknown',
  },
}

/** An element whose code R4 does not allow. */
interface WrongCode {
  readonly element: string
  readonly value: unknown
  readonly allowed: readonly string[]
}

/**
 * Returns the first element of a resource whose code R4 does not allow. An element that is absent, or a concept in words only, is no
 * wrong code. Of several codings of one concept, one must be allowed.
 */
export const findWrongCode = (type: string, resource: Json): WrongCode | undefined => {
  const elements = Object.hasOwn(REQUIRED_CODES, type) ? (REQUIRED_CODES[type] ?? {}) : {}
  for (const [element, codes] of Object.entries(elements)) {
    const allowed = codes.split(' ')
    const values = valuesAt(resource, element).flatMap((value) =>
      isObject(value) ? valuesAt(value, 'coding.code') : [value],
    )
    if (values.length > 0 && !values.some((value) => typeof value === 'string' && allowed.includes(value)))
      return { element, value: values[0], allowed }
  }
  return undefined
}
