import { expect, it } from 'vitest'
import { isGuessable } from '../../../extension/messages/lock.ts'

it.each(['123456', '654321', '890123', '000000', '121212', '123123', 'abcdef'])(
  '%s is called easy to guess',
  (pin) => expect(isGuessable(pin)).toBe(true),
)

it.each(['135790', '273846', '112358', 'correct horse battery staple'])(
  '%s is accepted without comment',
  (pin) => expect(isGuessable(pin)).toBe(false),
)
