import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, startServer, untilReady } from '../../../scripts/server-process.ts'
import { openStore } from '../../../server/start/open-database.ts'
import { runAdmin, runImport, runVerify } from '../../fixtures/run-command.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'

const ended = ({ status, out, error }: Awaited<ReturnType<typeof runAdmin>>) => ({
  code: status,
  out,
  said: error.trim().split('\n').at(-1) ?? '',
})
const admin = async (...args: string[]) => ended(await runAdmin(args))
const verify = async (...args: string[]) => ended(await runVerify(args))

describe.each(engines)('O3 a backup on %s', { timeout: 120_000 }, (engine) => {
  const newFolder = async () => {
    const folder = await mkdtemp(join(tmpdir(), 'carekey-backup-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return folder
  }
  const newDatabase = async (demo?: typeof riverside) => {
    const { url, logKey, keyFile, close } = await createDatabase(engine, demo)
    onTestFinished(close)
    // Where commands look for the keys.
    const config = join(dirname(keyFile), 'test.json')
    await writeFile(config, JSON.stringify({ db: url }))
    return { url, logKey, keyFile, options: ['--config', config] }
  }
  const serve = async (port: number, { url, options }: Awaited<ReturnType<typeof newDatabase>>) => {
    const [, config = ''] = options
    const lines: string[] = []
    const server = startServer({
      port,
      db: url,
      demo: 'riverside',
      config,
      onLine: (line) => lines.push(line),
    })
    onTestFinished(() => server.stop())
    await untilReady(`http://localhost:${port}`, server)
    return server
  }
  /** Whether the token of John opens his record. */
  const opens = async (port: number, token: string | undefined) => {
    const headers = { authorization: `Bearer ${token}` }
    return (await fetch(`http://localhost:${port}/fhir/Patient/john-doe`, { headers })).status === 200
  }
  const readAs = async (port: number) => {
    const url = `http://localhost:${port}`
    const application = carekeyAt(url)
    const { access_token } = await signIn(url, {
      username: 'john',
      scope: 'openid launch/patient patient/*.rs',
      application,
    })
    expect(await opens(port, access_token)).toBe(true)
    return access_token
  }

  it('is taken while a server runs, and restored on another machine with all that was allowed', async () => {
    const [first, second, port] = [await newDatabase(riverside), await newDatabase(), await freePort()]
    const server = await serve(port, first)
    const token = await readAs(port)
    const signed = async () => {
      const note = await fetch(`http://localhost:${port}/audit/checkpoint`).then((answer) => answer.text())
      return Number(note.split('\n')[1])
    }
    await expect.poll(signed, { timeout: 12_000 }).toBeGreaterThan(3)
    const [folder, keys] = [join(await newFolder(), 'backup'), join(await newFolder(), 'keys')]
    const backup = await admin('backup', folder, '--keys', keys, ...first.options)
    expect(backup).toMatchObject({ code: 0, said: '' })
    const { entries } = JSON.parse(backup.out)
    expect(entries).toBeGreaterThan(3)
    expect((await readdir(folder)).sort()).toEqual(['backup.json', 'database', 'log-key.checkpoint'])
    expect(await readFile(join(folder, 'database'), 'latin1')).not.toContain(
      await readFile(first.logKey, 'latin1'),
    )
    expect(await admin('backup', folder, ...first.options)).toMatchObject({
      code: 1,
      said: `${folder} is not empty. A backup takes a folder of its own.`,
    })
    await server.stop()

    expect((await admin('restore', folder, ...second.options)).said).toMatch(
      /^There is no log key at .+--keys\.$/,
    )
    const restored = await admin('restore', folder, '--keys', keys, ...second.options)
    expect(restored).toMatchObject({ code: 0, said: '' })
    expect(JSON.parse(restored.out)).toMatchObject({ entries })
    expect(await readFile(second.logKey, 'utf8')).toBe(await readFile(first.logKey, 'utf8'))
    expect(await verify(...second.options)).toMatchObject({ code: 0, said: '' })
    await serve(port, second)
    expect(await opens(port, token)).toBe(true)
  })

  it('replaces what stands only when that is said, not under a server, and a later log only when that is said too', async () => {
    const [database, port] = [await newDatabase(riverside), await freePort()]
    const server = await serve(port, database)
    await readAs(port)
    const folder = join(await newFolder(), 'backup')
    const { entries } = JSON.parse((await admin('backup', folder, ...database.options)).out)
    const later = await readAs(port)
    const restore = (...more: string[]) => admin('restore', folder, ...more, ...database.options)
    expect(await restore()).toMatchObject({ code: 1, said: expect.stringContaining('add --replace') })
    expect(await restore('--replace', '--accept-rollback')).toMatchObject({
      code: 1,
      said: 'Other programs have the database open. Stop every server, and whatever else reads it.',
    })
    expect(await opens(port, later)).toBe(true)
    await server.stop()

    const refusal = await restore('--replace')
    expect(refusal.code).toBe(1)
    const [, inBackup, here] =
      /^The backup's access log has (\d+) entries, and (\d+) were recorded here/.exec(refusal.said) ?? []
    expect(Number(inBackup)).toBe(entries)
    expect(Number(here)).toBeGreaterThan(entries)
    // Another log's key signed nothing of it.
    const { logKey: other, ...elsewhere } = await newDatabase(riverside)
    await (await serve(await freePort(), { logKey: other, ...elsewhere })).stop()
    expect(await restore('--replace', '--accept-rollback', '--log-key', other)).toMatchObject({ code: 1 })
    const again = await serve(port, database)
    expect(await opens(port, later)).toBe(true)
    await again.stop()

    expect(await restore('--replace', '--accept-rollback')).toMatchObject({ code: 0, said: '' })
    const sound = await verify(...database.options)
    expect(sound.code).toBe(0)
    expect(sound.out).toContain('The log was set back on purpose')
    await serve(port, database)
    expect(await opens(port, later)).toBe(false)
  })

  it('counts an entry that waits for its place, in what stands and in the backup', async () => {
    const [database, port] = [await newDatabase(riverside), await freePort()]
    const server = await serve(port, database)
    await server.stop()
    const [before, after] = [join(await newFolder(), 'backup'), join(await newFolder(), 'backup')]
    const backUp = async (folder: string) =>
      Number(JSON.parse((await admin('backup', folder, ...database.options)).out).entries)
    const entries = await backUp(before)
    // A command at the terminal, while no server runs that would place its entry.
    expect(await admin('user', 'disable', '--name', 'lee', ...database.options)).toMatchObject({ code: 0 })
    expect(await backUp(after)).toBe(entries + 1)
    expect((await admin('restore', before, '--replace', ...database.options)).said).toContain(
      `${entries} entries, and ${entries + 1} were recorded here`,
    )
    const list = await admin('user', 'list', ...database.options)
    expect(list.out).toContain('"state":"disabled"')
    expect(await admin('restore', after, '--replace', ...database.options)).toMatchObject({ code: 0 })
    expect((await admin('user', 'list', ...database.options)).out).toBe(list.out)
  })

  if (engine === 'sqlite')
    it('and nothing else takes the name of a database whose newest entries may lie beside it', async () => {
      const [database, port] = [await newDatabase(riverside), await freePort()]
      const server = await serve(port, database)
      const folder = join(await newFolder(), 'backup')
      const keys = join(folder, '..keys')
      expect((await admin('backup', folder, '--keys', keys, ...database.options)).code).toBe(2)
      expect(await admin('backup', folder, ...database.options)).toMatchObject({ code: 0 })
      await readAs(port)
      const path = database.url.replace('sqlite:', '')
      // Under a running server, whose newest entries are in the write-ahead log.
      await rename(path, `${path}.aside`)
      const patient = join(await newFolder(), 'patient.ndjson')
      await writeFile(patient, '{"resourceType":"Patient","id":"p1"}')
      const refused = expect.stringContaining(`${path} is missing, but ${path}-wal`)
      for (const said of [
        (await admin('restore', folder, ...database.options)).said,
        (await admin('restore', folder, '--replace', '--accept-rollback', ...database.options)).said,
        ended(await runImport(['--db', database.url, patient])).said,
      ])
        expect(said).toEqual(refused)
      await expect(openStore(database.url)).rejects.toThrow('is missing, but')
      expect(existsSync(path)).toBe(false)
      await rename(`${path}.aside`, path)
      await server.stop()
      expect(await verify(...database.options)).toMatchObject({ code: 0 })
    })

  it('that is damaged, or not whole, changes nothing', async () => {
    const [database, port] = [await newDatabase(riverside), await freePort()]
    const server = await serve(port, database)
    const folder = join(await newFolder(), 'backup')
    expect(await admin('backup', folder, ...database.options)).toMatchObject({ code: 0 })
    await server.stop()
    const restore = () => admin('restore', folder, '--replace', ...database.options)
    const file = join(folder, 'database')
    const whole = await readFile(file)
    const content = Buffer.from(whole)
    const at = content.length >> 1
    content[at] = (content[at] ?? 0) ^ 1
    await writeFile(file, content)
    expect((await restore()).said).toMatch(/^The backup is damaged/)
    // Whoever damaged it may have known that.
    const manifest = JSON.parse(await readFile(join(folder, 'backup.json'), 'utf8'))
    const half = content.subarray(0, at)
    await writeFile(file, half)
    const sha256 = createHash('sha256').update(half).digest('hex')
    await writeFile(join(folder, 'backup.json'), JSON.stringify({ ...manifest, sha256 }))
    expect((await restore()).code).toBe(1)
    // A log that says that it is longer would not be taken for an older one.
    await writeFile(file, whole)
    await writeFile(
      join(folder, 'backup.json'),
      JSON.stringify({ ...manifest, entries: manifest.entries + 9_000 }),
    )
    expect((await restore()).said).toMatch(/^The backup is damaged: its log has \d+ entries/)
    await writeFile(join(folder, 'backup.json'), '{')
    expect((await restore()).said).toBe('The backup is damaged: backup.json cannot be read.')
    await rm(join(folder, 'backup.json'))
    expect((await restore()).said).toMatch(/holds no backup/)
    expect(await verify(...database.options)).toMatchObject({ code: 0 })
    const again = await serve(port, database)
    await readAs(port)
    await again.stop()

    if (engine !== 'sqlite') return
    // A damaged database is why somebody restores one.
    await writeFile(database.url.replace('sqlite:', ''), 'no database any more')
    await writeFile(file, whole)
    await writeFile(join(folder, 'backup.json'), JSON.stringify(manifest))
    expect((await restore()).said).toContain('add --accept-rollback')
    expect(
      await admin('restore', folder, '--replace', '--accept-rollback', ...database.options),
    ).toMatchObject({ code: 0 })
    await serve(port, database)
    await readAs(port)
  })

  if (engine === 'postgres')
    it('is not restored over the tables of another program', async () => {
      const [database, other] = [await newDatabase(riverside), await newDatabase()]
      const client = new pg.Client({ connectionString: other.url })
      await client.connect()
      await client.query('create table of_another_program (value text)')
      await client.end()
      const server = await serve(await freePort(), database)
      const [folder, keys] = [join(await newFolder(), 'backup'), join(await newFolder(), 'keys')]
      expect(await admin('backup', folder, '--keys', keys, ...database.options)).toMatchObject({ code: 0 })
      await server.stop()
      expect((await admin('restore', folder, '--keys', keys, ...other.options)).said).toBe(
        'The database is not empty. To replace all that is in it, add --replace.',
      )
    })
})
