import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChild } from '../../../scripts/child.ts'
import { freePort, untilReady } from '../../../scripts/server-process.ts'
import { openStore } from '../../../server/start/open-database.ts'
import { rememberOrganization } from '../../../server/store/known-organization.ts'
import { runAdmin, runImport, runVerify } from '../../fixtures/run-command.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'

const fhir = { kind: 'fhir', base: 'http://127.0.0.1:1', authentication: { kind: 'none' } } as const

let folder: string
let patient: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-config-'))
  patient = join(folder, 'patient.json')
  await writeFile(patient, '{"resourceType":"Patient","id":"pa"}')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const configure = async (name: string, content: object): Promise<string> => {
  const file = join(folder, `${name}.json`)
  await writeFile(file, JSON.stringify({ db: `sqlite:${name}.db`, ...content }))
  return file
}

test('a server and every command find their database through the same configuration', {
  timeout: 60_000,
}, async () => {
  const port = await freePort()
  const config = await configure('clinic', { organization: { name: 'North Clinic' }, port })
  expect(await runImport(['--config', config, patient])).toMatchObject({
    status: 0,
    last: '1 of 1 resources imported from 1 files.',
  })
  const lines: string[] = []
  const onLine = (line: string) => lines.push(line)
  const server = startChild(process.execPath, ['server/main.ts', '--config', config], { onLine })
  try {
    await untilReady(`http://localhost:${port}`, server)
    expect(await (await fetch(`http://localhost:${port}/login`)).text()).toContain('North Clinic')
    const sentence = `North Clinic is ready at http://localhost:${port} (on this machine at port ${port}). Ctrl-C ends it.`
    await expect.poll(() => lines.join('\n')).toContain(sentence)
    const invited = await runAdmin([
      'user',
      'invite',
      ...['--name', 'pa', '--role', 'patient', '--patient', 'pa', '--config', config],
    ])
    expect(invited.out).toContain(`"link":"http://localhost:${port}/`)
    expect((await runAdmin(['user', 'list', `--config=${config}`])).out).toContain('"pa"')
    expect(existsSync(join(folder, 'clinic.keys'))).toBe(true)
    expect((await runAdmin(['keys', 'list', '--config', config])).out).toContain('"state":"signs"')
  } finally {
    await server.stop()
  }
  expect(await runVerify(['--config', config])).toMatchObject({
    status: 0,
    last: expect.stringMatching(/^The access log is sound: \d/),
  })
})

test.runIf(engines.includes('postgres'))(
  'the keys of a PostgreSQL database lie beside its configuration, where every command finds them',
  { timeout: 60_000 },
  async () => {
    const database = await createDatabase('postgres')
    const port = await freePort()
    const config = await configure('north', { db: database.url, port })
    const withConfig = ['--config', config]
    const server = startChild(process.execPath, ['server/main.ts', ...withConfig], { onLine: () => {} })
    try {
      await untilReady(`http://localhost:${port}`, server)
      expect(existsSync(join(folder, 'north.keys'))).toBe(true)
      expect(existsSync(join(folder, 'north.log-key'))).toBe(true)
      expect(existsSync(join('data', `${new URL(database.url).pathname}.keys`))).toBe(false)
      const { out } = await runAdmin(['keys', 'list', ...withConfig])
      expect(out).toContain('"state":"signs"')
      expect((await runAdmin(['keys', 'rotate', ...withConfig])).out).toContain('"state":"published"')
      // It looks for the key first.
      expect(await runAdmin(['log', 'erase', '--patient', 'nobody', '--yes', ...withConfig])).toMatchObject({
        last: 'The access log has no entry about a patient nobody.',
      })
    } finally {
      await server.stop()
    }
    expect(await runVerify(withConfig)).toMatchObject({
      status: 0,
      last: expect.stringMatching(/^The access log is sound: \d/),
    })
    await database.close()
  },
)

test('--db overrides the database of a configuration', async () => {
  const config = await configure('other', {})
  const db = `sqlite:${join(folder, 'own.db')}`
  expect((await runImport(['--db', db, '--config', config, patient])).status).toBe(0)
  expect((await runAdmin(['client', 'list', '--db', db, '--config', config])).status).toBe(0)
  expect([existsSync(join(folder, 'own.db')), existsSync(join(folder, 'other.db'))]).toEqual([true, false])
})

test('every command reports a wrong or missing configuration in one sentence', async () => {
  const config = await configure('wrong', { port: 'x' })
  const sentence = `${config}: port takes a whole number from 0 to 65535.`
  expect(await runAdmin(['client', 'list', '--config', config])).toMatchObject({ status: 2, last: sentence })
  expect(await runVerify(['--config', config])).toMatchObject({ status: 2, last: sentence })
  expect(await runImport(['--config', config, patient])).toMatchObject({ status: 2, last: sentence })
  expect(await runAdmin(['client', 'list', '--config'])).toMatchObject({
    status: 2,
    last: '--config takes the name of a file.',
  })
})

test('G16 a server whose secret is open to other users does not start, and creates no database', async () => {
  const secret = join(folder, 'token')
  await writeFile(secret, 'ZZCANARY-secret')
  await new Promise((resolve) => execFile('chmod', ['644', secret], resolve))
  const authentication = { kind: 'bearer', tokenFile: 'token' }
  const config = await configure('gateway', { source: { ...fhir, authentication } })
  const [status, out] = await new Promise<[number | null, string]>((resolve) => {
    const child = execFile(process.execPath, ['server/main.ts', '--config', config], (_error, out, error) =>
      resolve([child.exitCode, out + error]),
    )
  })
  expect(status).toBe(1)
  expect(out).toBe(
    `${config}: source.authentication.tokenFile is refused: ${secret} is open to others (mode 644). Close it with: chmod 600 ${secret}\n`,
  )
  expect(existsSync(join(folder, 'gateway.db'))).toBe(false)
})

test('checklist G8 an import is refused if the records are not in the organization’s own database', async () => {
  const config = await configure('upstream', { source: fhir })
  const refusal = {
    status: 1,
    last: 'Nothing was imported: the records of this organization are not in its own database, because its source is "fhir".',
  }
  expect(await runImport(['--config', config, patient])).toMatchObject(refusal)
  expect(existsSync(join(folder, 'upstream.db'))).toBe(false)
  // A server that was started with this source tells a command that only knows the database.
  const db = `sqlite:${join(folder, 'upstream.db')}`
  const store = await openStore(db)
  const organization = { name: 'North Clinic', about: '', color: '#000000' }
  await rememberOrganization(store, {
    ...{ publicUrl: 'http://localhost', host: 'localhost', port: 0, organization, source: fhir },
  })
  await store.close()
  expect(await runImport(['--db', db, patient])).toMatchObject(refusal)
  // Even if the configuration was changed since, the records are not the organization's own.
  expect(await runImport(['--config', await configure('upstream', {}), patient])).toMatchObject({
    status: 1,
    last: 'Nothing was imported: the server of this organization was last started with the source "fhir". Start it with this configuration first.',
  })
})

test('in front of another FHIR server, user add says that it did not look for the patient there', async () => {
  const path = join(folder, 'front.db')
  const organization = { name: 'North Clinic', about: '', color: '#000000' }
  const defaults = { publicUrl: 'http://localhost', host: 'localhost', port: 0, organization }
  const store = await openStore(`sqlite:${path}`)
  const invite = (name: string, where: string[]) =>
    runAdmin(['user', 'invite', '--name', name, '--role', 'patient', '--patient', 'pa', ...where])
  const note =
    'Note: it was not checked whether there is a Patient/pa, because the records are on another server. If there is none, this person will see no record.'
  // The configuration says it before a server was started with it.
  await rememberOrganization(store, { ...defaults, source: { kind: 'embedded' } })
  const config = await configure('front', { source: fhir })
  expect(await invite('ana', ['--config', config])).toMatchObject({ status: 0, last: note })
  await rememberOrganization(store, { ...defaults, source: fhir })
  expect(await invite('ben', ['--db', `sqlite:${path}`])).toMatchObject({ status: 0, last: note })
  await store.close()
})
