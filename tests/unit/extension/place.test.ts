import { beforeEach, describe, expect, it } from 'vitest'
import { rememberPlace } from '../../../extension/background/describe-state.ts'
import type { Connection, PopupPlace, State } from '../../../extension/messages/state.ts'
import {
  awaitSignIn,
  connectionAt,
  connectionsOnScreen,
  isSignedOut,
  placeOf,
  stillSignedIn,
} from '../../../extension/popup/frame/place.ts'
import { forget } from '../../../extension/storage/forget.ts'
import { items } from '../../../extension/storage/items.ts'
import { connectionWith } from '../../fixtures/connection.ts'
import { clearBrowser } from '../../fixtures/worker.ts'

const connection = (id: string, name: string, signedIn = true): Connection =>
  connectionWith(id, {
    providerId: `provider of ${id}`,
    providerName: `clinic of ${id}`,
    person: { name, role: 'patient' },
    signedIn,
  })
const john = connection('john', 'John Doe')
const jane = connection('jane', 'Jane Doe')
const signedOut = { ...jane, signedIn: false }

const shown = (connections: Connection[], place: PopupPlace) =>
  connectionAt({ connections } as State, place)?.id

beforeEach(clearBrowser)

describe('whose record the popup opens', () => {
  it('is the one that was open before', () => {
    expect(shown([john, jane], { connectionId: 'jane' })).toBe('jane')
    expect(shown([john, jane], {})).toBe('john')
  })

  it("is not another person's after the open one is signed out", () => {
    expect(shown([john, signedOut], { connectionId: 'jane' })).toBeUndefined()
  })

  it('is nobody’s if its grant ended while the popup was closed', async () => {
    await items.place.set({ connectionId: 'jane' })
    await forget('grant', ['jane'])
    expect(shown([john, signedOut], await items.place.get())).toBeUndefined()
  })

  it('is nobody’s if a page reports its place after the sign-out', async () => {
    await rememberPlace({ connectionId: 'jane', typed: { family: 'Doe' } })
    expect(shown([john, signedOut], await items.place.get())).toBeUndefined()
  })

  it('is that of somebody who has just signed in', () => {
    const awaiting = { providerId: john.providerId, since: 5 }
    expect(shown([{ ...john, signedInAt: 6 }, jane], { home: true, awaiting })).toBe('john')
    expect(shown([{ ...john, signedInAt: 4 }, jane], { home: true, awaiting })).toBeUndefined()
  })

  it('is that of somebody who has just signed in again, from the list', () => {
    const place: PopupPlace = awaitSignIn(john.providerId, { home: true, connectionId: 'john' })
    expect(shown([john, jane], place)).toBeUndefined()
    const renewed = { ...john, signedInAt: Date.now() + 1 }
    expect(shown([renewed, jane], place)).toBe('john')
    // The list can be opened again afterwards.
    expect(placeOf(renewed, place)).toEqual({ connectionId: 'john' })
  })

  it('stays as it was, with what was typed, if its grant is renewed', () => {
    const place: PopupPlace = { connectionId: 'jane', typed: { family: 'Doe' } }
    expect(placeOf(jane, awaitSignIn(jane.providerId, place))).toEqual(place)
    expect(placeOf(john, place)).toEqual({ connectionId: 'john' })
  })
})

it.each([
  ['signed out of', { signedIn: false }, true],
  ['ended by time, which may go on after the next sign-in', { signedIn: false, endedBy: 'time' }, false],
  ['signed in to', {}, false],
] as const)('a place at a connection that is %s', (_, change, forgotten) => {
  const state = { connections: [john, { ...jane, ...change }] } as State
  expect(isSignedOut(state, { connectionId: 'jane' })).toBe(forgotten)
  expect(isSignedOut(state, { connectionId: 'removed' })).toBe(true)
  expect(isSignedOut(state, { home: true })).toBe(false)
})

it('people who are still signed in are named with their organization', () => {
  const amy = { ...john, patient: { id: '1', name: 'Amy Doe', identifiers: [] } }
  expect(stillSignedIn([amy, jane], [jane])).toBe('Amy Doe (clinic of john)')
  expect(stillSignedIn([signedOut, jane], [jane])).toBeUndefined()
})

it('the terms on screen are those of the open person’s connections, or of all connections in the list', () => {
  const connections = [john, { ...jane, id: 'jane too' }, jane, { ...signedOut, id: 'gone' }]
  const ids = (place: PopupPlace) => connectionsOnScreen({ connections } as State, place).map(({ id }) => id)
  expect(ids({ connectionId: 'john' })).toEqual(['john'])
  expect(ids({ home: true })).toEqual(['john', 'jane too', 'jane'])
  const patient = { id: 'p', name: 'Jane Doe', identifiers: [], birthDate: '1980-01-15' }
  const both = connections.map((each) =>
    each.id.startsWith('jane') ? { ...each, patient, samePerson: 'x' } : each,
  )
  const state = { connections: both } as State
  expect(connectionsOnScreen(state, { connectionId: 'jane' }).map(({ id }) => id)).toEqual([
    'jane too',
    'jane',
  ])
})
