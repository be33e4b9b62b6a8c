import { beforeEach, describe, expect, it } from 'vitest'
import { createConfiguration } from '../../../extension/administration/change-configuration.ts'
import type { ConfigurationFile } from '../../../extension/messages/configuration.ts'
import { clearBrowser, createWorker } from '../../fixtures/worker.ts'

beforeEach(clearBrowser)

const clinic = {
  name: 'Clinic',
  clientId: 'carekey',
  fhirBase: 'https://clinic.test/fhir',
  authorizationEndpoint: 'https://clinic.test/authorize',
}

const browser = () => {
  const worker = createWorker()
  return { ...worker, configuration: createConfiguration(worker) }
}

const fileOf = (providers: unknown[], rest: object = {}): string =>
  JSON.stringify({ carekey: 'configuration', version: 1, providers, ...rest })

describe('a configuration', () => {
  it('can be exported and imported in another browser, without its secret', async () => {
    const one = browser()
    await one.providers.save({ ...clinic, clientSecret: 'top-secret', redirectUri: '' })
    const file = await one.configuration.export()
    expect(file).toEqual({
      carekey: 'configuration',
      version: 1,
      providers: [clinic],
    } satisfies ConfigurationFile)
    expect(JSON.stringify(file)).not.toMatch(/secret/i)

    await clearBrowser()
    const other = browser()
    const plan = await other.configuration.import(JSON.stringify(file), [])
    expect(plan).toEqual({
      ...{
        added: ['Clinic (clinic.test)'],
        changed: [],
        unchanged: [],
        foreign: [],
        signedOut: [],
        faults: [],
      },
    })
    expect(await other.providers.describe()).toMatchObject([{ ...clinic, hasSecret: false }])
  })

  it('shows its plan before anything is changed', async () => {
    const { configuration, providers } = browser()
    await providers.save({ ...clinic, redirectUri: '' })
    const other = { ...clinic, clientId: 'other' }
    const movedClinic = {
      ...clinic,
      name: 'Clinic West',
      authorizationEndpoint: 'https://clinic.test/elsewhere',
    }
    expect(await configuration.plan(fileOf([movedClinic, other]))).toEqual({
      added: ['Clinic (clinic.test)'],
      changed: [
        {
          name: 'Clinic (clinic.test)',
          changes: [
            { member: 'name', from: 'Clinic', to: 'Clinic West' },
            {
              member: 'authorizationEndpoint',
              from: 'https://clinic.test/authorize',
              to: 'https://clinic.test/elsewhere',
            },
          ],
        },
      ],
      unchanged: [],
      foreign: [],
      signedOut: ['Clinic West (clinic.test)'],
      faults: [],
    })
    expect(await providers.describe()).toMatchObject([clinic])
  })

  it.each([
    [
      'another sign-in address',
      { authorizationEndpoint: 'https://login.evil.test/authorize' },
      'login.evil.test',
    ],
    ['a relay of others', { redirectUri: 'https://relay.evil.test/_oauth/OAuth2Server' }, 'relay.evil.test'],
  ])(
    'F41 with %s of a known provider shows it, and waits until its host is confirmed',
    async (_what, change, host) => {
      const { configuration, providers } = browser()
      const savedProvider = await providers.save({ ...clinic, redirectUri: '' })
      const file = fileOf([{ ...clinic, ...change }])
      const plan = await configuration.plan(file)
      expect(plan.foreign).toEqual([{ name: 'Clinic (clinic.test)', host }])
      const [[member, to] = []] = Object.entries(change)
      expect(plan.changed[0]?.changes).toEqual([{ member, from: expect.any(String), to }])
      for (const confirmed of [[], ['clinic.test'], [`${host}.evil.test`]])
        await expect(configuration.import(file, confirmed)).rejects.toMatchObject({ code: 'import-refused' })
      expect(await providers.describe()).toEqual([savedProvider])
      await configuration.import(file, [host])
      expect(await providers.describe()).toMatchObject([change])
      // It is known now, so it needs no confirmation.
      expect((await configuration.plan(file)).foreign).toEqual([])
    },
  )

  it('F41 asks to confirm the host of a new provider as well', async () => {
    const { configuration } = browser()
    const file = fileOf([{ ...clinic, authorizationEndpoint: 'https://login.evil.test/authorize' }])
    expect((await configuration.plan(file)).foreign).toEqual([
      { name: 'Clinic (clinic.test)', host: 'login.evil.test' },
    ])
    await expect(configuration.import(file, [])).rejects.toMatchObject({ code: 'import-refused' })
  })

  it.each([
    ['a member', '"clientId":"carekey","clientId":"evil"', 'clientId'],
    ['one written with an escape', '"clientId":"carekey","client\\u0049d":"evil"', 'clientId'],
    ['a file with two lists', '"x":1}],"providers":[{"x":2', 'providers'],
  ])('F41 with %s twice is refused', async (_what, members, at) => {
    const { configuration } = browser()
    const plan = await configuration.plan(
      `{"carekey":"configuration","version":1,"providers":[{${members}}]}`,
    )
    expect(plan.faults).toEqual([{ at, reason: 'member-twice' }])
  })

  it('leaves an existing secret and the colour as they are', async () => {
    const { configuration, providers } = browser()
    const savedProvider = await providers.save({ ...clinic, clientSecret: 'top-secret', redirectUri: '' })
    await configuration.import(
      fileOf([
        { ...clinic, name: 'Renamed' },
        { ...clinic, clientId: 'other' },
      ]),
      [],
    )
    const [first, second] = await providers.describe()
    expect(first).toMatchObject({
      id: savedProvider.id,
      name: 'Renamed',
      hasSecret: true,
      hue: savedProvider.hue,
    })
    expect(second).toMatchObject({ hasSecret: false })
    expect(second?.hue).not.toBe(first?.hue)
  })

  it.each([
    ['one text without an end', `"${'\\"'.repeat(249_999)}`],
    ['half a million brackets', '['.repeat(500_000)],
    ['half a million spaces', `${'"a" '.repeat(10)}${' '.repeat(499_900)}`],
    ['a configuration that ends early', `{"carekey":"configuration","providers":["${'\\"'.repeat(249_000)}`],
  ])(
    'J65 refuses half a megabyte that is no JSON, without looking for its end again and again: %s',
    async (_what, text) => {
      expect((await createConfiguration(createWorker()).plan(text)).faults).toEqual([
        { at: 'file', reason: 'not-configuration' },
      ])
    },
  )

  it.each([
    ['is no JSON', '{', { at: 'file', reason: 'not-configuration' }],
    ['is of another kind', '{"providers":[]}', { at: 'file', reason: 'not-configuration' }],
    ['is of a later version', fileOf([], { version: 2 }), { at: 'version', reason: 'other-version' }],
    ['holds more than belongs there', fileOf([], { policy: {} }), { at: 'policy', reason: 'unknown-member' }],
    ['is too large', ' '.repeat(500_001), { at: 'file', reason: 'too-large' }],
    [
      'names too many',
      fileOf(Array.from({ length: 201 }, () => clinic)),
      { at: 'providers', reason: 'too-many' },
    ],
    ['names one twice', fileOf([clinic, clinic]), { at: clinic.fhirBase, reason: 'twice' }],
    [
      'holds a secret',
      fileOf([{ ...clinic, clientSecret: 'x' }]),
      { at: 'providers[0].clientSecret', reason: 'unknown-member' },
    ],
    [
      'lacks a name',
      fileOf([{ ...clinic, name: undefined }]),
      { at: 'providers[0].name', reason: 'not-text' },
    ],
    [
      'has an empty name',
      fileOf([{ ...clinic, name: ' ' }]),
      { at: 'providers[0].name', reason: 'not-usable' },
    ],
    [
      'has a script for an address',
      fileOf([{ ...clinic, authorizationEndpoint: 'javascript:1' }]),
      { at: 'providers[0].authorizationEndpoint', reason: 'not-usable' },
    ],
    [
      'has an address without TLS',
      fileOf([{ ...clinic, fhirBase: 'http://clinic.test' }]),
      { at: 'providers[0]', reason: 'insecure-address' },
    ],
    [
      'has an address in a private network',
      fileOf([{ ...clinic, fhirBase: 'https://10.0.0.1' }]),
      { at: 'providers[0]', reason: 'private-address' },
    ],
    ['holds a provider that is none', fileOf([null]), { at: 'providers[0]', reason: 'not-usable' }],
  ])('that %s is refused as a whole', async (_name, text, fault) => {
    const { configuration, providers } = browser()
    const good = { ...clinic, clientId: 'good' }
    const withGood = text.replace('"providers":[', `"providers":[${JSON.stringify(good)},`)
    expect((await configuration.plan(text)).faults).toEqual([fault])
    for (const each of [text, withGood.replace(',]', ']')])
      await expect(configuration.import(each, [])).rejects.toMatchObject({ code: 'import-refused' })
    expect(await providers.list()).toEqual([])
  })

  it("shows an unknown member's name only as far as it could be a name", async () => {
    const { configuration } = browser()
    const { faults } = await configuration.plan(fileOf([], { '<img src=x>': 1 }))
    expect(faults).toEqual([{ at: 'imgsrcx', reason: 'unknown-member' }])
  })
})
