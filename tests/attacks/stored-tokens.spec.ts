import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import type { MockProvider } from '../fakes/mock-provider.ts'
import { expect, isSignedIn, startSignIn, stored, test } from './extension.ts'

/** Every value that opens a record, by its name. */
const secretsOf = ({ given, requestsTo }: MockProvider): Record<string, string> => {
  const [redeemed] = requestsTo('/oauth/token')
  return {
    'access token': given.access[0] ?? '',
    'refresh token': given.refresh[0] ?? '',
    'id token': given.id[0] ?? '',
    code: given.code[0] ?? '',
    'code verifier': redeemed?.form.get('code_verifier') ?? '',
  }
}

const findSecrets = (text: string, secrets: Record<string, string>): string[] =>
  Object.entries(secrets).flatMap(([name, secret]) => (text.includes(secret) ? [name] : []))

/** Every value in every database of the extension, by its store; a key that cannot be exported is represented by its name. */
const indexedDb = (page: Page): Promise<Record<string, unknown[]>> =>
  page.evaluate(async () => {
    const settled = <T>(request: IDBRequest<T>) =>
      new Promise<T>((resolve, reject) => {
        request.onsuccess = () => resolve(request.result)
        request.onerror = () => reject(request.error)
      })
    const nameOf = (value: unknown) =>
      value instanceof CryptoKey ? (value.extractable ? 'a key to be read' : 'a closed key') : value
    const values: Record<string, unknown[]> = {}
    for (const { name = '' } of await indexedDB.databases()) {
      const database = await settled(indexedDB.open(name))
      for (const store of database.objectStoreNames)
        values[store] = (await settled(database.transaction(store).objectStore(store).getAll())).map(nameOf)
      database.close()
    }
    return values
  })

const isSecret = (secrets: Record<string, string>) =>
  Object.values(secrets).every((secret) => secret.length > 20)

test('E16, checklist E5 after signing in the access token is in session storage only, and nowhere else is anything in clear that opens a record', async ({
  popup,
  mock,
  carekey,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  const secrets = secretsOf(mock)
  expect(isSecret(secrets)).toBe(true)

  expect(findSecrets(JSON.stringify(await stored(popup, 'session')), secrets)).toEqual(['access token'])
  const local = await stored(popup, 'local')
  expect(Object.keys(Object(local.grants))).toHaveLength(1)
  expect(findSecrets(JSON.stringify(local), secrets)).toEqual([])
  expect(await stored(popup, 'sync')).toEqual({})
  // Two keys, the vault's and this browser's. This person stays connected, so the last readings are stored too, sealed.
  await expect.poll(async () => (await indexedDb(popup)).copies).toHaveLength(5)
  const { copies = [], requests = [], journals, ...others } = await indexedDb(popup)
  expect(others).toEqual({ keys: ['a closed key', 'a closed key'], pairs: [] })
  for (const copy of copies) expect(Object.keys(Object(copy)).sort()).toEqual(['data', 'iv'])
  expect(JSON.stringify(copies)).not.toContain('71.5')
  // The journal of the sent reads, without their answers.
  for (const journal of journals ?? []) expect(journal).toEqual({ since: expect.any(Number) })
  expect(journals?.length).toBeGreaterThan(0)
  const members = new Set(requests.flatMap((request) => Object.keys(Object(request))))
  expect([...members].sort()).toEqual(['at', 'connection', 'id', 'servedAt', 'shown', 'until', 'what'])
  expect(findSecrets(JSON.stringify(requests), secrets)).toEqual([])
  expect(await carekey.context.cookies()).toEqual([])
  const pageStorage = () => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])
  expect(await popup.evaluate(pageStorage)).toBe('[{},{}]')
})

test.describe('with a profile of its own', () => {
  test.use({ ownProfile: true })

  test('E16 the files of a profile, its history among them, contain nothing that opens a record', async ({
    popup,
    mock,
    carekey,
  }) => {
    await startSignIn(popup, mock)
    await isSignedIn(popup)
    const secrets = secretsOf(mock)
    // Quitting the browser writes everything to the disk.
    await carekey.close()
    const files = readdirSync(carekey.profile, { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
    expect(files.some((file) => file.endsWith('History'))).toBe(true)
    for (const file of files) expect(findSecrets(readFileSync(file, 'latin1'), secrets), file).toEqual([])
  })
})

test('E16 storage is closed to content scripts', ({ extension }) => {
  const scripts = readdirSync(extension, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.js'))
    .map((file) => readFileSync(join(extension, file), 'utf8'))
  expect(scripts.filter((text) => /setAccessLevel.{0,60}TRUSTED_CONTEXTS/s.test(text))).not.toEqual([])
})
