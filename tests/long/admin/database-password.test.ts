import { spawn } from 'node:child_process'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../../server/main.ts'
import { runAdmin, runImport, runVerify } from '../../fixtures/run-command.ts'

const PASSWORD = 'ZZCANARY-pw'
/** What stands after the scheme. Nobody listens at port 1. */
const REST = `u:${PASSWORD}@127.0.0.1:1/x`

/** The address of a database, well spelled and otherwise. */
const ADDRESSES = [
  `postgres://${REST}`,
  `postgresql://${REST}`,
  `Postgres://${REST}`,
  `postgres:/${REST}`,
  `postgres:${REST}`,
  `postgres//${REST}`,
  `postgres/${REST}`,
  `postgres:///${REST}`,
  `postgres:\\\\${REST}`,
  `postgres;//${REST}`,
  `postgre://${REST}`,
  `postgress://${REST}`,
  `pg://${REST}`,
  `psql://${REST}`,
  `mysql://${REST}`,
  `https://${REST}`,
  `jdbc:postgresql://${REST}`,
  `sqlite:${REST}`,
  `sqlite:/${REST}`,
  `sqlite://${REST}`,
  `sqlite:postgres://${REST}`,
  `sqlite:postgres:/${REST}`,
  `"postgres://${REST}"`,
  ` postgres://${REST}`,
  `=postgres://${REST}`,
  `--postgres://${REST}`,
  `-postgres://${REST}`,
  `//${REST}`,
  REST,
  `u:${PASSWORD}@/x`,
  `postgres://u:${PASSWORD}`,
  `postgres://u:${PASSWORD}/x`,
  `postgres://u@127.0.0.1:1:${PASSWORD}/x`,
  `postgres://127.0.0.1:1/u:${PASSWORD}@x`,
  `postgres://127.0.0.1:1/x?password=${PASSWORD}`,
  `postgres://u:1/${PASSWORD}@127.0.0.1:1/x`,
  `postgres://u:1?${PASSWORD}@127.0.0.1:1/x`,
  `postgres://u:1#${PASSWORD}@127.0.0.1:1/x`,
  `postgres://u%3A${PASSWORD}%40127.0.0.1:1/x`,
  `postgres://u:%zz${PASSWORD}@127.0.0.1:1/x`,
  `postgres://u:${PASSWORD}@[::1/x`,
  `postgres://u:${PASSWORD}@127.0.0.1:99999/x`,
  `postgres://127.0.0.1:1,u:${PASSWORD}/x`,
  `postgres://127.0.0.1:1,u:${PASSWORD}@127.0.0.2:1/x`,
  `postgres://u:${PASSWORD}@127.0.0.1:1,127.0.0.2:1/x`,
  `host=127.0.0.1 port=1 user=u password=${PASSWORD} dbname=x`,
]

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-password-'))
  await writeFile(join(folder, 'patient.json'), '{"resourceType":"Patient","id":"p"}')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Ways to hand over an address, among them wrong ones. */
const waysToGive = (address: string): readonly (readonly string[])[] => [
  ['--db', address],
  [`--db=${address}`],
  [`--db${address}`],
  ['--bd', address],
  ['-db', address],
  ['--db', ...address.split('Y-')],
  [address],
  ['--config', address],
  ['--config', address, '--db', 'sqlite:none.db'],
]

const serve = async (args: readonly string[]) => {
  const child = spawn(process.execPath, [join(process.cwd(), 'server/main.ts'), '--port', '0', ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { out, error, status: child.exitCode }
}

const expectNothing = (
  args: readonly string[],
  result: { out: string; error: string; status: number | null },
) => {
  expect(result.status, `${args}`).not.toBe(0)
  for (const part of PASSWORD.split('-')) {
    // A part is too short to be looked for alone.
    if (part.length > 2) expect(result.out + result.error, `${args}`).not.toContain(part)
  }
}

describe('J19 no output holds the password of a database', () => {
  test.each(ADDRESSES)('%s', async (address) => {
    for (const way of waysToGive(address)) {
      for (const command of [
        ['client', 'list'],
        ['client', 'remove'],
        ['user', 'add', '--name', 'x', '--role', 'admin'],
        ['keys', 'rotate'],
        ['log', 'erase', '--patient', 'x', '--yes'],
      ])
        expectNothing([...command, ...way], await runAdmin([...command, ...way], 'a long password\n'))
      expectNothing(way, await runAdmin([...way, 'client', 'list']))
      expectNothing(way, await runImport([...way, join(folder, 'patient.json')]))
      expectNothing(way, await runVerify(way))
      // What a server says when it does not start; one that starts opens the database as an import does.
      const refusal = await readConfig([...way]).catch((error: unknown) => error)
      if (refusal instanceof Error) expectNothing(way, { out: '', error: String(refusal), status: 1 })
    }
  })

  test('of a server, as a process', { timeout: 120_000 }, async () => {
    // All others are read by the same function.
    const calls = ADDRESSES.slice(0, 6).map((address, at) => waysToGive(address)[at === 0 ? 0 : at - 1] ?? [])
    for (const args of calls) expectNothing(args, await serve(args))
    expect(await readdir(folder)).toEqual(['patient.json'])
  })
})
