import { expect, it } from 'vitest'
import { abilities } from '../../../extension/auth/grant/scopes.ts'
import { readsInFull, readsInShort } from '../../../extension/popup/frame/may-read.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const readsOf = (scope: string) => readsInFull(connectionWith('c', { can: abilities(scope, true) }))

it('an organization’s page names all that a grant permits, also what only an export contains', () => {
  const whole = readsOf('patient/*.rs')
  expect(whole.allowed).toContainEqual(expect.stringMatching(/^Allergies, .*everything else in the record$/))
  expect(whole.refused).toEqual([])
  const some = readsOf('patient/Condition.rs patient/CarePlan.rs')
  expect(some.allowed).toContain('Everything else in the record, in part')
  const lists = readsOf('patient/Condition.rs')
  expect(lists.allowed.join()).not.toMatch(/everything else/i)
  expect(lists.refused).toEqual([expect.stringMatching(/everything else in the record/)])
})

it('an organization’s page says of what a limit narrows that it is read in part', () => {
  const types = ['Patient', 'Observation', 'AllergyIntolerance', 'AuditEvent']
  const scope = types.map((type) => `patient/${type}.rs?date=ge2026`).join(' ')
  const { allowed } = readsOf(`${scope} patient/Condition.rs`)
  expect(allowed).toEqual([
    'Conditions',
    expect.stringMatching(/^[^,]+, vital signs, allergies, results, social history, access log, in part$/i),
  ])
  const short = readsInShort(connectionWith('c', { can: abilities('patient/Condition.rs?category=x', true) }))
  expect(short).toBe('Conditions, in part')
})
