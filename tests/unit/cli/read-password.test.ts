import { PassThrough, Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { readPassword } from '../../../server/cli/admin/read-password.ts'

/** A terminal at which these keys are pressed. Returns what it shows, and whether it echoes the keys. */
const terminal = () => {
  const raw: boolean[] = []
  const keys = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => raw.push(on),
  })
  const output = new PassThrough({ encoding: 'utf8' })
  let shown = ''
  output.on('data', (text) => {
    shown += text
  })
  return {
    keys,
    raw,
    shown: () => shown,
    password: readPassword({ input: keys, output }, ['lee', 'North Clinic']),
  }
}

it('asks twice for a password, and prints nothing of it', async () => {
  const { keys, raw, shown, password } = terminal()
  expect(raw).toEqual([true])
  keys.write('a quiet onf\u007fe\r')
  keys.write('a quiet one\r')
  expect(await password).toBe('a quiet one')
  expect(shown()).toBe('Password (at least 8 characters, better 15): \nRepeat the password: \n')
  expect(raw).toEqual([true, false])
})

it('stops reading input that never ends', async () => {
  const endless = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(16_384, 'x')
    })(),
  )
  await expect(readPassword({ input: endless, output: new PassThrough() }, [])).rejects.toThrow('too long')
  expect(endless.destroyed).toBe(true)
})

it.each([
  ['when the second is another', 'a quiet one\ranother one\r', 'The two passwords differ.'],
  // The first line is not in the history, where the arrow key would show it.
  [
    'when the second is the first one again, by the arrow up',
    'a quiet one\r\u001b[A\r',
    'two passwords differ',
  ],
  ['when it is too short', 'short\rshort\r', 'too short'],
  ['when it is easy to guess', 'northclinic1\rnorthclinic1\r', 'easy to guess'],
  ['when there is none', '\r\r', 'No password'],
  ['at Ctrl-C', 'a quiet\u0003', 'No password was given'],
  ['at Ctrl-D', '\u0004', 'No password was given'],
])('adds nobody %s', async (_when, pressed, sentence) => {
  const { keys, raw, password } = terminal()
  keys.write(pressed)
  await expect(password).rejects.toThrow(sentence)
  expect(raw).toEqual([true, false])
})
