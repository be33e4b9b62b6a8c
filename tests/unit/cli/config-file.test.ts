import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import schema from '../../../docs/config.schema.json' with { type: 'json' }
import { type ConfigFile, readConfigFile, requireSecrets } from '../../../server/start/config-file.ts'

const SECRET = 'ZZCANARY-secret'
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carekey-config-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const write = async (content: unknown): Promise<string> => {
  const file = join(folder, 'clinic.json')
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

/** Reads a configuration as the server does at start. @returns the sentence without the file's name. */
const refusalOf = async (content: unknown): Promise<string> => {
  const file = await write(content)
  const error = await readConfigFile(file)
    .then(requireSecrets)
    .catch((refusal: unknown) => refusal)
  expect(error).toMatchObject({ code: 'config' })
  const everything = JSON.stringify(error, Object.getOwnPropertyNames(error))
  expect(everything).not.toContain(SECRET)
  const { message } = error as Error
  expect(message.startsWith(file)).toBe(true)
  expect(message).toMatch(/^[^\n]+(\.|: chmod 600 \S+)$/)
  return message.slice(file.length).replace(/^: /, '').trim()
}

const fhir = (authentication: object) => ({
  source: { kind: 'fhir', base: 'https://hapi:8443/fhir/', authentication },
})

/** Configurations with every key of each kind. The compiler compares them with the types, the test with the schema. */
const whole = {
  file: {
    $schema: 'config.schema.json',
    organization: { name: 'North Clinic', about: 'Health records', color: '#0b6e6e' },
    publicUrl: 'https://records.example.org',
    port: 3100,
    host: '0.0.0.0',
    trustProxy: ['127.0.0.1', '10.0.0.0/8'],
    db: 'sqlite:clinic.db',
    source: { kind: 'embedded' },
    windows: { patient: '30 days', clinician: '8 hours', admin: '1 hour' },
    signIn: [{ kind: 'password' }],
    metrics: { port: 9464, host: '127.0.0.1' },
  } satisfies Required<ConfigFile>,
  sources: [
    { kind: 'embedded' },
    {
      kind: 'fhir',
      base: 'https://fhir.example.org',
      aliases: ['http://10.0.0.5:8080/fhir'],
      authentication: { kind: 'none' },
    },
    {
      kind: 'withings',
      clientId: 'client',
      clientSecretFile: 'secret',
      accountUrl: 'https://account.example.org',
      apiUrl: 'https://api.example.org',
    },
  ] satisfies Required<NonNullable<ConfigFile['source']>>[],
  authentications: [
    { kind: 'none' },
    { kind: 'bearer', tokenFile: 'secret' },
    { kind: 'basic', username: 'carekey', passwordFile: 'secret' },
    { kind: 'smart-backend', clientId: 'carekey', keyFile: 'secret' },
  ] satisfies Required<Extract<ConfigFile['source'], { kind: 'fhir' }>['authentication']>[],
}

describe('the schema', () => {
  const keysOf = (variants: readonly { properties: object }[]) =>
    variants.map(({ properties }) => Object.keys(properties))
  const { source } = schema.properties

  test('has the keys of the types, in every kind of source and authentication', () => {
    expect(Object.keys(schema.properties)).toEqual(Object.keys(whole.file))
    expect(Object.keys(schema.properties.organization.properties)).toEqual(
      Object.keys(whole.file.organization),
    )
    expect(keysOf(source.oneOf)).toEqual(whole.sources.map(Object.keys))
    const authentication = source.oneOf.flatMap((it) => it.properties.authentication?.oneOf ?? [])
    expect(keysOf(authentication)).toEqual(whole.authentications.map(Object.keys))
  })

  test.each([
    {},
    whole.file,
    ...whole.sources.map((source) => ({ source })),
    ...whole.authentications.map(fhir),
  ])('takes %j', async (content) => {
    await writeFile(join(folder, 'secret'), SECRET, { mode: 0o600 })
    await requireSecrets(await readConfigFile(await write(content)))
  })
})

test('J20 a window is a length of time, and the others are as by default', async () => {
  const windowsOf = async (windows?: object) =>
    (await readConfigFile(await write(windows ? { windows } : {}))).windows
  expect(await windowsOf()).toEqual({ clinician: 43_200_000, admin: 43_200_000 })
  expect(await windowsOf({ clinician: '90 minutes', patient: '1 day' })).toEqual({
    ...{ clinician: 5_400_000, admin: 43_200_000, patient: 86_400_000 },
  })
})

test('names of files are relative to the file, the database’s too, and addresses have one spelling', async () => {
  expect(await readConfigFile(await write({ db: 'sqlite:data/clinic.db' }))).toMatchObject({
    db: `sqlite:${folder}/data/clinic.db`,
    source: { kind: 'embedded' },
  })
  expect((await readConfigFile(await write({}))).db).toBe(`sqlite:${folder}/data/carekey.db`)
  expect((await readConfigFile(await write({ db: 'sqlite:/srv/clinic.db' }))).db).toBe(
    'sqlite:/srv/clinic.db',
  )
  const { source } = await readConfigFile(
    await write(fhir({ kind: 'smart-backend', clientId: 'carekey', keyFile: 'keys/upstream.pem' })),
  )
  expect(source).toEqual({
    kind: 'fhir',
    base: 'https://hapi:8443/fhir',
    authentication: { kind: 'smart-backend', clientId: 'carekey', keyFile: `${folder}/keys/upstream.pem` },
  })
  const withings = { kind: 'withings', clientId: 'client', clientSecretFile: '/run/secrets/withings' }
  expect((await readConfigFile(await write({ source: withings }))).source).toEqual({
    ...withings,
    accountUrl: 'https://account.withings.com',
    apiUrl: 'https://wbsapi.withings.net',
  })
})

describe('G16 a configuration is refused in one sentence, which names the key', () => {
  const bearer = { kind: 'bearer', tokenFile: 'token' }
  const withings = { kind: 'withings', clientId: 'client', clientSecretFile: 'token' }
  const cases: [unknown, string][] = [
    // Unknown keys.
    [
      { bd: 'sqlite:x' },
      'bd is not a key of the configuration. It takes organization, publicUrl, port, host, trustProxy, db, source, windows, signIn or metrics.',
    ],
    [
      { organization: { colour: '#000000' } },
      'organization.colour is not a key of the configuration. organization takes name, about or color.',
    ],
    [
      { source: { kind: 'embedded', base: 'https://x' } },
      'source.base is not a key of the configuration. source takes kind.',
    ],
    [
      '{"__proto__": {}}',
      '__proto__ is not a key of the configuration. It takes organization, publicUrl, port, host, trustProxy, db, source, windows, signIn or metrics.',
    ],
    // What is not available yet.
    [{ mail: {} }, 'mail is not available yet.'],
    [{ witnesses: [] }, 'witnesses is not available yet.'],
    [
      { signIn: [{ kind: 'password' }, { kind: 'passkey' }] },
      'signIn[1].kind "passkey" is not available yet; it takes "password".',
    ],
    [
      { signIn: [{ kind: 'oidc', issuer: 'https://x' }] },
      'signIn[0].kind "oidc" is not available yet; it takes "password".',
    ],
    // Wrong values.
    [[], 'The whole takes an object in braces.'],
    ['null', 'The whole takes an object in braces.'],
    [{ port: '3100' }, 'port takes a whole number from 0 to 65535.'],
    [{ port: 3100.5 }, 'port takes a whole number from 0 to 65535.'],
    [{ port: 65_536 }, 'port takes a whole number from 0 to 65535.'],
    [
      { publicUrl: SECRET },
      'publicUrl takes an address without a path, such as https://records.example.org.',
    ],
    [{ organization: 'North Clinic' }, 'organization takes an object with name, about and color.'],
    [{ organization: { name: '' } }, 'organization.name takes 1 to 80 characters.'],
    [{ organization: { color: 'teal' } }, 'organization.color takes a color as #rrggbb.'],
    [{ db: 'data/clinic.db' }, 'db takes sqlite:PATH or postgres://… without a password.'],
    [
      { windows: { clinician: 'a while' } },
      'windows.clinician takes a length of time, such as 12 hours or 30 days.',
    ],
    [
      { windows: { clinician: '0 hours' } },
      'windows.clinician takes a length of time, such as 12 hours or 30 days.',
    ],
    [
      { windows: { clinician: 12 } },
      'windows.clinician takes a length of time, such as 12 hours or 30 days.',
    ],
    [
      { windows: { nurse: '1 hour' } },
      'windows.nurse is not a key of the configuration. windows takes patient, clinician or admin.',
    ],
    [{ windows: [] }, 'windows takes an object with clinician, admin or patient.'],
    [
      { trustProxy: 1 },
      'trustProxy takes a list of addresses and networks, such as ["127.0.0.1", "10.0.0.0/8"].',
    ],
    [
      { trustProxy: [] },
      'trustProxy takes a list of addresses and networks, such as ["127.0.0.1", "10.0.0.0/8"].',
    ],
    ...[
      'proxy.example.org',
      '10.0.0.0/0',
      '::/0',
      '10.0.0.0/33',
      '10.0.0.0/8/8',
      '10.1',
      '0x7f.1',
      '',
      'loopback',
    ].map((network): [unknown, string] => [
      { trustProxy: ['127.0.0.1', network] },
      'trustProxy[1] takes an address or a network, such as 10.0.0.0/8.',
    ]),
    [{ signIn: [] }, 'signIn takes a list of ways to sign in, such as [{ "kind": "password" }].'],
    [{ signIn: [{ kind: SECRET }] }, 'signIn[0].kind takes "password".'],
    [{ source: 'embedded' }, 'source takes an object with a kind.'],
    [{ source: {} }, 'source.kind takes "embedded", "fhir" or "withings".'],
    [{ source: { kind: 7 } }, 'source.kind takes "embedded", "fhir" or "withings".'],
    [{ source: { kind: 'fhir', authentication: bearer } }, 'source.base is missing.'],
    [fhir({ kind: 'bearer' }), 'source.authentication.tokenFile is missing.'],
    [
      fhir({ kind: 'digest' }),
      'source.authentication.kind takes "none", "bearer", "basic" or "smart-backend".',
    ],
    [
      fhir({ kind: 'basic', username: 'a:b', passwordFile: 'x' }),
      'source.authentication.username takes a name without a colon.',
    ],
    // Addresses.
    [
      { source: { kind: 'fhir', base: 'https://', authentication: bearer } },
      'source.base takes an http or https address without user name, query and fragment.',
    ],
    [
      { source: { kind: 'fhir', base: 'https://fhir.example.org?tenant=1', authentication: bearer } },
      'source.base takes an http or https address without user name, query and fragment.',
    ],
    [
      { source: { ...withings, apiUrl: 'https://x.example/v2' } },
      'source.apiUrl takes an address without a path.',
    ],
    [
      { source: { ...withings, accountUrl: 'http://x.example' } },
      'source.accountUrl has to be https, except on this machine, because the client secret would travel unencrypted.',
    ],
    // Secrets in the file itself.
    [
      fhir({ kind: 'bearer', token: SECRET }),
      'source.authentication.token must not be in this file, because a secret stands in a file of its own, which source.authentication.tokenFile names.',
    ],
    [
      fhir({ kind: 'basic', username: 'u', password: SECRET }),
      'source.authentication.password must not be in this file, because a secret stands in a file of its own, which source.authentication.passwordFile names.',
    ],
    [
      { source: { ...withings, clientSecret: SECRET } },
      'source.clientSecret must not be in this file, because a secret stands in a file of its own, which source.clientSecretFile names.',
    ],
    [
      { password: SECRET },
      'password must not be in this file, because a secret stands in a file of its own.',
    ],
    [
      fhir({ kind: 'bearer', tokenFile: SECRET }),
      'source.authentication.tokenFile names a file that does not exist; names are relative to FOLDER.',
    ],
    [
      {
        source: { kind: 'fhir', base: `https://carekey:${SECRET}@fhir.example.org`, authentication: bearer },
      },
      'source.base takes an http or https address without user name, query and fragment.',
    ],
    [
      { db: `postgres://carekey:${SECRET}@db.example.org/carekey` },
      'db must not hold a password. Put it into a password file of PostgreSQL, which the environment names as PGPASSFILE.',
    ],
    [
      { db: `postgres://carekey:${SECRET}@db1:5432,db2:5432/carekey` },
      'db must not hold a password. Put it into a password file of PostgreSQL, which the environment names as PGPASSFILE.',
    ],
    [
      { db: `postgres://db.example.org/carekey?password=${SECRET}` },
      'db must not hold a password. Put it into a password file of PostgreSQL, which the environment names as PGPASSFILE.',
    ],
    // JSON that other parsers read differently.
    [
      '{"source": {"kind": "embedded"},\n "source": {"kind": "fhir"}}',
      'has source twice; the second is in line 2.',
    ],
    [
      '{"source": {"kind": "embedded", "k\\u0069nd": "fhir"}}',
      'has source.kind twice; the second is in line 1.',
    ],
    [
      '{"signIn": [{}, {"kind": "password", "kind": "password"}]}',
      'has signIn[1].kind twice; the second is in line 1.',
    ],
    [`{\n "port": 3100 // ${SECRET}\n}`, 'has a comment in line 2. JSON has none; remove it.'],
    [`/* ${SECRET} */ {}`, 'has a comment in line 1. JSON has none; remove it.'],
    [`# ${SECRET}\n{}`, 'has a comment in line 1. JSON has none; remove it.'],
    ['\ufeff{}', 'begins with a byte order mark. Save it as UTF-8 without one.'],
    [`{"port": 3100,\n "db": '${SECRET}'}`, 'is not JSON: there is a mistake in line 2.'],
    [`{"db": "${SECRET}",\n}`, 'is not JSON: there is a mistake in line 2.'],
    [`{"db": "${SECRET}\n"}`, 'is not JSON: there is a mistake in line 1.'],
    [`{"db": "${SECRET}"\n"port": 1}`, 'is not JSON: there is a mistake in line 2.'],
    ['{"port": 01}', 'is not JSON: there is a mistake in line 1.'],
    [`{"db": "${SECRET}"`, 'is not JSON: there is a mistake in line 1.'],
    ['', 'is not JSON: it ends too early.'],
    [' '.repeat(10_000_000), 'is larger than 1024 kB.'],
  ]
  test.each(cases.map(([content, sentence]) => [sentence, content]))('%s', async (sentence, content) => {
    expect((await refusalOf(content)).replace(folder, 'FOLDER')).toBe(sentence)
  })

  test.each([
    `postgres://carekey:${SECRET}@/carekey?host=/run/postgresql`,
    `postgres://carekey:${SECRET}@db1:5432,db2:x/carekey`,
    `postgresql://carekey:${SECRET}@:5432/carekey`,
  ])('for a database that the driver alone would understand: %s', async (db) => {
    expect(await refusalOf({ db })).toBe('db takes sqlite:PATH or postgres://… without a password.')
  })

  test.each([
    'postgres://carekey@db.example.org/carekey',
    'postgres://carekey@db1:5432,db2:5432/carekey',
    'postgres:///carekey?host=/run/postgresql&user=carekey',
    'postgres://carekey@%2Frun%2Fpostgresql/carekey',
  ])('which a database without a password is not: %s', async (db) => {
    expect((await readConfigFile(await write({ db }))).db).toBe(db)
  })

  test.each([
    bearer,
    { kind: 'basic', username: 'carekey', passwordFile: 'token' },
    { kind: 'smart-backend', clientId: 'carekey', keyFile: 'token' },
  ])('where the credential would travel unencrypted: %j', async (authentication) => {
    const at = (base: string, changed: object = authentication) => ({
      source: { kind: 'fhir', base, authentication: changed },
    })
    for (const base of ['http://fhir.example.org/fhir', 'http://10.0.0.7:8080/fhir', 'http://hapi:8080/fhir'])
      expect(await refusalOf(at(base))).toBe(
        'source.base has to be https, except on this machine, because the credential would travel unencrypted.',
      )
    await readConfigFile(await write(at('http://127.0.0.1:8080/fhir')))
    await readConfigFile(await write(at('http://hapi:8080/fhir', { kind: 'none' })))
  })

  test('when a secret file is open to others: the command that closes it', async () => {
    const file = join(folder, 'open')
    await writeFile(file, SECRET)
    execFileSync('chmod', ['644', file])
    const source = { ...withings, clientSecretFile: 'open' }
    expect(await refusalOf({ source })).toBe(
      `source.clientSecretFile is refused: ${file} is open to others (mode 644). Close it with: chmod 600 ${file}`,
    )
  })

  test.each<[string, () => Promise<unknown>, string]>([
    ['is missing', () => rm(join(folder, 'clinic.json'), { force: true }), 'does not exist.'],
    ['is a folder', () => mkdir(join(folder, 'clinic.json')), 'is a folder.'],
  ])('when the file %s', async (_what, prepare, reason) => {
    const file = join(folder, 'clinic.json')
    await rm(file, { recursive: true, force: true })
    await prepare()
    await expect(readConfigFile(file)).rejects.toThrow(`${file} ${reason}`)
    await rm(file, { recursive: true, force: true })
  })
})
