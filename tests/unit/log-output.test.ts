import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
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

/** Starts a process that writes lines, and then ends. */
const startWriter = (lines: number, ending: string) => {
  const program = `
    const { logOutput } = await import(${JSON.stringify(new URL('../../server/log-output.ts', import.meta.url))})
    const { stream } = logOutput()
    for (let n = 0; n < ${lines}; n++) stream.write(JSON.stringify({ n, msg: 'x'.repeat(200) }) + '\\n')
    process.stderr.write('written')
    ${ending}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

/** Reads the lines only when all are written. */
const readLate = async (lines: number, ending: string): Promise<{ n?: number; lines?: number }[]> => {
  const { stdout, stderr } = startWriter(lines, ending)
  await once(stderr, 'data')
  stderr.resume()
  const output = await text(stdout)
  return output
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
}

it.each([
  ['at its end', ''],
  ['at a stop', 'process.exit(0)'],
  ['after an error', "throw new Error('unexpected')"],
])('a process loses none of the lines that wait for a reader %s', async (_when, ending) => {
  const written = await readLate(2_000, ending)
  expect(written.map(({ n }) => n)).toEqual(Array.from({ length: 2_000 }, (_, n) => n))
})

it('a process that ends says how many lines it dropped', async () => {
  const written = await readLate(10_000, 'process.exit(1)')
  expect(written.pop()).toEqual(expect.objectContaining({ level: 'warn', lines: 10_000 - written.length }))
})

it('a process ends although nobody reads its lines', async () => {
  expect(await once(startWriter(10_000, 'process.exit(7)'), 'exit')).toEqual([7, null])
})
