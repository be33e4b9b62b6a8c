import { canary, observation, reference } from '../../fixtures/canary.ts'

/**
 * Two patients whose records refer to each other, in the shapes that leaked in other servers. Ids of pb's start
 * with `b-`.
 */
export const crossLinkedRecords: readonly object[] = [
  {
    resourceType: 'Patient',
    id: 'pa',
    name: [{ given: ['Ánna', 'Maria'], family: 'ZZCANARYA' }],
    gender: 'female',
    birthDate: '1980-01-15',
    identifier: [{ system: 'urn:mrn', value: 'A-1' }],
  },
  {
    resourceType: 'Patient',
    id: 'pb',
    name: [{ given: ['Bert'], family: 'ZZCANARYB' }],
    gender: 'male',
    birthDate: '1975-06',
    identifier: [{ system: 'urn:mrn', value: 'b-1' }],
  },
  observation('a-obs1', 'pa', { performer: [reference('Practitioner/pr1')] }),
  observation('a-obs2', 'pa', { effectiveDateTime: '2025-04-01' }),
  observation('a-obs-dev', 'pa', {
    device: reference('Device/b-dev'),
    effectiveDateTime: '2025-05-01T23:30:00-05:00',
  }),
  observation('b-obs1', 'pb'),
  observation('b-obs-focus', 'pb', { focus: [reference('Patient/pa')] }),
  {
    resourceType: 'DiagnosticReport',
    id: 'a-dr1',
    subject: reference('Patient/pa'),
    result: [reference('Observation/b-obs-focus')],
  },
  {
    resourceType: 'Coverage',
    id: 'b-cov',
    beneficiary: reference('Patient/pb'),
    identifier: [{ value: canary('pb') }],
  },
  { resourceType: 'Condition', id: 'a-con', subject: reference('Patient/pa') },
  {
    resourceType: 'Group',
    id: 'b-g1',
    member: [{ entity: reference('Patient/pa') }, { entity: reference('Patient/pb') }],
  },
  { resourceType: 'Device', id: 'b-dev', patient: reference('Patient/pb') },
  { resourceType: 'Organization', id: 'org', name: 'Riverside Clinic' },
]
