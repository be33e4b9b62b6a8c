import { expect, it } from 'vitest'
import { abilities } from '../../../extension/auth/grant/scopes.ts'
import { readsInFull } from '../../../extension/popup/frame/may-read.ts'
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
