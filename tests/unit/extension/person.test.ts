import { expect, it } from 'vitest'
import type { Connection } from '../../../extension/messages/state.ts'
import { connectionsOf } from '../../../extension/popup/person.ts'

const connection = (id: string, name?: string, birthDate?: string, signedIn = true): Connection => ({
  id,
  providerId: id,
  providerName: id,
  host: 'a.example',
  hue: 0,
  person: { name: name ?? id, role: 'patient' },
  ...(name !== undefined && { patient: { id: 'p', name, identifiers: [], ...(birthDate && { birthDate }) } }),
  signedIn,
  staysConnected: false,
  can: {
    readVitals: true,
    readLists: [],
    searchPatients: true,
    readAccessLog: true,
    registerApplications: false,
  },
})

const john = connection('a', 'John Doe', '1972-03-04')

it.each([
  ['the same', connection('b', 'John Doe', '1972-03-04'), true],
  ['in capitals and spaces', connection('b', ' JOHN  doe', '1972-03-04'), true],
  ['accented', connection('b', 'Jóhn Doé', '1972-03-04'), true],
  ['another name', connection('b', 'Jane Doe', '1972-03-04'), false],
  ['another birth date', connection('b', 'John Doe', '1972-04-03'), false],
  ['no birth date', connection('b', 'John Doe'), false],
  ['a year of birth', connection('b', 'John Doe', '1972'), false],
  ['a clinician', connection('b'), false],
  ['signed out', connection('b', 'John Doe', '1972-03-04', false), false],
])('John at another organization: %s', (_what, other, isJohn) => {
  expect(connectionsOf([john, other], john).map(({ id }) => id)).toEqual(isJohn ? ['a', 'b'] : ['a'])
})

it('who has no full birth date is only themselves, even under the same name', () => {
  const [one, other] = [connection('a', 'John Doe', '1972'), connection('b', 'John Doe', '1972')]
  expect(connectionsOf([one, other], one)).toEqual([one])
})
