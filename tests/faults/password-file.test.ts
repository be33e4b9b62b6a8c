import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'kysely'
import pg from 'pg'
import { expect, test } from 'vitest'
import { startChild } from '../../scripts/child.ts'
import { freePort, untilReady } from '../../scripts/server-process.ts'
import { createOwnPostgres, engines } from '../fixtures/store.ts'

const PASSWORD = 'one:of its \\own'

/** A database, on a server of its own, whose address names a role that PostgreSQL asks for a password. */
const createAsking = async () => {
  const database = await createOwnPostgres()
  const store = await database.open()
  const run = (statement: string) => sql.raw(statement).execute(store.db)
  await run(`create role asked superuser login password '${PASSWORD}'`)
  const { rows } = await sql<{ hba_file: string }>`show hba_file`.execute(store.db)
  const lines = ['host all asked all scram-sha-256', 'host all all all trust']
  await run(`copy (values ${lines.map((line) => `('${line}')`).join()}) to '${rows[0]?.hba_file}'`)
  await run('select pg_reload_conf()')
  await store.close()
  const url = new URL(database.url)
  url.username = 'asked'
  const isAsked = async () => {
    const client = new pg.Client(url.href)
    return client.connect().then(
      () => client.end(),
      () => true,
    )
  }
  await expect.poll(isAsked).toBe(true)
  return { url: url.href, close: database.close }
}

test.runIf(engines.includes('postgres'))(
  'a server takes its password from the password file, and writes nothing but its log',
  { timeout: 60_000 },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carekey-password-file-'))
    const database = await createAsking()
    const [passwords, config] = [join(folder, 'passwords'), join(folder, 'clinic.json')]
    const escaped = PASSWORD.replaceAll(/[:\\]/g, '\\$&')
    await writeFile(passwords, `127.0.0.1:*:*:asked:${escaped}\n`, { mode: 0o600 })
    const port = await freePort()
    await writeFile(config, JSON.stringify({ db: database.url, port }))
    const lines: string[] = []
    const server = startChild(process.execPath, ['server/main.ts', '--config', config], {
      env: { PGPASSFILE: passwords },
      onLine: (line) => lines.push(line),
    })
    try {
      await untilReady(`http://localhost:${port}`, server)
      // The thread that checks the log has a connection of its own.
      await expect
        .poll(() => existsSync(join(folder, 'clinic.log-key.checked')), { timeout: 20_000 })
        .toBe(true)
    } finally {
      await server.stop()
    }
    expect(lines).not.toEqual([])
    expect(lines.filter((line) => !line.startsWith('{'))).toEqual([])
    await database.close()
    await rm(folder, { recursive: true })
  },
)
