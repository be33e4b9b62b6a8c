import { beforeAll, describe, expect, inject, test } from 'vitest'
import { observation } from '../fixtures/canary.ts'
import { expectUnaskedTotal, idsIn } from './answers.ts'
import { type Answer, attack } from './attack.ts'
import { applications, type Holder } from './people.ts'

const anna = attack()

const MANY = 205
const LARGEST_PAGE = 200

beforeAll(() =>
  anna.server.put(Array.from({ length: MANY }, (_, index) => observation(`a-many-${index}`, 'pa'))),
)

const nextOf = ({ json }: Answer): string | undefined =>
  json.link.find(({ relation }: { relation: string }) => relation === 'next')?.url

/** Below `B`, this person's link to the second page of this search. */
const secondPage = async (as: Holder, search = 'Observation?_count=1'): Promise<string> => {
  const answer = await anna.send(`/fhir/${search}`, { as })
  expect(answer.status).toBe(200)
  return (nextOf(answer) ?? '').replace(anna.server.url, '')
}

const signInAlone = async () => {
  const { access_token } = await anna.signIn({
    username: 'anna',
    scope: 'launch/patient patient/*.rs',
    application: applications.ext,
  })
  const row = await anna.server.store.db
    .selectFrom('consent')
    .select('grant_id')
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow()
  const answer = await anna.send('/fhir/Observation?_count=1', { bearer: access_token })
  return { access_token, grant: row.grant_id, link: (nextOf(answer) ?? '').replace(anna.server.url, '') }
}

describe('B16 a page link works for the sign-in it was made for, and no other', () => {
  test('its owner follows it, and stays within their own record', async () => {
    const seenIds: string[] = []
    for (let path: string | undefined = '/fhir/Observation?_count=100'; path; ) {
      const answer: Answer = await anna.send(path, { as: 'TA' })
      expectUnaskedTotal(answer, MANY + 2)
      seenIds.push(...idsIn(answer))
      path = nextOf(answer)?.replace(anna.server.url, '')
    }
    expect(new Set(seenIds).size).toBe(MANY + 2)
    expect(seenIds.every((id) => id.startsWith('a-'))).toBe(true)
  })

  test.each<[string, Holder, Holder]>([
    ["a clinician's, followed by a patient", 'TC', 'TA'],
    ["a patient's, followed by a clinician", 'TA', 'TC'],
    ['one of a wide scope, followed with a narrow one', 'TA', 'TAobs'],
    ['one of a narrow scope, followed with a wide one', 'TAobs', 'TA'],
  ])('%s, is forbidden', async (_name, made, followed) => {
    const answer = await anna.send(await secondPage(made), { as: followed })
    expect(answer.status).toBe(403)
    expect(answer.json.resourceType).toBe('OperationOutcome')
  })

  test("a clinician's own link is answered, so the refusal is about the holder", async () => {
    expect((await anna.send(await secondPage('TC'), { as: 'TC' })).status).toBe(200)
  })

  test('with any one byte changed it is malformed', async () => {
    const link = await secondPage('TA')
    const start = link.indexOf('_page=') + '_page='.length
    const places = [start, start + 11, start + 20, Math.floor((start + link.length) / 2), link.length - 1]
    for (const at of places) {
      const changedLink = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1)
      expect((await anna.send(changedLink, { as: 'TA' })).status, `changed at ${at - start}`).toBe(400)
    }
    expect((await anna.send(link.slice(0, -4), { as: 'TA' })).status).toBe(400)
    expect((await anna.send(`${link}=`, { as: 'TA' })).status).toBe(400)
  })

  test('with another parameter, or for another type, it is malformed', async () => {
    const link = await secondPage('TA')
    for (const more of ['&patient=pb', '&_sort=date', '&_id=b-obs1'])
      expect((await anna.send(link + more, { as: 'TA' })).status, more).toBe(400)
    const ofPatients = link.replace('/Observation', '/Patient')
    expect((await anna.send(ofPatients, { as: 'TA' })).status).toBe(400)
  })

  test('a `_count` beside it makes the page no larger', async () => {
    const page = await anna.send(`${await secondPage('TA')}&_count=200`, { as: 'TA' })
    expect(page.status).toBe(200)
    expect(idsIn(page)).toHaveLength(1)
  })

  test('after the token expires it is answered with 401', async () => {
    const { access_token: bearer, grant, link } = await signInAlone()
    expect((await anna.send(link, { bearer })).status).toBe(200)
    await anna.server.store.write((trx) =>
      trx
        .updateTable('oauth_record')
        .set({ expires_at: Date.now() - 1000 })
        .where('grant_id', '=', grant)
        .execute(),
    )
    expect((await anna.send(link, { bearer })).status).toBe(401)
  })

  test('after the grant is removed or narrowed, it leads nowhere', async () => {
    const { access_token: bearer, grant, link } = await signInAlone()
    const change = (set: { scope: string } | { revoked_at: number }) =>
      anna.server.store.write((trx) =>
        trx.updateTable('consent').set(set).where('grant_id', '=', grant).execute(),
      )
    await change({ scope: 'launch/patient patient/Condition.rs' })
    expect((await anna.send(link, { bearer })).status).toBe(403)
    await change({ revoked_at: Date.now() })
    expect((await anna.send(link, { bearer })).status).toBe(401)
  })
})

describe('B17 a page has a maximum size, and a _count that is not a number is malformed', () => {
  test(`_count=1000000 returns ${LARGEST_PAGE} at most, and says so`, async () => {
    const answer = await anna.send('/fhir/Observation?_count=1000000', { as: 'TA' })
    // In front of another server, whose pages have as many, one row more is read.
    expect(answer.json.entry).toHaveLength(inject('gateway') ? LARGEST_PAGE - 1 : LARGEST_PAGE)
    expectUnaskedTotal(answer, MANY + 2)
    expect(answer.json.link[0]).toEqual({
      relation: 'self',
      url: `${anna.server.url}/fhir/Observation?_count=${LARGEST_PAGE}`,
    })
  })

  test.each([
    '_count=-1',
    '_count=abc',
    '_count=1.5',
    '_count=1e3',
    '_count=0x10',
    '_count=%2B5',
    '_count=99999999999999999999',
    '_count=5&_count=6',
    '_offset=1000000000',
    '_offset=1',
    '_getpages=x',
    '_getpagesoffset=20',
    '_page=x',
    '_page=',
    'page=2&_skip=1',
  ])('%s is malformed', async (query) => {
    const answer = await anna.send(`/fhir/Observation?${query}`, { as: 'TA' })
    expect(answer.status).toBe(400)
    expect(answer.json.resourceType).toBe('OperationOutcome')
  })

  test('a refused page shows nothing even to a caller who may read everything', async () => {
    const answer = await anna.send('/fhir/Observation?_offset=1', { as: 'TC' })
    expect(answer.status).toBe(400)
    expect(answer.text).not.toMatch(/ZZCANARY/)
  })
})
