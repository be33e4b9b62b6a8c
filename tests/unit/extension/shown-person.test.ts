import { expect, it } from 'vitest'
import { keepConnections, keptConnections, shownConnection } from '../../../extension/summary/shown-person.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const patientOf = (id: string, name: string) =>
  connectionWith(id, { patient: { id: 'p', name, identifiers: [] }, person: { name, role: 'patient' } })
const john = patientOf('Riverside Clinic', 'John Doe')
const johnElsewhere = patientOf('Pulse Devices', 'John Doe')
const jane = patientOf('Northside', 'Jane Doe')
const over = { signedIn: false } as const

it('F70 a summary shows the person it was opened for, also while somebody else is signed in first', () => {
  expect(shownConnection([jane, john], [john.id])).toBe(john)
})

it.each([
  ['signed out', [{ ...john, ...over }, jane]],
  ['removed', [jane]],
  ['without a patient', [{ ...connectionWith(john.id), ...over }, jane]],
])('F70 a summary shows nobody else once its person is %s', (_, connections) => {
  expect(shownConnection(connections, [john.id])).toBeUndefined()
})

it("F70 a summary of two organizations stays a person's until both are signed out", () => {
  const kept = [john.id, johnElsewhere.id]
  expect(shownConnection([jane, { ...john, ...over }, johnElsewhere], kept)).toBe(johnElsewhere)
  expect(shownConnection([jane, { ...john, ...over }, { ...johnElsewhere, ...over }], kept)).toBeUndefined()
})

it('F70 a summary that is loaded again knows whose it is, by ids that name nobody', () => {
  const history = {
    state: null as unknown,
    replaceState: (data: unknown) => {
      history.state = data
    },
  }
  expect(keptConnections(history)).toBeUndefined()
  keepConnections([john.id], history)
  expect(keptConnections(history)).toEqual([john.id])
  expect(history.state).toEqual({ connectionIds: [john.id] })
})
