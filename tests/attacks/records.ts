import { CANARY_A, CANARY_B, canary, observation, reference } from '../fixtures/canary.ts'

const person = (id: string, given: string) => ({
  resourceType: 'Patient',
  id,
  name: [{ given: [`${given} ${canary(id)}`], family: canary(id) }],
  identifier: [{ system: 'urn:mrn', value: `${canary(id)}-1` }],
  birthDate: '1980-01-15',
})

const report = (id: string, patient: string, result: string) => ({
  resourceType: 'DiagnosticReport',
  id,
  status: 'final',
  code: { text: canary(patient) },
  subject: reference(`Patient/${patient}`),
  result: [reference(result)],
})

const provenance = (id: string, ...targets: string[]) => ({
  resourceType: 'Provenance',
  id,
  target: targets.map(reference),
  recorded: '2025-03-01T10:00:00Z',
})

const WEIGHT = { system: 'http://loinc.org', code: '29463-7' }
/** A code that only pb's record contains. */
export const ONLY_B = { system: 'urn:test', code: 'only-b' }

interface Resource {
  readonly resourceType: string
  readonly id: string
  readonly [element: string]: unknown
}

/**
 * Two patients whose records refer to each other, in the shapes that leaked in other servers. Ids of pb's start
 * with `b-`.
 */
export const records: readonly Resource[] = [
  person('pa', 'Anna'),
  person('pb', 'Bert'),
  observation('a-obs1', 'pa', { performer: [reference('Practitioner/pr1')] }),
  observation('a-obs-dev', 'pa', { device: reference('Device/b-dev') }),
  observation('b-obs1', 'pb', { code: { coding: [WEIGHT, ONLY_B], text: CANARY_B } }),
  observation('b-obs-focus', 'pb', { focus: [reference('Patient/pa')] }),
  report('a-dr1', 'pa', 'Observation/b-obs-focus'),
  report('b-dr1', 'pb', 'Observation/a-obs1'),
  { resourceType: 'Encounter', id: 'a-enc', status: 'finished', subject: reference('Patient/pa') },
  observation('b-obs-enc', 'pb', { encounter: reference('Encounter/a-enc') }),
  provenance('a-prov', 'Patient/pa', 'Observation/a-obs1'),
  provenance('b-prov', 'Patient/pb', 'Observation/a-obs1'),
  provenance('b-prov-nobody', 'Observation/a-obs1'),
  {
    resourceType: 'Condition',
    id: 'a-con',
    code: { text: CANARY_A },
    subject: reference('Patient/pa'),
  },
  {
    resourceType: 'Coverage',
    id: 'a-cov',
    status: 'active',
    beneficiary: reference('Patient/pa'),
    subscriber: reference('Patient/pb'),
  },
  {
    resourceType: 'List',
    id: 'a-list',
    subject: reference('Patient/pa'),
    entry: [{ item: reference('Observation/b-obs1') }],
  },
  {
    resourceType: 'List',
    id: 'b-list',
    title: CANARY_B,
    subject: reference('Patient/pb'),
    entry: [{ item: reference('Observation/a-obs1') }],
  },
  {
    resourceType: 'Group',
    id: 'g1',
    member: [{ entity: reference('Patient/pa') }, { entity: reference('Patient/pb') }],
  },
  {
    resourceType: 'Device',
    id: 'b-dev',
    patient: reference('Patient/pb'),
    deviceName: [{ name: CANARY_B, type: 'user-friendly-name' }],
  },
  { resourceType: 'Practitioner', id: 'pr1' },
]

/** The parts of pa's own resources that mention pb's; a reference gives no access, and is returned as it was written. */
const OWN_REFERENCES = ['Device/b-dev', 'Observation/b-obs-focus', 'Observation/b-obs1']

/** pa's record, and resources it names that are not about anybody in particular. */
export const OWN_IDS = records
  .map(({ id }) => id)
  .filter((id) => id.startsWith('a-') || id === 'pa' || id === 'pr1')

const FOREIGN_IDS = records.map(({ id }) => id).filter((id) => id.startsWith('b-'))

/** The parts of pb's record in a text that only pa may read. */
export const foreignIn = (text: string): string[] => {
  const foreignText = OWN_REFERENCES.reduce((rest, own) => rest.replaceAll(`"reference":"${own}"`, ''), text)
  return [CANARY_B, ...FOREIGN_IDS].filter((mark) => foreignText.includes(mark))
}
