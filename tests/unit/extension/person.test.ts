import { describe, expect, it } from 'vitest'
import type { Connection } from '../../../extension/messages/state.ts'
import { areApart, namesakesOf } from '../../../extension/popup/same-person-question.tsx'
import { connectionsOf, leftOutOf } from '../../../extension/record/person.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const connection = (
  id: string,
  name?: string,
  birthDate?: string,
  change: Partial<Connection> = {},
): Connection =>
  connectionWith(id, {
    person: { name: name ?? id, role: 'patient' },
    ...(name !== undefined && {
      patient: { id: 'p', name, identifiers: [], ...(birthDate && { birthDate }) },
    }),
    ...change,
  })

const text = { samePerson: 'mark' }
const john = connection('a', 'John Doe', '1972-03-04')
const ids = (connections: Connection[]) => connections.map(({ id }) => id)

const others: [string, Connection, boolean][] = [
  ['the same', connection('b', 'John Doe', '1972-03-04'), true],
  ['in capitals and spaces', connection('b', ' JOHN  doe', '1972-03-04'), true],
  ['accented', connection('b', 'Jóhn Doé', '1972-03-04'), true],
  ['J64 in letters of another alphabet', connection('b', 'J\u043ehn D\u043e\u0435', '1972-03-04'), false],
  ['another name', connection('b', 'Jane Doe', '1972-03-04'), false],
  ['another birth date', connection('b', 'John Doe', '1972-04-03'), false],
  ['no birth date', connection('b', 'John Doe'), false],
  ['a year of birth', connection('b', 'John Doe', '1972'), false],
  ['a clinician', connection('b'), false],
  ['signed out', connection('b', 'John Doe', '1972-03-04', { signedIn: false }), false],
]

describe('F70 John at another organization', () => {
  it.each(others)('is a stranger until he said otherwise: %s', (_what, other) => {
    expect(ids(connectionsOf([john, other], john))).toEqual(['a'])
  })

  it.each(others)('leads to a question, once: %s', (_what, other, isNamesake) => {
    expect(ids(namesakesOf([john, other], john))).toEqual(isNamesake ? ['b'] : [])
  })

  it.each(others)(
    'is the same person if he said so, as long as the names and dates agree: %s',
    (_what, other, isJohn) => {
      const [one, joined] = [
        { ...john, ...text },
        { ...other, ...text },
      ]
      expect(ids(connectionsOf([one, joined], one))).toEqual(isJohn ? ['a', 'b'] : ['a'])
      expect(namesakesOf([one, joined], one)).toEqual([])
    },
  )

  it.each(others)(
    'is named as left out on either page if he said so and they are not shown together, whatever the reason: %s',
    (_what, other, isJohn) => {
      const [one, joined] = [
        { ...john, ...text },
        { ...other, ...text },
      ]
      expect(ids(leftOutOf([one, joined], one))).toEqual(isJohn ? [] : ['b'])
      if (joined.signedIn) expect(ids(leftOutOf([one, joined], joined))).toEqual(isJohn ? [] : ['a'])
    },
  )

  it.each(others)('is not named as left out if he never said so: %s', (_what, other) => {
    for (const mark of [undefined, 'another mark']) {
      const stranger = { ...other, ...(mark && { samePerson: mark }) }
      expect(leftOutOf([john, stranger], john)).toEqual([])
      expect(leftOutOf([{ ...john, ...text }, stranger], { ...john, ...text })).toEqual([])
    }
  })

  it('is not affected by what he said about somebody else', () => {
    const other = connection('b', 'John Doe', '1972-03-04', { samePerson: 'another mark' })
    const one = { ...john, ...text }
    expect(ids(connectionsOf([one, other], one))).toEqual(['a'])
  })

  it('a person without a full birth date is joined with nobody, even if they said so', () => {
    const [one, other] = [
      connection('a', 'John Doe', '1972', text),
      connection('b', 'John Doe', '1972', text),
    ]
    expect(ids(connectionsOf([one, other], one))).toEqual(['a'])
  })
})

it('F70 there is no question about a single organization', () => {
  const other = connection('b', 'John Doe', '1972-03-04', { providerId: 'a' })
  expect(namesakesOf([john, other], john)).toEqual([])
  expect(ids(connectionsOf([john, other], john))).toEqual(['a'])
})

describe('F70 two connections stay apart', () => {
  const one = { ...john, ...text }
  const joined = connection('b', 'John Doe', '1972-03-04', text)
  it.each<[string, Partial<Connection>, Partial<Connection>, boolean]>([
    ['not if the person said nothing', {}, {}, false],
    ['if the person said so of the first', { apartFrom: ['c'] }, {}, true],
    ['if the person said so of the second', {}, { apartFrom: ['a'] }, true],
    ['if the person said so of somebody who is the same person as the first', {}, { apartFrom: ['b'] }, true],
    ['not if the person said so of somebody else', {}, { apartFrom: ['z'] }, false],
  ])('%s', (_what, mine, theirs, apart) => {
    const other = connection('c', 'John Doe', '1972-03-04', theirs)
    expect(areApart([{ ...one, ...mine }, joined, other], one, other)).toBe(apart)
  })
})

it('of two connections without a birth date, each names the other as left out', () => {
  const [one, other] = [
    connection('a', 'John Doe', undefined, text),
    connection('b', 'John Doe', undefined, text),
  ]
  expect(ids(leftOutOf([one, other], one))).toEqual(['b'])
  expect(ids(leftOutOf([one, other], other))).toEqual(['a'])
})
