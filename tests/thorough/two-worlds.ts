import { reference } from '../fixtures/canary.ts'

/** The state of pb's data: as they are, absent, or different. */
export const VARIANTS = ['present', 'absent', 'changed'] as const
export type Variant = (typeof VARIANTS)[number]

interface Resource {
  readonly resourceType: string
  readonly id: string
  readonly [element: string]: unknown
}

/**
 * Two patients whose records refer to each other, and resources of nobody, which are the same in every variant. Ids of pb's begin
 * with `b`.
 */
export const recordsOf = (variant: Variant): readonly Resource[] => [
  ...sharedRecords,
  ...recordOf('pa', 'a', 'present'),
  ...(variant === 'absent' ? [] : recordOf('pb', 'b', variant)),
]

const coding = (system: string, code: string) => ({ coding: [{ system, code }] })
const LOINC = 'http://loinc.org'
const CATEGORY = 'http://terminology.hl7.org/CodeSystem/observation-category'

const sharedRecords: readonly Resource[] = [
  { resourceType: 'Practitioner', id: 'pr1', name: [{ family: 'Lee', given: ['Morgan'] }] },
  { resourceType: 'PractitionerRole', id: 'role1', practitioner: reference('Practitioner/pr1') },
  { resourceType: 'Organization', id: 'org', name: 'Riverside Clinic', active: true },
  {
    resourceType: 'Location',
    id: 'loc',
    name: 'Ward 1',
    managingOrganization: reference('Organization/org'),
  },
  { resourceType: 'Medication', id: 'med', code: coding('urn:med', 'aspirin'), status: 'active' },
  {
    resourceType: 'Group',
    id: 'g1',
    type: 'person',
    actual: true,
    member: [{ entity: reference('Patient/pa') }, { entity: reference('Patient/pb') }],
  },
  {
    resourceType: 'Group',
    id: 'g2',
    type: 'person',
    actual: true,
    member: [{ entity: reference('Patient/pa') }],
  },
]

/** @param own the prefix of the ids; the resources also refer to the other patient's. */
const recordOf = (patient: 'pa' | 'pb', own: 'a' | 'b', variant: 'present' | 'changed'): Resource[] => {
  const isChanged = variant === 'changed'
  const [other, theirs] = patient === 'pa' ? ['pb', 'b'] : ['pa', 'a']
  const subject = reference(`Patient/${patient}`)
  const encounter = reference(`Encounter/${own}-enc`)
  const day = (at: number) => `2025-0${1 + ((at + (isChanged ? 3 : 0)) % 9)}-1${at % 10}`
  const observation = (at: number): Resource => ({
    resourceType: 'Observation',
    id: `${own}-obs${at}`,
    status: at % 3 === 0 ? 'amended' : 'final',
    category: [coding(CATEGORY, at % 2 === (isChanged ? 1 : 0) ? 'laboratory' : 'vital-signs')],
    code: coding(LOINC, isChanged ? '2339-0' : at % 2 === 0 ? '29463-7' : '8867-4'),
    subject,
    encounter,
    effectiveDateTime: day(at),
    performer: [reference(at % 2 === 0 ? 'Practitioner/pr1' : `Patient/${patient}`)],
    focus: [reference(`Patient/${other}`)],
    device: reference(`Device/${theirs}-dev`),
    hasMember: [reference(`Observation/${theirs}-obs1`)],
    valueQuantity: {
      value: (isChanged ? 50 : 70) + at,
      unit: 'kg',
      system: 'http://unitsofmeasure.org',
      code: 'kg',
    },
  })
  return [
    {
      resourceType: 'Patient',
      id: patient,
      name: [{ given: [isChanged ? 'Carla' : `Given${own}`], family: isChanged ? 'Curie' : `Family${own}` }],
      gender: isChanged ? 'other' : 'female',
      birthDate: isChanged ? '1911-11-11' : patient === 'pa' ? '1980-01-15' : '1975-06-01',
      identifier: [{ system: 'urn:mrn', value: isChanged ? 'other-1' : `${own}-mrn` }],
      telecom: [{ system: 'phone', value: isChanged ? '555-9' : `555-${own}` }],
      generalPractitioner: [reference('Practitioner/pr1')],
      managingOrganization: reference('Organization/org'),
      ...(isChanged && { link: [{ type: 'seealso', other: reference(`Patient/${other}`) }] }),
    },
    { resourceType: 'Encounter', id: `${own}-enc`, status: 'finished', subject, period: { start: day(1) } },
    ...Array.from({ length: isChanged ? 5 : 7 }, (_, at) => observation(at)),
    {
      resourceType: 'DiagnosticReport',
      id: `${own}-dr`,
      status: 'final',
      code: coding(LOINC, '58410-2'),
      subject,
      encounter,
      effectiveDateTime: day(2),
      result: [reference(`Observation/${own}-obs1`), reference(`Observation/${theirs}-obs2`)],
    },
    {
      resourceType: 'Condition',
      id: `${own}-con`,
      code: coding('urn:con', isChanged ? 'c2' : 'c1'),
      subject,
      encounter,
      asserter: reference('Practitioner/pr1'),
      recordedDate: day(3),
    },
    {
      resourceType: 'AllergyIntolerance',
      id: `${own}-all`,
      code: coding('urn:all', 'nuts'),
      patient: subject,
      recorder: reference('Practitioner/pr1'),
    },
    {
      resourceType: 'MedicationRequest',
      id: `${own}-mr`,
      status: 'active',
      intent: 'order',
      subject,
      medicationReference: reference('Medication/med'),
      authoredOn: day(4),
    },
    {
      resourceType: 'Procedure',
      id: `${own}-proc`,
      status: 'completed',
      subject,
      code: coding('urn:p', 'p1'),
    },
    {
      resourceType: 'Immunization',
      id: `${own}-imm`,
      status: 'completed',
      patient: subject,
      vaccineCode: coding('urn:v', 'v1'),
    },
    { resourceType: 'Device', id: `${own}-dev`, patient: subject, identifier: [{ value: `${own}-serial` }] },
    { resourceType: 'RelatedPerson', id: `${own}-rel`, patient: subject, name: [{ text: `Kin of ${own}` }] },
    {
      resourceType: 'Coverage',
      id: `${own}-cov`,
      status: 'active',
      beneficiary: subject,
      // It also belongs to the other patient, so it is not a difference in pb's data only.
      ...(patient === 'pa' && { subscriber: reference('Patient/pb') }),
      payor: [reference('Organization/org')],
    },
    {
      resourceType: 'List',
      id: `${own}-list`,
      status: 'current',
      subject,
      entry: [{ item: reference(`Observation/${theirs}-obs1`) }, { item: reference(`Condition/${own}-con`) }],
    },
    {
      resourceType: 'CareTeam',
      id: `${own}-team`,
      status: 'active',
      subject,
      participant: [{ member: reference('Practitioner/pr1') }],
    },
    {
      resourceType: 'CarePlan',
      id: `${own}-plan`,
      status: 'active',
      subject,
      careTeam: [reference(`CareTeam/${own}-team`)],
      addresses: [reference(`Condition/${theirs}-con`)],
    },
    { resourceType: 'Goal', id: `${own}-goal`, lifecycleStatus: 'active', subject },
    {
      resourceType: 'DocumentReference',
      id: `${own}-doc`,
      status: 'current',
      subject,
      date: `${day(5)}T10:00:00Z`,
    },
    {
      resourceType: 'Provenance',
      id: `${own}-prov`,
      target: [subject, reference(`Observation/${theirs}-obs1`)],
      recorded: `${day(6)}T10:00:00Z`,
      agent: [{ who: reference('Practitioner/pr1') }],
    },
  ]
}
