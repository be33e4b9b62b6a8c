import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditEvent, Bundle } from '@medplum/fhirtypes'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCheckpoint, parseVerifierKey } from '../../server/audit/checkpoint/checkpoint.ts'
import { hashOfEntry } from '../../server/audit/entry/leaf.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { carekey, signIn } from '../fixtures/sign-in.ts'
import { engines } from '../fixtures/store.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { isConsistent, isIncluded } from '../fixtures/verify-proof.ts'

interface Proven {
  readonly id: string
  readonly index: number
  readonly salt?: string
  readonly count?: number
  readonly proof: readonly string[]
}

const bytes = (proof: readonly string[]) => proof.map((hash) => Buffer.from(hash, 'base64'))

describe.each(engines)('a proof of the access log, on %s', { timeout: 60_000 }, (store) => {
  let clinic: TestOrganization
  const tokens: Record<string, string> = {}
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    for (const [username, scope] of [
      ['john', 'launch/patient patient/*.rs'],
      ['jane', 'launch/patient patient/*.rs'],
      ['lee', 'user/*.rs'],
      ['admin', 'user/*.rs'],
    ] as const)
      tokens[username] = (await signIn(clinic.url, { username, scope, application: carekey })).access_token
    tokens.limited = (
      await signIn(clinic.url, {
        username: 'john',
        scope: 'launch/patient patient/Patient.rs',
        application: carekey,
      })
    ).access_token
  })
  afterAll(() => clinic.close())

  const get = async (path: string, as?: string, headers: Record<string, string> = {}) => {
    const authorization = as === undefined ? {} : { authorization: `Bearer ${tokens[as] ?? as}` }
    const response = await fetch(`${clinic.url}${path}`, { headers: { ...authorization, ...headers } })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    }
  }
  const events = async (as: string): Promise<AuditEvent[]> => {
    const { json } = await get('/fhir/AuditEvent?_sort=-date&_count=50', as)
    return ((json as Bundle<AuditEvent>).entry ?? []).flatMap(({ resource }) => resource ?? [])
  }
  const key = async () => {
    const result = parseVerifierKey((await get('/audit/key')).text)
    if (!result) throw new Error('no key')
    return result
  }
  const checkpoint = async () => openCheckpoint((await get('/audit/checkpoint')).text, await key())
  /** The next checkpoint over everything up to now. */
  const signedNow = async () => {
    const { last } = await clinic.store.db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.countAll<number>().as('last'))
      .executeTakeFirstOrThrow()
    for (;;) {
      const checkpointNow = await checkpoint()
      if (checkpointNow.size >= Number(last)) return checkpointNow
      await sleep(100)
    }
  }

  it('is found by discovery, and is public if it contains nothing about anybody', async () => {
    const { json } = await get('/fhir/.well-known/smart-configuration')
    expect(json.access_log_endpoint).toBe(`${clinic.url}/audit`)
    for (const path of ['/audit/checkpoint', '/audit/key']) {
      const { status, headers } = await get(path, undefined, { origin: 'https://any.test' })
      expect([status, headers.get('access-control-allow-origin')]).toEqual([200, '*'])
      expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    }
    const { origin } = await checkpoint()
    expect(origin).toBe(`${new URL(clinic.url).host}/audit`)
    expect((await get('/audit/key')).text.split('+')[0]).toBe(origin)
  })

  it('shows that a later log contains an earlier one', async () => {
    const before = await signedNow()
    await get('/fhir/Patient/john-doe', 'john')
    const after = await signedNow()
    expect(after.size).toBeGreaterThan(before.size)
    const [from, to] = [before.size, after.size]
    const { json } = await get(`/audit/proof/consistency?from=${from}&to=${to}`)
    expect(json).toMatchObject({ from, to })
    const claim = { from, to, fromRoot: before.root, toRoot: after.root, proof: bytes(json.proof) }
    expect(isConsistent(claim)).toBe(true)
    expect(isConsistent({ ...claim, fromRoot: after.root })).toBe(false)
    const wrong = [
      '',
      '?from=0&to=1',
      `?from=1&to=${to + 1000}`,
      `?from=${to}&to=1`,
      '?from=1&to=x',
      '?from=1&from=1&to=2',
    ]
    for (const query of wrong) {
      const { status, json } = await get(`/audit/proof/consistency${query}`)
      expect([status, json.error], query).toEqual([400, 'invalid_request'])
    }
  })

  it('is given for each of a patient’s entries as the FHIR API serves them, and counts them', async () => {
    await get('/fhir/Observation?patient=john-doe', 'john')
    const checkpoint = await signedNow()
    const entries = await events('john')
    const ids = entries.flatMap(({ id }) => id ?? [])
    const query = ids.map((id) => `entry=${id}`).join('&')
    const { status, json } = await get(`/audit/proof/inclusion?size=${checkpoint.size}&${query}`, 'john')
    expect([status, json.size]).toEqual([200, checkpoint.size])
    const proofs = json.entries as Proven[]
    expect(new Set(proofs.map(({ id }) => id))).toEqual(new Set(ids))
    for (const { id, index, salt, count, proof } of proofs) {
      const event = entries.find((each) => each.id === id)
      const entry = {
        json: JSON.stringify(event),
        salt: Buffer.from(salt ?? '', 'base64url'),
        count: count ?? null,
      }
      const claim = {
        index,
        size: checkpoint.size,
        leaf: hashOfEntry(entry),
        root: checkpoint.root,
        proof: bytes(proof),
      }
      expect(isIncluded(claim), id).toBe(true)
      const forged = { ...entry, json: entry.json.replace('"outcome":"0"', '"outcome":"4"') }
      expect(isIncluded({ ...claim, leaf: hashOfEntry(forged) }), `forged ${id}`).toBe(
        entry.json === forged.json,
      )
    }
    const counts = proofs.map(({ count }) => count ?? 0).sort((one, other) => one - other)
    expect(counts).toEqual(counts.map((_, at) => at + 1))
  })

  it("D09 is refused in the same way for another patient's entry, one that never existed, and a later one", async () => {
    const checkpoint = await signedNow()
    await get('/fhir/Patient/jane-doe', 'jane')
    await get('/fhir/Patient/john-doe', 'john')
    const [own] = (await events('john')).map(({ id }) => id)
    const [foreign] = (await events('jane')).map(({ id }) => id)
    const never = 'd9f7a3a1-0000-4000-8000-000000000000'
    const ask = (size: number, as: string) =>
      get(
        `/audit/proof/inclusion?size=${size}&entry=${foreign}&entry=${never}&entry=${own}&entry=${'x'.repeat(99)}`,
        as,
      )
    expect((await ask(checkpoint.size, 'john')).json.entries).toEqual([])
    const { size } = await signedNow()
    expect((await ask(size, 'john')).json.entries.map(({ id }: Proven) => id)).toEqual([own])
    expect((await ask(size, 'jane')).json.entries.map(({ id }: Proven) => id)).toEqual([foreign])
    expect((await ask(size, 'admin')).json.entries).toHaveLength(2)
  })

  it('is refused to a caller who may not read the log, and the request is logged', async () => {
    const path = '/audit/proof/inclusion?size=1&entry=d9f7a3a1-0000-4000-8000-000000000000'
    const storedSalt = async (id: string) => {
      const rows = await clinic.store.db
        .selectFrom('audit_event')
        .selectAll()
        .where('request_id', '=', id)
        .execute()
      return rows.map(({ subtype, outcome, patient, json }) => ({
        subtype,
        outcome,
        patient,
        reason: (JSON.parse(json) as AuditEvent).outcomeDesc,
      }))
    }
    for (const [as, status, error, reason, patient = null] of [
      // Strangers' requests are counted; they have no entries of their own.
      [undefined, 401, 'invalid_token', undefined],
      ['nonsense', 401, 'invalid_token', undefined],
      // The token is for this patient's record.
      ['limited', 403, 'insufficient_scope', 'insufficient_scope', 'john-doe'],
      ['lee', 403, 'insufficient_scope', 'role'],
    ] as const) {
      const answer = await get(path, as)
      expect([answer.status, answer.json.error], as).toEqual([status, error])
      expect(answer.headers.get('www-authenticate')).toContain('Bearer realm="fhir"')
      expect(await storedSalt(answer.headers.get('x-request-id') ?? ''), as).toEqual(
        reason === undefined ? [] : [{ subtype: 'proof', outcome: '4', patient, reason }],
      )
    }
    for (const query of [
      '',
      '?size=1',
      '?size=0&entry=a',
      '?size=999999&entry=a',
      `?size=1${'&entry=a'.repeat(101)}`,
    ]) {
      const answer = await get(`/audit/proof/inclusion${query}`, 'john')
      expect([answer.status, answer.json.error], query).toEqual([400, 'invalid_request'])
    }
    const answer = await get(path, 'john')
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(await storedSalt(answer.headers.get('x-request-id') ?? '')).toEqual([
      { subtype: 'proof', outcome: '0', patient: 'john-doe', reason: undefined },
    ])
  })

  it("U7 is in the one file with all of a patient's entries, and the download is logged", async () => {
    const agent = createUserAgent(clinic.url)
    await agent.submit(await agent.open('/login'), { username: 'john', password: 'john-demo' })
    const page = await agent.open('/account/log')
    expect(page.html).toContain('Download with proofs')
    const { status, headers, html } = await agent.open('/account/log/download')
    expect(status).toBe(200)
    expect(headers.get('content-disposition')).toMatch(/^attachment; filename="access-log-[\d-]+\.json"$/)
    expect(headers.get('content-type')).toContain('application/json')
    const file = JSON.parse(html) as {
      origin: string
      key: string
      checkpoint: string
      entries: { event: AuditEvent; index: number; salt: string; count: number; proof: string[] }[]
    }
    const fileKey = parseVerifierKey(file.key)
    if (!fileKey) throw new Error('no key in the file')
    const { size, root } = openCheckpoint(file.checkpoint, fileKey, file.origin)
    expect(file.entries.map(({ count }) => count)).toEqual(file.entries.map((_, at) => at + 1))
    for (const { event, index, salt, count, proof } of file.entries) {
      expect(event.entity?.[0]?.what?.reference).toBe('Patient/john-doe')
      const leaf = hashOfEntry({ json: JSON.stringify(event), salt: Buffer.from(salt, 'base64url'), count })
      expect(isIncluded({ index, size, leaf, root, proof: bytes(proof) }), event.id).toBe(true)
    }
    const { all } = await clinic.store.db
      .selectFrom('audit_event')
      .select((eb) => eb.fn.countAll<number>().as('all'))
      .where('patient', '=', 'john-doe')
      .executeTakeFirstOrThrow()
    expect(file.entries).toHaveLength(Number(all))
    // The entry about the download itself.
    expect(file.entries.at(-1)?.event.subtype?.at(-1)?.code).toBe('export')
    expect((await agent.open('/account/log')).html).toContain('downloaded this list')

    const nobody = createUserAgent(clinic.url)
    expect((await nobody.open('/account/log/download')).url.pathname).toBe('/login')
    const clinician = createUserAgent(clinic.url)
    await clinician.submit(await clinician.open('/login'), { username: 'lee', password: 'lee-demo' })
    expect((await clinician.open('/account/log/download')).status).toBe(404)
  })
})
