import { execFile, spawn } from 'node:child_process'
import { chmod, chown, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freePort, untilReady } from '../../scripts/server-process.ts'
import { narrowFile } from '../../server/files/private-file.ts'
import { openSqlite } from '../../server/store/sqlite/sqlite.ts'
import { canRunAsNobody, NOBODY } from '../fixtures/nobody.ts'

/** The usual umask of a shell: everybody can read new files. */
const UMASK = 0o022

const emptyFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-private-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const modes = async (folder: string): Promise<Record<string, string>> => {
  const names = (await readdir(folder)).sort()
  const result = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).mode & 0o777))
  return Object.fromEntries(names.map((name, at) => [name, (result[at] ?? 0).toString(8)]))
}

/** Runs `work` while the server runs on a database in this folder. @returns what the server wrote. */
const whileServed = async (
  folder: string,
  work: (url: string) => Promise<void>,
  user: Partial<typeof NOBODY> = {},
): Promise<string> => {
  const port = await freePort()
  const db = `sqlite:${join(folder, 'clinic.db')}`
  const server = spawn(process.execPath, ['server/main.ts', '--port', String(port), '--db', db], user)
  let output = ''
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text))
  const ended = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) =>
    server.on('exit', (code, signal) => resolve({ code, signal })),
  )
  await untilReady(`http://localhost:${port}`, { ended, stop: async () => {} })
  try {
    await work(`http://localhost:${port}`)
  } finally {
    server.kill('SIGTERM')
    await ended
  }
  return output
}

const run = (...args: string[]) =>
  new Promise<string>((resolve, reject) => {
    const child = execFile(process.execPath, args, (error, out, said) =>
      error ? reject(new Error(said)) : resolve(out),
    )
    child.stdin?.end('a-password-of-lee\n')
  })

describe('F50 files of an organization are readable by their owner only', { timeout: 60_000 }, () => {
  beforeAll(() => {
    const before = process.umask(UMASK)
    return () => void process.umask(before)
  })

  it('when the server makes them', async () => {
    const folder = await emptyFolder()
    const text = await whileServed(folder, async () =>
      expect(await modes(folder)).toEqual({
        'clinic.db': '600',
        'clinic.db-shm': '600',
        'clinic.db-wal': '600',
        'clinic.keys': '600',
        'clinic.log-key': '600',
        'clinic.log-key.checked': '600',
        'clinic.log-key.checkpoint': '600',
      }),
    )
    expect(text).not.toMatch(/open to others/)
  })

  it('when the store makes them, whatever the umask of its process', async () => {
    const folder = await emptyFolder()
    const store = await openSqlite(join(folder, 'a.db'))
    await store.write(async () => {})
    expect(await modes(folder)).toEqual({ 'a.db': '600', 'a.db-shm': '600', 'a.db-wal': '600' })
    await store.close()
  })

  it('when another process deletes one before it is narrowed, as SQLite does with its log', async () => {
    const file = join(await emptyFolder(), 'a.db-shm')
    await expect(narrowFile(file)).resolves.toBeUndefined()
  })

  it('when a command makes them', async () => {
    const folder = await emptyFolder()
    const patient = join(folder, 'patient.json')
    await writeFile(patient, JSON.stringify({ resourceType: 'Patient', id: 'one' }), { mode: 0o600 })
    const db = ['--db', `sqlite:${join(folder, 'deep/clinic.db')}`]
    await run('server/cli/import/main.ts', ...db, patient)
    expect(await modes(join(folder, 'deep'))).toEqual({ 'clinic.db': '600' })
    expect((await stat(join(folder, 'deep'))).mode & 0o777).toBe(0o700)
    await run('server/cli/admin/main.ts', 'user', 'add', ...db, '--name', 'lee', '--role', 'admin')
    expect(await modes(join(folder, 'deep'))).toEqual({ 'clinic.db': '600' })
  })

  // Only root can start a server as another user, who has to reach this copy.
  if (canRunAsNobody)
    it('when root rotates the keys of a server that runs as another user', async () => {
      const folder = await emptyFolder()
      await chown(folder, NOBODY.uid, NOBODY.gid)
      const rotate = (...more: string[]) =>
        run(
          'server/cli/admin/main.ts',
          'keys',
          'rotate',
          ...more,
          '--db',
          `sqlite:${join(folder, 'clinic.db')}`,
        )
      const expectOwn = async () => {
        for (const name of await readdir(folder)) {
          const { uid, gid, mode } = await stat(join(folder, name))
          expect([uid, gid, mode & 0o777], name).toEqual([NOBODY.uid, NOBODY.gid, 0o600])
        }
      }
      const work = async (url: string) => {
        const { keys } = JSON.parse(await rotate())
        await expectOwn()
        const { keys: published } = (await (await fetch(`${url}/oauth/jwks`)).json()) as typeof keys
        expect(published[0].kid).toBe(keys[0].kid)
        await expect.poll(async () => (await fetch(`${url}/readyz`)).json()).toEqual({ status: 'ready' })
        await rotate('--compromised')
        await expectOwn()
      }
      const text = await whileServed(folder, work, NOBODY)
      expect(text).not.toContain('cannot be read')
      await rm(join(folder, 'clinic.keys'))
      await rotate('--lost')
      await expectOwn()
      // What root restores, the server can open.
      const command = (...words: string[]) =>
        run('server/cli/admin/main.ts', ...words, '--db', `sqlite:${join(folder, 'clinic.db')}`)
      const backup = join(await emptyFolder(), 'backup')
      await command('backup', backup)
      await chmod(join(backup, 'database'), 0o644)
      await command('restore', backup, '--replace')
      await expectOwn()
      await whileServed(folder, async () => {}, NOBODY)
    })

  it('when others could read them before, and each is named once', async () => {
    const folder = await emptyFolder()
    await whileServed(folder, async () => {})
    const names = await readdir(folder)
    for (const name of names) await chmod(join(folder, name), 0o644)
    const text = await whileServed(folder, async () => {
      expect(Object.values(await modes(folder)).filter((mode) => mode !== '600')).toEqual([])
    })
    for (const name of names)
      expect(text.split(`${join(folder, name)} was open to others (mode 644)`)).toHaveLength(2)
  })
})
