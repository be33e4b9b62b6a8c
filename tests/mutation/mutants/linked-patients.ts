import type { Mutant } from '../mutant.ts'

const linked = { test: 'tests/attacks/linked-patients.test.ts', project: 'attacks' }

/** What the log of a linked patient holds. */
export const mutants: readonly Mutant[] = [
  {
    rule: "An entry about one patient holds nothing of another's record that a page showed",
    file: 'server/fhir/log/logged-request.ts',
    find: 'record !== undefined && record === patient',
    replace: 'record !== undefined',
    ...linked,
    title: 'F62 .* in the record system',
  },
  {
    rule: "An entry about one patient holds nothing of another's record that a page showed",
    file: 'server/fhir/log/logged-request.ts',
    find: 'return owners.length > 0 ? {} :',
    replace: 'return owners.length > 0 ? { entity } :',
    ...linked,
    title: 'F62 .* in the record system',
  },
  {
    rule: 'Only the launched patient is told of a launch',
    file: 'server/portal/ehr.ts',
    find: 'each !== String(fields.patient)',
    replace: "each === ''",
    ...linked,
    title: 'F62 .* a launch',
  },
  {
    rule: 'Only the patient whom a decision is about is told of it',
    file: 'server/oauth/consent/consent-step.ts',
    find: 'patients.some((patient) => patient !== launchContext.patient)',
    replace: 'patients.length < 0',
    ...linked,
    title: 'F62 .* picking a patient',
  },
  {
    rule: 'An entry about one patient holds no part of the search that names another',
    file: 'server/fhir/search/search-records.ts',
    find: 'matched: [...owners, ...matched]',
    replace: 'matched: [...concerned, ...owners, ...matched]',
    ...linked,
    title: 'F62 .*birthdate=1990',
  },
  {
    rule: 'An entry about one patient holds no part of the search that names another',
    file: 'server/fhir/search/named-patients.ts',
    find: 'owners: new Set(owners) }',
    replace: 'owners: new Set([...patients, ...owners]) }',
    ...linked,
    title: 'F62 .*identifier',
  },
  {
    rule: 'An entry about one patient holds no part of the search that names another',
    file: 'server/fhir/search/total-records.ts',
    find: 'counted: patients, matched }',
    replace: 'counted: patients, matched: patients }',
    ...linked,
    title: 'F62 .*_summary=count',
  },
]
