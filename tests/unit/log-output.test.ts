import { expect, it } from 'vitest'
import { boundedLine } from '../../server/log-output.ts'

const long = (length: number) => 'ä'.repeat(length)
const fieldsOf = (fields: object): Record<string, unknown> =>
  JSON.parse(boundedLine(`${JSON.stringify(fields)}\n`))

it('a line is written as it is if no field is long', () => {
  const line = `${JSON.stringify({ level: 'info', times: 1, frames: ['at a', 'at b'], msg: long(4_000) })}\n`
  expect(boundedLine(line)).toBe(line)
})

it.each([
  ['a text', long(4_001)],
  ['a list of many texts', Array.from({ length: 4_000 }, () => 'x')],
  ['a long text inside of another field', { cause: { code: long(1_000_000) } }],
])('%s is cut, and the other fields stay', (_what, value) => {
  const fields = fieldsOf({ level: 'warn', value, ms: 5, msg: 'a sentence' })
  expect(fields).toEqual({ level: 'warn', value: expect.any(String), ms: 5, msg: 'a sentence' })
  expect(String(fields.value)).toHaveLength(4_001)
})

it('a long sentence is cut as well, and the line remains one line', () => {
  const line = boundedLine(`${JSON.stringify({ level: 'warn', msg: `a\n${long(9_000)}` })}\n`)
  expect(line.match(/\n/g)).toHaveLength(1)
  expect(JSON.parse(line).msg).toMatch(/^a\n.*…$/s)
})
