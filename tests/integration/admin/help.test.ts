import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)

it.each([
  ['server/main.ts', 'server', '--name N'],
  ['server/cli/import.ts', 'fhir:import', '--db URL'],
  ['server/cli/verify.ts', 'audit:verify', '--checkpoint FILE'],
  ['server/cli/admin.ts', 'admin', 'client add'],
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
