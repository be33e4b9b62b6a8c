import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CANARY_A, CANARY_B } from '../fixtures/canary.ts'
import { idsIn } from './answers.ts'
import { attack } from './attack.ts'
import { UPSTREAM_TOKEN } from './attacked-server.ts'
import { applications, type Holder } from './people.ts'

const anna = attack({ gateway: 'hapi' })

/** What only a record holds; the log keeps what is searched for, and ids. */
const CLINICAL = new RegExp(`${CANARY_A}|${CANARY_B}|29463-7|only-b|1980-01-15|2025-03-01T10:00`)

test('G01 a request that is refused for its token, method, origin or parameters asks the other server nothing', async () => {
  const as = 'TC'
  const requests: [status: number, path: string, Parameters<typeof anna.send>[1]][] = [
    [401, 'Patient/pa', {}],
    [401, 'Patient/pa', { bearer: 'nobodys-token' }],
    [400, 'Patient/pa?access_token=in-the-address', { as }],
    [405, 'Patient/pa', { as, method: 'DELETE' }],
    [
      405,
      'Observation',
      { as, method: 'POST', body: '{}', headers: { 'content-type': 'application/fhir+json' } },
    ],
    [401, 'Patient/pa', { headers: { origin: 'https://unknown.test' } }],
    [400, 'Observation?subject:Patient.name=ZZCANARYB', { as }],
    [400, 'Patient?_has:Observation:subject:code=only-b', { as }],
    [400, 'Patient?name:unknown=A', { as }],
  ]
  await anna.token(as)
  anna.server.asked()
  for (const [status, path, options] of requests)
    expect((await anna.send(`/fhir/${path}`, options)).status, path).toBe(status)
  expect(anna.server.asked()).toEqual([])
  expect((await anna.send('/fhir/Patient/pa', { as })).status).toBe(200)
  expect(anna.server.asked()).not.toEqual([])
})

describe('G09 a page link at the other process of the organization', () => {
  const linkOf = async (as: Holder, bearer?: string) => {
    const answer = await anna.send('/fhir/Observation?_count=1', bearer === undefined ? { as } : { bearer })
    const { url } = answer.json.link.find(({ relation }: { relation: string }) => relation === 'next')
    return { path: String(url).replace(anna.server.url, ''), first: idsIn(answer) }
  }

  test('leads its owner on, and nobody else, also after the grant was narrowed or ended', async () => {
    const other = await anna.server.another()
    try {
      const follow = async (path: string, token: string) => {
        const answer = await anna.fetch(`${other.url}${path}`, {
          headers: { authorization: `Bearer ${token}` },
        })
        return { status: answer.status, json: JSON.parse(await answer.text()) }
      }
      const { access_token } = await anna.signIn({
        username: 'anna',
        scope: 'launch/patient patient/*.rs',
        application: applications.ext,
      })
      const { path, first } = await linkOf('TA', access_token)
      const next = await follow(path, access_token)
      expect(next.status).toBe(200)
      expect(next.json.entry).toHaveLength(1)
      expect(next.json.entry[0].resource.id).not.toBe(first[0])
      for (const holder of ['TA', 'TAobs', 'TB', 'TC'] as const)
        expect((await follow(path, await anna.token(holder))).status, holder).toBe(403)

      const { grant_id } = await anna.server.store.db
        .selectFrom('consent')
        .select('grant_id')
        .where('scope', '=', 'launch/patient patient/*.rs')
        .orderBy('created_at', 'desc')
        .executeTakeFirstOrThrow()
      const change = (set: { scope: string } | { revoked_at: number }) =>
        anna.server.store.write((trx) =>
          trx.updateTable('consent').set(set).where('grant_id', '=', grant_id).execute(),
        )
      await change({ scope: 'launch/patient patient/Condition.rs' })
      expect((await follow(path, access_token)).status).toBe(403)
      await change({ revoked_at: Date.now() })
      expect((await follow(path, access_token)).status).toBe(401)
    } finally {
      await other.stop()
    }
  })
})

describe('checklist G4, G13 after 1,000 reads nothing of a record, and no secret, is kept or shown', () => {
  const PATHS = ['Patient/pa', 'Observation?_count=200', 'Observation/a-obs1', 'Patient/pa/$everything']

  test.each([1, 2, 3, 4, 5])(
    'the reads, a fifth of them (%i)',
    async (part) => {
      for (let round = 0; round < 50; round++)
        await Promise.all(
          PATHS.map(async (path) => {
            const { status } = await anna.send(`/fhir/${path}`, { as: part === 5 ? 'TC' : 'TA' })
            expect(status).toBe(200)
          }),
        )
    },
    60_000,
  )

  test('in the database, a file, the log, or what the system shows of the process', async () => {
    const { server } = anna
    const folder = dirname(server.keyFile)
    const files = (await readdir(folder)).filter((name) => name !== 'upstream-token')
    // The server writes a checkpoint under another name first, and that file is gone in a moment.
    const read = (name: string) =>
      readFile(join(folder, name), 'latin1').then(
        (text): [string, string][] => [[name, text]],
        (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? [] : Promise.reject(error)),
      )
    const shown: [string, string][] = [
      ['the database', await server.stolenDatabase()],
      ['the log', server.output()],
      ...(await Promise.all(files.map(read))).flat(),
    ]
    for (const name of ['cmdline', 'environ', 'maps']) {
      const path = `/proc/${server.pid}/${name}`
      if (existsSync(path)) shown.push([path, await readFile(path, 'latin1')])
    }
    expect(shown.every(([, text]) => text.length > 0)).toBe(true)
    for (const [name, text] of shown) {
      expect(CLINICAL.exec(text)?.[0], name).toBeUndefined()
      expect(text.includes(UPSTREAM_TOKEN), name).toBe(false)
    }
  })
})
