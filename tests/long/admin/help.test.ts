import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { USAGE } from '../../../server/cli/admin/usage.ts'
import { runAdmin } from '../../fixtures/run-command.ts'

const run = promisify(execFile)

it.each([
  ['server/main.ts', 'server', '--name N'],
  ['server/cli/import/main.ts', 'fhir:import', '--db URL'],
  ['server/cli/verify/main.ts', 'audit:verify', '--checkpoint FILE'],
  ['server/cli/admin/main.ts', 'admin', 'client add'],
  ['tests/bench/main.ts', 'bench', '--rounds N'],
])(
  '%s explains itself when it is asked for help, and does nothing else',
  { timeout: 60_000 },
  async (file, command, option) => {
    const { stdout, stderr } = await run(process.execPath, [file, '--help'])
    expect(stdout).toMatch(new RegExp(`^Usage:\\s+npm run ${command} -- `))
    expect(stdout).toContain(option)
    expect(stderr).toBe('')
  },
)

it.each(['server/main.ts', 'server/cli/admin/main.ts'])(
  '%s ends quietly if nobody reads the rest of its help, as after head',
  { timeout: 60_000 },
  async (file) => {
    const child = spawn(process.execPath, [file, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout.destroy()
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')])
    expect([said, child.exitCode]).toEqual(['', 0])
  },
)

it.each(['server/main.ts', 'server/cli/import/main.ts', 'server/cli/verify/main.ts'])(
  '%s names an option that is mistyped in its last line, and does nothing else',
  { timeout: 60_000 },
  async (file) => {
    const running = run(process.execPath, [file, '--colour', 'red'])
    await expect(running).rejects.toMatchObject({
      code: expect.any(Number),
      stdout: '',
      stderr: expect.stringMatching(/^Usage: [\s\S]+\nUnknown option '--colour'[^\n]*\n$/),
    })
  },
)

/** Every command of `npm run admin`, as its help lists them. */
const ADMIN = [...USAGE.matchAll(/^ {2}npm run admin -- ([a-z]+(?: [a-z]+)?)/gm)].map(
  ([, command = '']) => command,
)

it('lists every command of the administration', () => {
  expect(ADMIN).toHaveLength(17)
})

describe.each(ADMIN)('npm run admin -- %s', (command) => {
  const words = command.split(' ')

  it.each(['--help', '-h'])('explains itself for %s', async (word) => {
    const { status, out } = await runAdmin([...words, word])
    expect(status).toBe(0)
    expect(out).toMatch(new RegExp(`^Usage: npm run admin -- ${command}\\b.*\\n\\n\\S`))
    // Each option that it takes is explained.
    const [takes = '', ...lines] = out.split('\n')
    for (const [option] of takes.matchAll(/--[a-z-]+/g))
      expect(lines.join('\n'), option).toMatch(new RegExp(`^ +${option}\\b`, 'm'))
    for (const option of ['--db', '--config']) expect(out).toContain(`\n  ${option} `)
  })

  it('names an option that is mistyped, and does nothing', async () => {
    const { status, out, last } = await runAdmin([
      ...words,
      '--colour',
      'red',
      '--db',
      'sqlite:/nowhere/x.db',
    ])
    expect([status, out]).toEqual([2, ''])
    expect(last).toMatch(/^Unknown option '--colour'/)
  })
})
