import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../server/main.ts'

describe('F24 a server does not start', () => {
  test.each([
    'https://records.example.org',
    'https://127.0.0.1.example.org',
    'https://localhost.example.org',
  ])('as a demo at an address that others can reach: %s', async (url) => {
    await expect(readConfig(['--demo', 'riverside', '--public-url', url])).rejects.toThrow(
      /^--demo cannot be used with --public-url/,
    )
  })

  test.each([
    'http://records.example.org',
    'http://192.168.1.7:3100',
    'http://0.0.0.0:3100',
    'http://127.0.0.1.example.org',
    'http://localhost.example.org',
    'http://[2001:db8::1]',
  ])('if passwords would travel in clear: %s', async (url) => {
    await expect(readConfig(['--public-url', url])).rejects.toThrow(/^--public-url has to be https/)
  })

  test.each(['http://localhost:3100', 'http://127.0.0.1:3100', 'http://[::1]:3100'])(
    'except at %s',
    async (url) => {
      expect((await readConfig(['--public-url', url])).config.publicUrl).toBe(url)
      expect((await readConfig(['--demo', 'pulse', '--public-url', url])).config.demo).toBe('pulse')
    },
  )
})

describe('the organization’s name', () => {
  test.each([
    [['--name', ' North Clinic '], 'North Clinic'],
    [['--name', 'Clínica Ñuñoa', '--demo', 'riverside'], 'Clínica Ñuñoa'],
    [['--public-url', 'https://records.example.org'], 'records.example.org'],
    [['--demo', 'riverside'], 'Riverside Clinic'],
  ])('%j: %s', async (args, name) => {
    expect((await readConfig(args)).config.organization.name).toBe(name)
  })

  test.each(['', '  ', 'a\nb', 'North\u202eClinic', 'x'.repeat(81)])('cannot be %j', async (name) => {
    await expect(readConfig(['--name', name])).rejects.toThrow(/^--name takes 1 to 80 characters/)
  })
})

describe('a configuration file', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'carekey-config-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const configure = async (content: object): Promise<string[]> => {
    const file = join(folder, 'clinic.json')
    await writeFile(file, JSON.stringify(content))
    return ['--config', file]
  }
  const withings = { kind: 'withings', clientId: 'client', clientSecretFile: 'secret' }

  test('gives the same settings as options, and an option overrides it', async () => {
    const organization = { name: 'North Clinic', color: '#112233' }
    const publicUrl = 'https://records.example.org'
    const args = await configure({ organization, port: 3300, host: '0.0.0.0', publicUrl })
    expect(await readConfig(args)).toMatchObject({
      db: `sqlite:${folder}/data/carekey.db`,
      keyFile: `${folder}/data/carekey.keys`,
      config: {
        ...{ publicUrl, host: '0.0.0.0', port: 3300 },
        organization: { ...organization, about: 'Health records' },
        source: { kind: 'embedded' },
      },
    })
    const options = [
      '--port',
      '3301',
      '--db',
      'sqlite:other.db',
      '--name',
      'South',
      '--public-url',
      'http://[::1]:1',
    ]
    expect(await readConfig([...args, ...options])).toMatchObject({
      db: 'sqlite:other.db',
      config: { publicUrl: 'http://[::1]:1', port: 3301, organization: { name: 'South', color: '#112233' } },
    })
  })

  test.each<[object, string[], RegExp]>([
    [{ publicUrl: 'http://records.example.org' }, [], /clinic\.json: publicUrl has to be https/],
    [{}, ['--public-url', 'http://records.example.org'], /^--public-url has to be https/],
    [{ organization: { name: 'a\u202eb' } }, [], /clinic\.json: organization\.name takes 1 to 80/],
    [{ organization: { about: 'a\nb' } }, [], /clinic\.json: organization\.about takes 1 to 80/],
    [{ publicUrl: 'https://records.example.org' }, ['--demo', 'riverside'], /^--demo cannot be used/],
    [{ host: '0.0.0.0' }, ['--demo', 'riverside'], /^--demo cannot be used with host/],
    [{ source: withings }, ['--demo', 'riverside'], /^--demo riverside has records of its own/],
    [{}, ['--demo', 'withings'], /^--demo withings takes a configuration file with the source "withings"/],
    [{}, ['--demo', 'toString'], /^--demo takes riverside, pulse or withings/],
  ])('is checked as options are: %j %j', async (content, options, sentence) => {
    await expect(readConfig([...(await configure(content)), ...options])).rejects.toThrow(sentence)
  })

  test('G16 that names a missing secret starts no server', async () => {
    const args = await configure({ source: withings })
    await expect(readConfig(args)).rejects.toThrow(/clinic\.json: source\.clientSecretFile names a file/)
    await writeFile(join(folder, 'secret'), 'a secret', { mode: 0o600 })
    expect((await readConfig(args)).config.source).toMatchObject({ clientSecretFile: `${folder}/secret` })
    const demo = await readConfig([...args, '--demo', 'withings'])
    expect(demo.config).toMatchObject({ demo: 'withings', organization: { name: 'Withings' } })
  })
})
