import { expect, it } from 'vitest'
import { isGuessable, isPassphrase } from '../../../extension/messages/lock.ts'

it.each(['123456', '654321', '890123', '000000', '121212', '123123', 'abcdef', '1 2 3 4 5', 'a b c d e f'])(
  '%s is easy to guess',
  (pin) => expect(isGuessable(pin)).toBe(true),
)

it.each(['135790', '273846', '112358', '2 7 3 8 4 6', 'correct horse battery staple'])(
  '%s is accepted without comment',
  (pin) => expect(isGuessable(pin)).toBe(false),
)

it.each([
  ['correct horse battery staple lamp', true],
  ['k3vq 9dwm 2xtr 7bhs', true],
  ['Tr0ub4dor3xQw9zLp', true],
  ['correct horse battery staple', false],
  ['la la la la la la', false],
  ['1111111111111111a', false],
  ['1 2 3 4 5', false],
  ['10 20 30 40 50 60', false],
  ['a b c d e f', false],
  ['one two three four five', false],
  ['uno dos tres cuatro cinco', false],
  ['monday tuesday wednesday thursday friday', false],
  ['qwert asdfg zxcvb yuiop hjkl', false],
  ['abc abd abe abf abg', false],
  ['aaa bbb ccc ddd eee fff', false],
  ['abcdefghijk123456', false],
  ['a1b2c3d4e5f6g7h8', false],
  ['password12345678', false],
  ['caballo grapa batería lámpara correcto', true],
  ['273846', false],
  ['', false],
])('%j is called one that also holds against a copy of the disk: %s', (pin, holds) => {
  expect(isPassphrase(pin)).toBe(holds)
})
