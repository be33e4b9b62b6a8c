import { expect, it } from 'vitest'
import { isGuessable, isPassphrase } from '../../../extension/messages/lock.ts'

it.each(['123456', '654321', '890123', '000000', '121212', '123123', 'abcdef'])(
  '%s is easy to guess',
  (pin) => expect(isGuessable(pin)).toBe(true),
)

it.each(['135790', '273846', '112358', 'correct horse battery staple'])(
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
  ['273846', false],
  ['', false],
])('%j is called one that also holds against a copy of the disk: %s', (pin, holds) => {
  expect(isPassphrase(pin)).toBe(holds)
})
