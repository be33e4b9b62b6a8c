import { describe, expect, test } from 'vitest'
import { expectNothingFound, expectRefused, idsIn } from './answers.ts'
import { attack } from './attack.ts'
import { ONLY_B } from './records.ts'

const anna = attack()

/** Every row must be refused alike, whether or not its target exists: a difference would reveal it. */
const refused = async (path: string, name: string): Promise<void> => {
  const lenient = { headers: { prefer: 'handling=lenient' } }
  for (const as of ['TA', 'TAobs', 'TC'] as const)
    for (const options of [{}, lenient]) {
      const answer = await anna.send(`/fhir/${path}`, { as, ...options })
      // A scope without the searched type is refused before the search is parsed.
      if (as === 'TAobs' && !path.startsWith('Observation')) expect(answer.status).toBe(403)
      else expectRefused(answer, name)
    }
}

describe('B07 a chained parameter is refused by its name, for every caller and whether or not it would match', () => {
  test.each([
    ['subject:Patient.name', 'ZZCANARYB'],
    ['subject:Patient.name', 'ZZCANARYA'],
    ['subject.name', 'ZZCANARYB'],
    ['patient.identifier', 'urn:mrn|ZZCANARYB-1'],
    ['patient.identifier', 'urn:mrn|ZZCANARYA-1'],
    ['patient:Patient.birthdate', '1980-01-15'],
    ['focus:Patient.name', 'ZZCANARYA'],
    ['subject:Patient.general-practitioner.name', 'x'],
  ])('Observation?%s=%s', (name, value) => refused(`Observation?${name}=${encodeURIComponent(value)}`, name))

  test('also in a posted form', async () => {
    const body = new URLSearchParams({ 'subject:Patient.name': 'ZZCANARYB' })
    const answer = await anna.send('/fhir/Observation/_search', { as: 'TA', method: 'POST', body })
    expectRefused(answer, 'subject:Patient.name')
  })
})

describe('B08 a reverse chain is refused by its name for every caller', () => {
  test.each([
    ['_has:Observation:subject:code', ONLY_B.code],
    ['_has:Observation:subject:code', '29463-7'],
    ['_has:Observation:patient:_id', 'b-obs1'],
    ['_has:Observation:focus:code', '29463-7'],
    ['_has:Observation:subject:_has:DiagnosticReport:result:_id', 'b-dr1'],
    ['_has', 'Observation:subject:code'],
  ])('Patient?_id=pa&%s=%s', (name, value) => refused(`Patient?_id=pa&${name}=${value}`, name))

  test('also on observations, which a limited scope may search', () =>
    refused('Observation?_has:DiagnosticReport:result:_id=b-dr1', '_has:DiagnosticReport:result:_id'))

  test('the patient cannot find a code that only the other patient has; a clinician can', async () => {
    const search = `/fhir/Observation?code=${ONLY_B.system}|${ONLY_B.code}`
    expectNothingFound(await anna.send(search, { as: 'TA' }))
    expect(idsIn(await anna.send(search, { as: 'TC' }))).toEqual(['b-obs1'])
  })
})

describe('B13 an unknown modifier is refused, never ignored', () => {
  test.each([
    'subject:nothing',
    'subject:identifier',
    'patient:Practitioner',
    'patient:patient',
    'patient:not',
    'patient:Patient:missing',
    'code:in',
    'code:below',
    'code:not-in',
    'category:text:not',
    '_id:contains',
    '_id:not',
    'date:exact',
    'status:',
    ':missing',
    'colour:exact',
  ])('Observation?%s=pb', (name) => refused(`Observation?${name}=pb`, name))
})
