import { get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ANSWER_BUDGET } from '../../server/fhir/access/answer-budget.ts'
import { putResource } from '../fixtures/put-resource.ts'
import { signIn } from '../fixtures/sign-in.ts'
import { type AttackedServer, startAttackedServer } from './attacked-server.ts'
import { applications, holders } from './people.ts'

const MB = 1_000_000
/** Bytes that a batch of the largest size has at least, unless its reader is told to try again. */
const WHOLE = ANSWER_BUDGET.batch - MB
const AT_ONCE = 60
const RESOURCES = 200
const SIZE = 12 * MB

let server: AttackedServer
let token: string
let clinician: string
beforeAll(async () => {
  server = await startAttackedServer()
  await server.store.write(async (trx) => {
    for (let index = 0; index < RESOURCES; index++) await putResource(trx, large(index), Date.now())
  })
  const signInAs = async (holder: 'TA' | 'TC') =>
    (await signIn(server.url, { ...holders[holder], application: applications.ext })).access_token
  token = await signInAs('TA')
  clinician = await signInAs('TC')
})
afterAll(() => server.close())

const large = (index: number, patient = 'pa', letter = 'x') => ({
  ...{ resourceType: 'Observation', id: `large-${String(index).padStart(3, '0')}`, status: 'final' },
  code: { coding: [{ system: 'http://loinc.org', code: 'large' }] },
  subject: { reference: `Patient/${patient}` },
  note: [{ text: letter.repeat(SIZE / RESOURCES) }],
})

const PATH = `Observation?code=large&_count=${RESOURCES}`
const ask = (path: string, init: RequestInit = {}, as = token) =>
  fetch(`${server.url}/fhir/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${as}`, 'content-type': 'application/fhir+json' },
  })
const search = () => ask(PATH)

/**
 * Asks and leaves the answer unread, on a connection of its own: the buffers of one that was used before have grown, and may take all
 * of it.
 */
const askUnread = (path: string) =>
  new Promise<{ readonly status: number | undefined; leave(): void }>((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}` }
    const request = get(`${server.url}/fhir/${path}`, { agent: false, headers }, ({ statusCode }) =>
      resolve({ status: statusCode, leave: () => void request.destroy() }),
    )
    request.on('error', reject)
  })

interface Bundle {
  readonly entry: readonly {
    readonly resource: {
      readonly id: string
      readonly resourceType: string
      readonly note?: readonly { readonly text: string }[]
      readonly entry?: Bundle['entry']
    }
    readonly search?: { readonly mode: string }
  }[]
}
const largeIn = ({ entry }: Bundle) =>
  entry.filter(({ resource }) => resource.note?.[0]?.text.length === SIZE / RESOURCES)

/** The growth of resident memory to its peak. */
const growthDuring = async (work: () => Promise<unknown>): Promise<number> => {
  const before = await server.memory()
  let most = before
  let isDone = false
  const watch = async () => {
    while (!isDone) most = Math.max(most, await server.memory())
  }
  const ended = work().finally(() => {
    isDone = true
  })
  await Promise.all([ended, watch()])
  return most - before
}

/** Discards the text as it arrives, because the test must not use the memory that the server saves. */
const readAll = async (response: Response): Promise<number> => (await readAnswer(response)).size

/** Reads an answer as well. @returns its size, and whether it, or an entry of it, tells to try again. */
const readAnswer = async ({ status, headers, body }: Response) => {
  let size = 0
  let end = ''
  let isBusy = false
  for await (const piece of body ?? []) {
    size += piece.length
    const text = end + Buffer.from(piece).toString('latin1')
    isBusy ||= text.includes('Too much is being read now')
    end = text.slice(-100)
  }
  return { status, again: headers.get('retry-after'), size, isBusy }
}

type ReadAnswer = Awaited<ReturnType<typeof readAnswer>>

/** Checks that each was answered whole, or told to try again, for an entry of it as well; returns how many were answered. */
const requireWholeOrBusy = (answers: readonly ReadAnswer[], whole: number) => {
  for (const { status, again, size, isBusy } of answers)
    if (status !== 200) expect([status, again]).toEqual([503, '1'])
    else if (!isBusy) expect(size).toBeGreaterThan(whole)
  return answers.filter(({ status }) => status === 200).length
}

test('F55 a large page is answered whole, directly, in a batch, in parts and by $everything', async () => {
  const page = (await (await search()).json()) as Bundle
  expect(largeIn(page)).toHaveLength(RESOURCES)
  expect(new Set(page.entry.map(({ resource }) => resource.id)).size).toBe(RESOURCES)

  const entry = [PATH, 'Patient/pa'].map((url) => ({ request: { method: 'GET', url } }))
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry })
  const batch = (await (await ask('', { method: 'POST', body })).json()) as Bundle
  expect(batch.entry[0]?.resource.entry).toHaveLength(RESOURCES)
  expect(batch.entry[1]?.resource).toMatchObject({ resourceType: 'Patient', id: 'pa' })

  const parts = (await (await ask(`${PATH}&_elements=status`)).json()) as Bundle
  expect(parts.entry).toHaveLength(RESOURCES)
  expect(largeIn(parts)).toEqual([])

  const everything = (await (await ask('Patient/pa/$everything')).json()) as Bundle
  expect(largeIn(everything).length).toBeGreaterThan(RESOURCES / 2)

  const head = await ask(PATH, { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('F55 a resource that is given to another patient while a page is sent is left out, and the answer says so', async () => {
  const response = await search()
  const reader = (response.body ?? expect.fail()).getReader()
  const pieces = [(await reader.read()).value ?? expect.fail()]
  // The last resource comes long after the sockets' buffers are full.
  const last = large(RESOURCES - 1, 'pb', 'y')
  await server.store.write((trx) => putResource(trx, last, Date.now()))
  for (let next = await reader.read(); next.value; next = await reader.read()) pieces.push(next.value)
  await server.store.write((trx) => putResource(trx, large(RESOURCES - 1), Date.now()))
  const text = Buffer.concat(pieces).toString()
  expect(text).not.toContain('yyy')
  const { entry } = JSON.parse(text) as Bundle
  expect(entry).toHaveLength(RESOURCES)
  expect(entry.filter(({ search }) => search?.mode === 'outcome')).toHaveLength(1)
  expect(entry.at(-1)?.resource.resourceType).toBe('OperationOutcome')
})

test(`F55 ${AT_ONCE} searches of 12 MB at once take 300 MB at most`, { timeout: 120_000 }, async () => {
  const growth = await growthDuring(async () => {
    const answers = Array.from({ length: AT_ONCE }, async () => readAnswer(await search()))
    expect(requireWholeOrBusy(await Promise.all(answers), SIZE)).toBeGreaterThan(10)
  })
  expect(growth).toBeLessThan(300 * MB)
})

test(`F55 ${AT_ONCE} searches of 12 MB that nobody reads take 300 MB at most`, {
  timeout: 120_000,
}, async () => {
  const growth = await growthDuring(async () => {
    const responses = await Promise.all(Array.from({ length: AT_ONCE }, search))
    // Long enough for each to fill its buffers.
    await sleep(3_000)
    await Promise.all(responses.map(({ body }) => body?.cancel()))
  })
  expect(growth).toBeLessThan(300 * MB)
  expect((await search()).status).toBe(200)
})

test(`J13 ${AT_ONCE} searches for one resource of 12 MB that one person does not read take 300 MB at most, and others are answered`, {
  timeout: 120_000,
}, async () => {
  const code = { coding: [{ system: 'http://loinc.org', code: 'one' }] }
  const note = [{ text: 'x'.repeat(SIZE) }]
  await server.store.write((trx) => putResource(trx, { ...large(RESOURCES + 1), code, note }, Date.now()))
  const growth = await growthDuring(async () => {
    const responses = await Promise.all(Array.from({ length: AT_ONCE }, () => ask('Observation?code=one')))
    expect(responses.some(({ status }) => status === 200)).toBe(true)
    for (const { status } of responses) expect([200, 503]).toContain(status)
    expect(await readAll(await ask('Observation?code=one', {}, clinician))).toBeGreaterThan(SIZE)
    await Promise.all(responses.map(({ body }) => body?.cancel()))
  })
  expect(growth).toBeLessThan(300 * MB)
})

/** A batch of which as much as possible is in memory: texts of its pages are just small enough to be read with their rows. */
const askLargestBatch = (as = token, init: RequestInit = {}) => {
  const url = 'Observation?code=large&_count=8'
  const entry = Array.from({ length: 50 }, () => ({ request: { method: 'GET', url } }))
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry })
  return ask('', { ...init, method: 'POST', body }, as)
}

test(`J13 ${AT_ONCE} batches of the largest size at once take 300 MB at most`, {
  timeout: 120_000,
}, async () => {
  const growth = await growthDuring(async () => {
    const answers = Array.from({ length: AT_ONCE }, async (_, index) =>
      readAnswer(await askLargestBatch(index % 2 ? token : clinician)),
    )
    expect(requireWholeOrBusy(await Promise.all(answers), WHOLE)).toBeGreaterThan(0)
  })
  expect(growth).toBeLessThan(300 * MB)
})

test(`J13 ${AT_ONCE} batches that one person does not read take 300 MB at most, and others are answered`, {
  timeout: 120_000,
}, async () => {
  const growth = await growthDuring(async () => {
    const responses = await Promise.all(Array.from({ length: AT_ONCE }, () => askLargestBatch()))
    expect(responses.some(({ status }) => status === 200)).toBe(true)
    for (const { status } of responses) expect([200, 503]).toContain(status)
    const other = await readAnswer(await askLargestBatch(clinician))
    expect(requireWholeOrBusy([other], WHOLE)).toBe(1)
    expect(other.size).toBeGreaterThan(MB)
    await Promise.all(responses.map(({ body }) => body?.cancel()))
  })
  expect(growth).toBeLessThan(300 * MB)
  // What they held is free again.
  expect((await askLargestBatch()).status).toBe(200)
})

test('J13 a batch counts what its entries in the log take, and together they keep 0.5 MB of one search', {
  timeout: 60_000,
}, async () => {
  const note = [{ text: 'x'.repeat(ANSWER_BUDGET.batch - 300_000) }]
  const people = Array.from({ length: 190 }, (_, at) => ({ resourceType: 'Patient', id: `many-${at}` }))
  const code = { coding: [{ system: 's', code: 'many' }] }
  const readings = people.map(({ id }) => ({
    ...{ resourceType: 'Observation', id: `of-${id}`, status: 'final', code },
    subject: { reference: `Patient/${id}` },
  }))
  await server.put([...people, ...readings, { ...large(RESOURCES + 2), code: {}, note }])
  const search = (length: number) => `Observation?code=many,${'x'.repeat(length)}&_count=200`
  const entry = [`Observation/large-${RESOURCES + 2}`, search(2_000), 'Patient/pa', search(5_000)]
  const body = JSON.stringify({
    ...{ resourceType: 'Bundle', type: 'batch' },
    entry: entry.map((url) => ({ request: { method: 'GET', url } })),
  })
  const statusesOf = async (response: Response) => {
    const { entry } = (await response.json()) as { entry: { response: { status: string } }[] }
    return entry.map(({ response }) => Number(response.status.slice(0, 3)))
  }
  expect(await statusesOf(await ask('', { method: 'POST', body }, clinician))).toEqual([200, 200, 413, 413])

  const single = await ask(search(5_000), {}, clinician)
  expect(single.status).toBe(200)
  const rows = await server.store.db
    .selectFrom('audit_event')
    .select('json')
    .where('request_id', '=', single.headers.get('x-request-id') ?? '')
    .execute()
  expect(rows).toHaveLength(190)
  for (const { json } of rows) expect(json.length).toBeLessThan(3_000)
})

test('J13 batches whose reader hangs up at once give back what they hold', {
  timeout: 120_000,
}, async () => {
  for (let round = 0; round < 3; round++) {
    const gone = new AbortController()
    const batches = Array.from({ length: 10 }, () => askLargestBatch(token, { signal: gone.signal }))
    const ended = Promise.allSettled(batches)
    await sleep(100)
    gone.abort()
    await ended
  }
  expect(requireWholeOrBusy([await readAnswer(await askLargestBatch())], WHOLE)).toBe(1)
})

test('J13 an answer keeps its share of memory until it is sent', { timeout: 120_000 }, async () => {
  const note = [{ text: 'x'.repeat(40 * MB) }]
  await server.store.write((trx) => putResource(trx, { ...large(RESOURCES), note }, Date.now()))
  let unread: Awaited<ReturnType<typeof askUnread>> | undefined
  const askLarge = async () => {
    unread = await askUnread(`Observation/large-${RESOURCES}`)
    return unread.status
  }
  // The server has not noticed yet that the last answer of the test before was read.
  await expect.poll(askLarge, { timeout: 30_000 }).toBe(200)
  expect((await ask('Patient/pa')).status).toBe(503)
  expect((await ask('Patient/pa', {}, clinician)).status).toBe(200)
  // Proofs of the log are answers of the same person, and take turns with them.
  const prove = (as: string) =>
    fetch(`${server.url}/audit/proof/inclusion?size=1&entry=x`, {
      headers: { authorization: `Bearer ${as}` },
    })
  const busy = await prove(token)
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '1'])
  expect(await busy.json()).toMatchObject({ error: 'temporarily_unavailable' })
  expect((await prove(clinician)).status, 'it names no entry that she may read').toBe(403)
  unread?.leave()
  expect((await ask('Patient/pa')).status).toBe(200)
  expect((await prove(token)).status).toBe(200)
})

test('J13 proofs of log entries have the share of a batch, so that one person has one at a time', {
  timeout: 30_000,
}, async () => {
  await server.put([{ ...large(RESOURCES + 3), code: {}, note: [{ text: 'x'.repeat(12 * MB) }] }])
  const prove = () =>
    fetch(`${server.url}/audit/proof/inclusion?size=1&entry=x`, {
      headers: { authorization: `Bearer ${token}` },
    })
  await expect.poll(async () => (await prove()).status, { timeout: 15_000 }).toBe(200)
  const unread = await askUnread(`Observation/large-${RESOURCES + 3}`)
  expect(unread.status).toBe(200)
  expect([(await ask('Patient/pa')).status, (await prove()).status]).toEqual([200, 503])
  unread.leave()
  expect((await prove()).status).toBe(200)
})

test('J13 $everything answers if a page names more shared resources than a statement takes', async () => {
  const named = Array.from({ length: 70_000 }, (_, at) => ({
    member: { reference: `Practitioner/named-${at}` },
  }))
  await server.put([
    { resourceType: 'Patient', id: 'popular' },
    { resourceType: 'Practitioner', id: 'named-0' },
    {
      ...{ resourceType: 'CareTeam', id: 'popular-team', subject: { reference: 'Patient/popular' } },
      ...{ status: 'active', participant: named },
    },
  ])
  const answer = await ask('Patient/popular/$everything?_type=CareTeam,Practitioner', {}, clinician)
  expect(answer.status).toBe(200)
  const text = await answer.text()
  const { entry } = JSON.parse(text) as Bundle
  expect(entry.map(({ resource }) => resource.id)).toEqual(
    expect.arrayContaining(['popular-team', 'named-0']),
  )
  expect(text).toContain('A page includes at most 1000 resources')
})

test('J13 a batch that is refused once it is made is in the log as refused, as a single read would be', {
  timeout: 60_000,
}, async () => {
  const MIB = 1024 * 1024
  const ofSize = (index: number, size: number) => ({
    ...{ ...large(RESOURCES + index), code: {} },
    note: [{ text: 'x'.repeat(size * MIB) }],
  })
  await server.put([ofSize(10, 7.8), ofSize(11, 11.9), ofSize(12, 0.9)])
  const idOf = (index: number) => `Observation/large-${RESOURCES + index}`
  const unread = await askUnread(idOf(10))
  expect(unread.status).toBe(200)
  const entry = [idOf(11), 'Observation/unknown', idOf(12)].map((url) => ({
    request: { method: 'GET', url },
  }))
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry })
  const batch = await ask('', { method: 'POST', body })
  expect([batch.status, batch.headers.get('retry-after')]).toEqual([503, '1'])
  const rows = await server.store.db
    .selectFrom('audit_event')
    .select(['patient', 'subtype', 'outcome', 'json'])
    .where('request_id', '=', batch.headers.get('x-request-id') ?? '')
    .orderBy('seq')
    .execute()
  const refused = { patient: 'pa', subtype: 'read', outcome: '8', reason: 'server_busy' }
  expect(rows.map(({ json, ...row }) => ({ ...row, reason: JSON.parse(json).outcomeDesc }))).toEqual([
    refused,
    refused,
    refused,
  ])
  expect(JSON.stringify(rows)).toContain(idOf(12))
  unread.leave()
})
