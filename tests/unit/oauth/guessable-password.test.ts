import { expect, it } from 'vitest'
import { isGuessablePassword } from '../../../server/sign-in/password/guessable-password.ts'

const names = ['Ana.García', 'Riverside Clinic']

it.each([
  ...[
    'password',
    'Password1!',
    '123password',
    'P@ssw0rd',
    'contraseña',
    'CONTRASEN\u0303A',
    'qwerty123',
    'Welcome 2026',
  ],
  ...['ana.garcia', 'AnaGarcía85', 'riverside clinic', 'Riverside2026', '2026Clinic'],
  ...['12345678', '87654321', '7890123456', 'abcdefgh', 'abcd1234', 'qwertyui', 'lkjhgfdsa', '1q2w3e4r'],
  ...['aaaaaaaa', '11112222', 'abababab', '12341234', 'lemon lemon', 'passwordpassword'],
])('%s is easy to guess', (password) => expect(isGuessablePassword(password, names)).toBe(true))

it.each([
  ...[
    'ana-demo',
    'a quiet one',
    'correct horse',
    'password of my house',
    'k3vq9dwm',
    '27384690',
    'anagarcia of riverside',
  ],
  ...['北京 上海 广州 ok', 'sunshine83920174'],
])('%s may be chosen', (password) => expect(isGuessablePassword(password, names)).toBe(false))
