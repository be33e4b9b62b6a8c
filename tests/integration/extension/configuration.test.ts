import { beforeEach, describe, expect, it } from 'vitest'
import { createConfiguration } from '../../../extension/auth/configuration.ts'
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
  it('that was exported is imported in another browser, without its secret', async () => {
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
    const plan = await other.configuration.import(JSON.stringify(file))
    expect(plan).toEqual({ added: ['Clinic'], changed: [], unchanged: [], signedOut: [], faults: [] })
    expect(await other.providers.describe()).toMatchObject([{ ...clinic, hasSecret: false }])
  })

  it('is planned before anything is changed', async () => {
    const { configuration, providers } = browser()
    await providers.save({ ...clinic, redirectUri: '' })
    const other = { ...clinic, clientId: 'other' }
    const moved = { ...clinic, name: 'Clinic West', authorizationEndpoint: 'https://clinic.test/elsewhere' }
    expect(await configuration.plan(fileOf([moved, other]))).toEqual({
      added: ['Clinic'],
      changed: ['Clinic West'],
      unchanged: [],
      signedOut: ['Clinic West'],
      faults: [],
    })
    expect(await providers.describe()).toMatchObject([clinic])
  })

  it('leaves a secret that is kept, and the colour', async () => {
    const { configuration, providers } = browser()
    const saved = await providers.save({ ...clinic, clientSecret: 'top-secret', redirectUri: '' })
    await configuration.import(
      fileOf([
        { ...clinic, name: 'Renamed' },
        { ...clinic, clientId: 'other' },
      ]),
    )
    const [first, second] = await providers.describe()
    expect(first).toMatchObject({ id: saved.id, name: 'Renamed', hasSecret: true, hue: saved.hue })
    expect(second).toMatchObject({ hasSecret: false })
    expect(second?.hue).not.toBe(first?.hue)
  })

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
      await expect(configuration.import(each)).rejects.toMatchObject({ code: 'import-refused' })
    expect(await providers.list()).toEqual([])
  })

  it('shows of a foreign member only what could be a name', async () => {
    const { configuration } = browser()
    const { faults } = await configuration.plan(fileOf([], { '<img src=x>': 1 }))
    expect(faults).toEqual([{ at: 'imgsrcx', reason: 'unknown-member' }])
  })
})
