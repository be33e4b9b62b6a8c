import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import { runAdmin } from '../fixtures/run-command.ts'
import { riverside, seeded } from '../fixtures/seeded-database.ts'
import { startServerProcess } from '../fixtures/server-process.ts'
import { attack } from './attack.ts'
import { createAttackedDatabase } from './attacked-database.ts'
import { applications, holders } from './people.ts'

const anna = attack()

/** Several processes start one after another. */
const PROCESSES = 60_000

const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi']

/** The bytes of a key in every encoding that a database could contain. */
const spellings = (value: string): string[] => {
  const bytes = Buffer.from(value, 'base64url')
  return [value, bytes.toString('base64'), bytes.toString('hex'), bytes.toString('latin1')]
}

interface KeyFile {
  signing: { key: Record<string, string> }[]
  cookies: string
  pages: string
  forms: string
}
const readKeys = async (file: string) => JSON.parse(await readFile(file, 'utf8')) as KeyFile
const secretsIn = ({ signing, cookies, pages, forms }: KeyFile): string[] => [
  ...signing.flatMap(({ key }) => PRIVATE_MEMBERS.flatMap((name) => key[name] ?? [])),
  ...[cookies, pages, forms],
]

/** Starts a server that fails to start. @returns the last line of its output. */
const refusal = (db: string, keyFile: string, logKey: string, more: string[] = []) =>
  new Promise<string>((resolve) => {
    const options = ['--db', db, '--keys', keyFile, '--log-key', logKey]
    const args = ['server/main.ts', '--port', '0', ...options, ...more]
    const child = execFile(process.execPath, args, { timeout: 20_000 }, (_error, out, error) =>
      resolve(`${child.exitCode}: ${(out + error).trimEnd().split('\n').at(-1)}`),
    )
  })

test('F51 the database contains no private key in any form', async () => {
  await anna.signIn({ ...holders.TA, application: applications.ext })
  const secrets = secretsIn(await readKeys(anna.server.keyFile))
  expect(secrets).toHaveLength(PRIVATE_MEMBERS.length + 3)
  const stolen = await anna.server.stolenDatabase()
  expect(stolen).toContain('Anna Ampere')
  expect(secrets.flatMap(spellings).filter((secret) => stolen.includes(secret))).toEqual([])
  expect(stolen).not.toMatch(/PRIVATE KEY|"(d|dp|qi|priv)":/)
  expect((await stat(anna.server.keyFile)).mode & 0o777).toBe(0o600)
})

test(
  'F51 a copied database alone starts no server, and signatures made with it are valid nowhere else',
  async () => {
    const { database, keyFile } = anna.server
    const elsewhere = `${keyFile}.elsewhere`
    const logKey = keyFile.replace(/\.keys$/, '.log-key')
    expect(await refusal(database, elsewhere, logKey)).toMatch(
      /^1: The keys of this database are missing: there is no file .+elsewhere\. Copy it/,
    )
    const foreign = await startForeign()
    expect(await refusal(database, foreign, logKey)).toMatch(
      /^1: .+ does not contain the keys that this database used last\./,
    )
    const jwks = await (await fetch(`${anna.server.url}/oauth/jwks`)).json()
    const [{ key }] = (await readKeys(foreign)).signing as [KeyFile['signing'][0]]
    expect(jwks.keys.map(({ kid }: { kid: string }) => kid)).not.toContain(key.kid)
  },
  PROCESSES,
)

/** The key file of another organization. */
const startForeign = async (): Promise<string> => {
  const other = await createAttackedDatabase(seeded(riverside))
  onTestFinished(other.close)
  const { url: db, keyFile, logKey } = other
  await (await startServerProcess({ db, keyFile, logKey })).stop()
  return keyFile
}

test(
  'F51 when the key file is lost, new keys are made only if the operator asks for them',
  async () => {
    const database = await createAttackedDatabase(seeded(riverside))
    onTestFinished(database.close)
    const { url: db, keyFile, logKey } = database
    await (await startServerProcess({ db, keyFile, logKey })).stop()
    const lost = `${keyFile}.new`
    const there = ['keys', 'rotate', '--db', db, '--keys', keyFile]
    expect(await runAdmin([...there, '--lost'])).toMatchObject({
      status: 1,
      last: expect.stringMatching(/exists, so its keys are not lost/),
    })
    const command = ['keys', 'rotate', '--db', db, '--keys', lost]
    expect(await runAdmin(command)).toMatchObject({
      status: 1,
      last: expect.stringMatching(/There is no key file/),
    })
    expect((await runAdmin([...command, '--lost'])).status).toBe(0)
    const server = await startServerProcess({ db, keyFile: lost, logKey })
    onTestFinished(server.stop)
    const demo = ['--demo', 'riverside']
    expect(await refusal(db, keyFile, logKey, demo)).toMatch(/does not contain .*keys/)
  },
  PROCESSES,
)
