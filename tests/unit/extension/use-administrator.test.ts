import { expect, it } from 'vitest'
import type { Connection, State } from '../../../extension/messages/state.ts'
import { boundTo } from '../../../extension/options/administrator/use-administrator.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const providers = ['riverside', 'pulse'].map((id) => ({ id, label: id })) as State['providers']
const isAdministrator = ({ person }: Connection) => person.role === 'administrator'
const adminAt = (providerId: string, name = 'Alex', change: Partial<Connection> = {}) =>
  connectionWith(`${name} at ${providerId}`, {
    providerId,
    person: { name, role: 'administrator' },
    ...change,
  })
const alex = adminAt('pulse')
const sam = adminAt('pulse', 'Sam')
const elsewhere = adminAt('riverside')
const over = { signedIn: false } as const

const shown = (connections: Connection[], binding: Parameters<typeof boundTo>[1]) => {
  const { provider, administrator, ended } = boundTo({ providers, connections }, binding, isAdministrator)
  return [provider?.id, administrator?.id, ended?.person.name]
}

it('F70 what an administrator sees stays theirs, whoever signs in at another organization or at the same one', () => {
  const binding = { providerId: 'pulse', connectionId: alex.id }
  expect(shown([elsewhere, sam, alex], binding)).toEqual(['pulse', alex.id, undefined])
})

it.each([
  ['signed out', [elsewhere, sam, { ...alex, ...over }], 'Alex'],
  ['removed', [elsewhere, sam], undefined],
])('F70 nobody else is shown once the administrator is %s', (_, connections, name) => {
  expect(shown(connections, { providerId: 'pulse', connectionId: alex.id })).toEqual([
    'pulse',
    undefined,
    name,
  ])
})

it('an organization where nobody was shown yet shows its first administrator', () => {
  expect(shown([elsewhere, connectionWith('pulse'), sam], { providerId: 'pulse' })).toEqual([
    'pulse',
    sam.id,
    undefined,
  ])
})

it('an organization that was removed leads to the first one, and to nobody there', () => {
  expect(shown([elsewhere], { providerId: 'gone', connectionId: 'gone' })).toEqual([
    'riverside',
    undefined,
    undefined,
  ])
})
