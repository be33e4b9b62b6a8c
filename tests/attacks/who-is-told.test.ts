import { describe, expect, test } from 'vitest'
import { createDpopKey } from '../fixtures/dpop-key.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { type Answer, attack } from './attack.ts'
import { ask, codeForm, decide, logIn, post, type Visit } from './authorization-request.ts'
import { applications, gateway } from './people.ts'

const anna = attack()
const { ext, evil, native } = applications

interface Event {
  readonly outcome: string
  readonly outcomeDesc?: string
  readonly agent: {
    readonly type?: { readonly coding: { readonly code: string }[] }
    readonly who: { readonly display?: string; readonly identifier?: { readonly value: string } }
    readonly network?: { readonly address: string; readonly type: string }
  }[]
  readonly entity: {
    readonly query?: string
    readonly what?: { readonly reference?: string; readonly identifier?: { readonly value: string } }
  }[]
}

/** The entries of a request in the list that pa reads. */
const entriesOf = async ({ headers }: Pick<Answer, 'headers'>): Promise<Event[]> => {
  const id = headers.get('x-request-id')
  const { json, text } = await anna.send('/fhir/AuditEvent?patient=pa&_sort=-date&_count=20', { as: 'TA' })
  expect(json.resourceType, text).toBe('Bundle')
  const events: Event[] = (json.entry ?? []).map(({ resource }: { resource: Event }) => resource)
  return events.filter(({ entity }) => entity.some(({ what }) => what?.identifier?.value === id))
}

/** Who tried, as the entry names them: the person, and the application or "unknown application". */
const triedBy = ({ agent }: Event) => ({
  people: agent.filter(({ type }) => type?.coding[0]?.code === 'IRCP').map(({ who }) => who.display),
  applications: agent.filter(({ network }) => network?.type === '2').map(({ who }) => who.display),
})

/** Redeems the code for tokens that are bound to a key. */
const redeemBound = async (visit: Visit) => {
  const key = await createDpopKey()
  const dpop = await key.proof({ method: 'POST', url: `${anna.server.url}/oauth/token` })
  const { json } = await anna.send('/oauth/token', {
    method: 'POST',
    headers: { dpop },
    body: new URLSearchParams({ ...codeForm(visit), client_id: ext.client_id }),
  })
  expect(json.token_type).toBe('DPoP')
  return { key, token: json.access_token as string, refreshToken: json.refresh_token as string }
}

/** Anna signs in through an application whose tokens are bound to a key. */
const bind = async (scope = 'openid launch/patient patient/*.rs offline_access') =>
  redeemBound(await decide(await logIn(await ask(anna, { scope }))))

/** A clinician opens pa. */
const visitPatient = async (scope: string): Promise<Visit> => {
  const picking = await logIn(await ask(anna, { scope }), 'lee')
  const found = await picking.agent.submit(picking.page, { decision: 'search', family: 'ZZCANARYA' })
  const consent = await picking.agent.submit(found, { decision: 'pick', patient: 'pa' })
  return decide({ ...picking, page: consent })
}

/** The token of a clinician who opened pa. */
const openPatient = async (scope: string): Promise<string> => {
  const { json } = await post(anna, '/oauth/token', ext, codeForm(await visitPatient(scope)))
  return json.access_token
}

/** Every address that takes an access token in the header. */
const ADDRESSES = [
  '/fhir/Patient/pa',
  '/audit/proof/inclusion?size=1&entry=x',
  '/oauth/userinfo',
  '/oauth/applications',
] as const

describe('J15 a refusal stands in the list of the patient whose record the token is for', () => {
  test.each([
    [403, 'insufficient_scope', 'Patient/pa', 'TAobs'],
    [404, 'not_found', 'Observation/no-such-id', 'TA'],
    [404, 'not_found', 'Patient/pb', 'TA'],
    [400, 'bad_request', 'Observation?date=never', 'TA'],
    [404, 'unknown_type', 'Nothing/1', 'TA'],
  ] as const)('%i %s, of their own application', async (status, reason, path, as) => {
    const answer = await anna.send(`/fhir/${path}`, { as })
    expect(answer.status).toBe(status)
    const [entry, ...more] = await entriesOf(answer)
    expect(more).toEqual([])
    expect(entry).toMatchObject({ outcome: '4', outcomeDesc: reason })
    expect(triedBy(entry as Event)).toEqual({
      people: ['Anna Ampere'],
      applications: ['The application ext'],
    })
    // What was asked for in vain may be somebody else's.
    const named = JSON.stringify(entry?.entity)
    expect(named.includes('Patient/pa')).toBe(true)
    expect(named).not.toMatch(/no-such-id|Patient\/pb/)
  })

  test('in a batch, each entry of it', async () => {
    const urls = ['Patient/pa', 'Condition?code=x', 'Observation/a-obs1']
    const answer = await anna.send('/fhir', {
      as: 'TAobs',
      method: 'POST',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({
        resourceType: 'Bundle',
        type: 'batch',
        entry: urls.map((url) => ({ request: { method: 'GET', url } })),
      }),
    })
    expect((await entriesOf(answer)).map(({ outcome }) => outcome).sort()).toEqual(['0', '4', '4'])
  })

  test.each([
    ['as a bearer token', (token: string) => ({ authorization: `Bearer ${token}` })],
    ['without a proof', (token: string) => ({ authorization: `DPoP ${token}` })],
    ['with an invented proof', (token: string) => ({ authorization: `DPoP ${token}`, dpop: 'a.b.c' })],
  ])(
    'a token that is bound to a key, %s: somebody tried, and it was not the person',
    async (_how, headersOf) => {
      const { token } = await bind()
      for (const path of ADDRESSES) {
        const answer = await anna.send(path, { headers: headersOf(token) })
        expect(answer.status, path).toBe(401)
        const [entry, ...more] = await entriesOf(answer)
        expect(more).toEqual([])
        expect(entry?.outcome, path).toBe('4')
        expect(triedBy(entry as Event), path).toEqual({ people: [], applications: ['unknown application'] })
        expect(JSON.stringify(entry), 'which token it was').toContain('urn:carekey:token:')
      }
    },
  )

  test('a token that is bound to a key, with the proof of another key', async () => {
    const { token } = await bind()
    const thief = await createDpopKey()
    const url = `${anna.server.url}/fhir/Patient/pa`
    const dpop = await thief.proof({ method: 'GET', url, token })
    const answer = await anna.send('/fhir/Patient/pa', { headers: { authorization: `DPoP ${token}`, dpop } })
    expect(answer.status).toBe(401)
    const entries = await entriesOf(answer)
    expect(entries.map(triedBy)).toEqual([{ people: [], applications: ['unknown application'] }])
  })

  test.each(ADDRESSES)('the token of a clinician who opened this patient, at %s', async (path) => {
    const scope = 'launch/patient patient/Observation.rs'
    const stolen = (await redeemBound(await visitPatient(scope))).token
    const withoutKey = await anna.send(path, { headers: { authorization: `Bearer ${stolen}` } })
    expect(withoutKey.status).toBe(401)
    expect((await entriesOf(withoutKey)).map(triedBy)).toEqual([
      { people: [], applications: ['unknown application'] },
    ])
    const authorization = `Bearer ${await openPatient(scope)}`
    const notCovered = await anna.send(path, { headers: { authorization } })
    expect(notCovered.status).toBe(403)
    const entries = await entriesOf(notCovered)
    expect(entries.map(({ outcome }) => outcome)).toEqual(['4'])
    expect(entries.map(triedBy)).toEqual([{ people: ['Morgan Lee'], applications: ['The application ext'] }])
  })

  test('introspection by a resource server', async () => {
    const token = await anna.token('TA')
    const answer = await post(anna, '/oauth/introspect', gateway, { token })
    expect(answer.json.active).toBe(true)
    const entries = await entriesOf(answer)
    expect(entries.map(({ outcome }) => outcome)).toEqual(['0'])
    expect(entries.map(triedBy)).toEqual([{ people: [], applications: ['The gateway'] }])
  })

  test('introspection by an application that may not know, of a token of another one', async () => {
    const token = await anna.token('TA')
    const answer = await post(anna, '/oauth/introspect', evil, { token })
    expect(answer.json).toEqual({ active: false })
    const entries = await entriesOf(answer)
    expect(entries).toMatchObject([{ outcome: '4', outcomeDesc: 'not_allowed' }])
    expect(entries.map(triedBy)).toEqual([{ people: [], applications: ['The application evil'] }])
  })

  test('introspection of the token of a clinician who opened this patient', async () => {
    const token = await openPatient('openid launch/patient patient/Observation.rs')
    const answer = await post(anna, '/oauth/introspect', gateway, { token })
    expect(answer.json).toMatchObject({ active: true, patient: 'pa' })
    expect((await entriesOf(answer)).map(triedBy)).toEqual([{ people: [], applications: ['The gateway'] }])
  })

  test('a code or refresh token that another application presents', async () => {
    const visit = await decide(await logIn(await ask(anna)))
    const form = codeForm(visit)
    const stolenCode = await post(anna, '/oauth/token', evil, form)
    expect(stolenCode.status).toBe(400)
    expect((await entriesOf(stolenCode)).map(triedBy)).toEqual([
      { people: [], applications: ['The application evil'] },
    ])
    const { json } = await post(anna, '/oauth/token', ext, form)
    const { refresh_token } = json
    const stolen = await post(anna, '/oauth/token', evil, { grant_type: 'refresh_token', refresh_token })
    expect(stolen.status).toBe(400)
    expect((await entriesOf(stolen)).map(triedBy)).toEqual([
      { people: [], applications: ['The application evil'] },
    ])
    const own = await post(anna, '/oauth/token', ext, { grant_type: 'refresh_token', refresh_token })
    expect(own.status).toBe(200)
    expect((await entriesOf(own)).map(triedBy)).toEqual([
      { people: ['Anna Ampere'], applications: ['The application ext'] },
    ])
  })

  test.each([
    ['another application', evil],
    ['another application, which has no secret,', native],
  ])('a token that %s revokes in vain', async (_who, thief) => {
    const { json: tokens } = await post(
      anna,
      '/oauth/token',
      ext,
      codeForm(await decide(await logIn(await ask(anna)))),
    )
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const answer = await post(anna, '/oauth/revoke', thief, { token })
      expect(answer.status).toBe(200)
      const entries = await entriesOf(answer)
      expect(entries).toMatchObject([{ outcome: '4', outcomeDesc: 'not_allowed' }])
      expect(entries.map(triedBy)).toEqual([
        { people: [], applications: [`The application ${thief.client_id}`] },
      ])
    }
    const own = await post(anna, '/oauth/revoke', ext, { token: tokens.refresh_token })
    const entries = await entriesOf(own)
    expect(entries.map(({ outcome }) => outcome)).toEqual(['0'])
    expect(entries.map(triedBy)).toEqual([{ people: ['Anna Ampere'], applications: ['The application ext'] }])
  })

  test('a token that is bound to a key, revoked without its proof: it need not have been the person', async () => {
    for (const kind of ['token', 'refreshToken'] as const) {
      const { [kind]: token } = await bind()
      const answer = await post(anna, '/oauth/revoke', ext, { token })
      const entries = await entriesOf(answer)
      expect(entries.map(({ outcome }) => outcome)).toEqual(['0'])
      expect(entries.map(triedBy)).toEqual([{ people: [], applications: ['The application ext'] }])
      expect(JSON.stringify(entries), 'which token it was').toContain('urn:carekey:token:')
      const agent = createUserAgent(anna.server.url)
      await agent.submit(await agent.open('/login?next=/account'), {
        username: 'anna',
        password: 'anna-demo',
      })
      const { html } = await agent.open('/account/log')
      const line = html.split('<li>').find((each) => each.includes('ended a connection of the application'))
      expect(line).toMatch(
        /<strong>Somebody with a key to your record<\/strong>.*through .*The application ext/,
      )
    }
  })

  test('a refresh token that was replaced a while ago: whoever has it may have stolen it', async () => {
    const visit = await decide(await logIn(await ask(anna)))
    const { json } = await post(anna, '/oauth/token', ext, codeForm(visit))
    const refresh = (token: string) =>
      post(anna, '/oauth/token', ext, { grant_type: 'refresh_token', refresh_token: token })
    await refresh(json.refresh_token)
    // The time in which a lost answer is sent again has passed.
    await anna.server.store.write((trx) =>
      trx.updateTable('oauth_record').set({ expires_at: 0 }).where('model', '=', 'SealedAnswer').execute(),
    )
    const again = await refresh(json.refresh_token)
    expect(again.status).toBe(400)
    expect((await entriesOf(again)).map(triedBy)).toEqual([
      { people: [], applications: ['The application ext'] },
    ])
  })
})

test('J15 a refusal of somebody who may read other records is not told to the patient whom they opened', async () => {
  const headers = { authorization: `Bearer ${await openPatient('launch/patient user/Condition.rs')}` }
  for (const path of ['/fhir/Condition/no-such-id', ...ADDRESSES]) {
    const answer = await anna.send(path, { headers })
    expect(answer.status, path).toBeGreaterThanOrEqual(400)
    expect(await entriesOf(answer), path).toEqual([])
  }
})
