import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ServerProcess, startServerProcess } from '../fixtures/server-process.ts'
import { carekeyAt, signIn } from '../fixtures/sign-in.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-restored-'))
})
afterAll(() => rm(folder, { recursive: true }))

it('D07 a server does not start with yesterday’s database, unless the operator accepts it', async () => {
  const file = join(folder, 'clinic.db')
  const db = `sqlite:${file}`
  const yesterday = join(folder, 'yesterday.db')
  const read = async ({ url }: ServerProcess) => {
    const scope = 'launch/patient patient/*.rs'
    const { access_token } = await signIn(url, { username: 'john', scope, application: carekeyAt(url) })
    const headers = { authorization: `Bearer ${access_token}` }
    expect((await fetch(`${url}/fhir/Patient/john-doe`, { headers })).status).toBe(200)
  }
  const first = await startServerProcess({ db })
  const { url: publicUrl, port } = first
  await read(first)
  await first.stop()
  await copyFile(file, yesterday)

  const second = await startServerProcess({ db, publicUrl, port })
  await read(second)
  await second.stop()
  for (const suffix of ['-wal', '-shm']) await rm(`${file}${suffix}`, { force: true })
  await copyFile(yesterday, file)

  await expect(startServerProcess({ db, publicUrl, port })).rejects.toThrow(
    /The access log is not the one that was signed: it holds \d+ entries, but \d+ were signed .+--accept-rollback/,
  )
  const accepted = await startServerProcess({ db, publicUrl, port, acceptRollback: true })
  await read(accepted)
  await accepted.stop()
  await (await startServerProcess({ db, publicUrl, port })).stop()
}, 120_000)
