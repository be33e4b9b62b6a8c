import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { type ServerProcess, startTwoProcesses } from '../../fixtures/server-process.ts'
import { carekeyAt, signIn } from '../../fixtures/sign-in.ts'
import { registerSignedClient } from '../../fixtures/signed-client.ts'
import { createDatabase, engines } from '../../fixtures/store.ts'

interface Answer {
  readonly id?: string
  readonly link?: { readonly relation: string; readonly url: string }[]
  readonly entry?: { readonly resource: { readonly id: string } }[]
}

/** Longer than `REST` in `backend-credential.ts`: until then, a process does not replace a token, even if it is refused. */
const REST = 5_200

let hospital: TestOrganization
let processes: [ServerProcess, ServerProcess]
let readyAt: number
const closing: (() => unknown)[] = []

beforeAll(async () => {
  hospital = await startOrganization({ demo: 'riverside' })
  closing.push(hospital.close)
  const folder = await mkdtemp(join(tmpdir(), 'carekey-front-'))
  closing.push(() => rm(folder, { recursive: true }))
  const { clientId, privateKey, publicKey } = await registerSignedClient(hospital)
  const key = { ...(await exportJWK(privateKey)), kid: publicKey.kid }
  await writeFile(join(folder, 'key.json'), JSON.stringify(key), { mode: 0o600 })
  const authentication = { kind: 'smart-backend', clientId, keyFile: 'key.json' }
  const config = join(folder, 'front.json')
  await writeFile(
    config,
    JSON.stringify({ source: { kind: 'fhir', base: `${hospital.url}/fhir`, authentication } }),
  )
  // SQLite supports only one process.
  const database = await createDatabase(engines.at(-1) ?? 'sqlite', riverside)
  closing.push(database.close)
  const store = await database.open()
  // Only the source "embedded" can be a demo.
  await store.write((trx) => trx.deleteFrom('setting').where('name', '=', 'demo').execute())
  await store.close()
  processes = await startTwoProcesses({ db: database.url, logKey: database.logKey, config })
  closing.push(...new Set(processes.map(({ stop }) => stop)))
  readyAt = performance.now()
})
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

const issued = () =>
  hospital.store.db.selectFrom('oauth_record').select('id').where('model', '=', 'ClientCredentials').execute()

/** Ends every token of the hospital's, as if its time were over there. */
const endTokens = () =>
  hospital.store.write((trx) =>
    trx.deleteFrom('oauth_record').where('model', '=', 'ClientCredentials').execute(),
  )

test('G14 two processes whose tokens end at one moment, amid a search, renew once each, and no request fails', async () => {
  const [{ url }] = processes
  const { access_token } = await signIn(url, {
    username: 'john',
    scope: 'launch/patient patient/*.rs',
    application: carekeyAt('http://127.0.0.1'),
  })
  const read = async (at: ServerProcess, path: string) => {
    const answer = await fetch(`${at.url}/fhir/${path}`, {
      headers: { authorization: `Bearer ${access_token}` },
    })
    return {
      status: answer.status,
      json: (await answer.json()) as Answer,
    }
  }

  const { json: page } = await read(processes[0], 'Observation?category=vital-signs&_count=50')
  const next = page.link?.find(({ relation }) => relation === 'next')?.url.slice(`${url}/fhir/`.length) ?? ''
  const pages = await Promise.all(processes.map((each) => read(each, next)))
  const ids = pages.map(({ json }) => json.entry?.map(({ resource }) => resource.id))
  expect(ids[0]?.length).toBeGreaterThan(10)
  expect(ids[1]).toEqual(ids[0])
  const count = new Set(processes).size
  expect(await issued()).toHaveLength(count)

  await sleep(readyAt + REST - performance.now())
  await endTokens()
  const answers = await Promise.all(
    processes.flatMap((each) =>
      Array.from({ length: 10 }, (_, n) => read(each, n % 2 ? next : 'Patient/john-doe')),
    ),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
  for (const { json } of answers)
    if (json.entry) expect(json.entry.map(({ resource }) => resource.id)).toEqual(ids[0])
    else expect(json.id).toBe('john-doe')
  expect(await issued()).toHaveLength(count)
  // Neither process ended the other's token.
  for (const each of processes) expect((await read(each, 'Patient/john-doe')).status).toBe(200)
  expect(await issued()).toHaveLength(count)
})
