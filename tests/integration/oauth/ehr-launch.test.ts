import { decodeJwt } from 'jose'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { carekey, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { addGrowthChart, allowAll, askFor, atEhr, launchFrom, passwordOf, redeem } from './launching.ts'

const SCOPE = 'launch openid fhirUser patient/*.rs offline_access'
const MINUTE = 60_000

describe.each(engines)('an application launched from the record system, on %s', (store) => {
  let now = Date.now()
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', clock: () => now, store })
    await addGrowthChart(clinic)
  })
  afterAll(() => clinic.close())

  const launchOf = (url: URL) => url.searchParams.get('launch') ?? ''
  const status = async (token: string, path: string) =>
    (await fetch(`${clinic.url}/fhir/${path}`, { headers: { authorization: `Bearer ${token}` } })).status
  const errorOf = ({ page }: { page: { url: URL } }) => page.url.searchParams.get('error')

  it('is found with its patient on the pages of the organization', async () => {
    const agent = await atEhr(clinic)
    const search = await agent.open('/ehr')
    const resultPage = await agent.submit(search, { family: 'Doe', given: 'Jane' })
    expect(resultPage.html).toContain('href="/ehr/patient/jane-doe"')
    const patient = await agent.open('/ehr/patient/jane-doe')
    expect(patient.html).toContain('Growth Chart')
    expect(patient.html).not.toContain('Diary')
    expect(patient.html).toContain('Check-up')
    const launched = await agent.submit(patient, { client_id: 'growth-chart' })
    expect(launched.url.origin).toBe('https://growth.example')
  })

  it('F32 counts as an authorization that somebody signed in to', async () => {
    const counted = async () => {
      const { sum } = await clinic.store.db
        .selectFrom('rate_limit')
        .select((eb) => eb.fn.sum<number>('failures').as('sum'))
        .where('bucket', 'like', 'authorization:%')
        .executeTakeFirstOrThrow()
      return Number(sum)
    }
    const agent = await atEhr(clinic)
    const launched = await launchFrom(agent, 'patient=jane-doe')
    const before = await counted()
    const flow = await askFor(clinic, agent, SCOPE, { launch: launchOf(launched) })
    expect(flow.page.url.pathname).toMatch(/^\/consent\//)
    expect(await counted()).toBe(before)
  })

  it('gets its patient and visit, and the context that belongs to them (S12, S13)', async () => {
    const agent = await atEhr(clinic)
    const launched = await launchFrom(agent, 'patient=jane-doe&encounter=jane-doe-visit-02')
    expect(launched.href).toMatch(/^https:\/\/growth\.example\/launch\?tenant=1&iss=/)
    expect(launched.searchParams.get('iss')).toBe(`${clinic.url}/fhir`)

    const flow = await askFor(clinic, agent, SCOPE, { launch: launchOf(launched) })
    // The person who launched it has signed in already.
    expect(flow.page.url.pathname).toMatch(/^\/consent\//)
    expect(flow.page.html).toContain('Jane Doe')
    await allowAll(flow)
    const answer = await redeem(clinic, flow)
    expect(answer).toMatchObject({
      patient: 'jane-doe',
      encounter: 'jane-doe-visit-02',
      need_patient_banner: true,
      scope: 'openid fhirUser launch offline_access patient/*.rs',
      // An hour from when the page was shown.
      expires_in: expect.closeTo(3600, -2),
    })
    // The visit itself says who took part and where.
    expect(answer).not.toHaveProperty('fhirContext')
    const style = await fetch(String(answer.smart_style_url))
    expect(style.headers.get('access-control-allow-origin')).toBe('*')
    expect(await style.json()).toMatchObject({ color_background: '#ffffff' })
    expect(await status(answer.access_token, 'Patient/jane-doe')).toBe(200)
    expect(await status(answer.access_token, 'Patient/john-doe')).toBe(404)

    const refreshed = await fetch(`${clinic.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: 'growth-chart',
        refresh_token: answer.refresh_token ?? '',
      }),
    })
    expect(await refreshed.json()).toMatchObject({ patient: 'jane-doe', encounter: 'jane-doe-visit-02' })
  })

  it('is used once, however many allow it at the same time (S12)', async () => {
    const agent = await atEhr(clinic)
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    const [first, second] = [
      await askFor(clinic, agent, SCOPE, { launch }),
      await askFor(clinic, await atEhr(clinic), SCOPE, { launch }),
    ]
    await Promise.all([allowAll(first), allowAll(second)])
    const [code, refusal] = first.page.url.searchParams.has('code') ? [first, second] : [second, first]
    expect(code.page.url.searchParams.has('code')).toBe(true)
    expect(errorOf(refusal)).toBe('invalid_request')
    expect(errorOf(await askFor(clinic, agent, SCOPE, { launch }))).toBe('invalid_request')
  })

  it('is refused when it was launched too long ago, or was never launched (S12)', async () => {
    const agent = await atEhr(clinic)
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    now += 5 * MINUTE + 1
    for (const value of [launch, 'made-up'])
      expect(errorOf(await askFor(clinic, agent, SCOPE, { launch: value }))).toBe('invalid_request')
  })

  it('cannot be used by another application (S12)', async () => {
    const agent = await atEhr(clinic)
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    expect(errorOf(await askFor(clinic, agent, SCOPE, { launch }, carekey))).toBe('invalid_request')
    // The stranger's attempt has not used it up.
    await allowAll(await askFor(clinic, agent, SCOPE, { launch }))
  })

  it('must request the scope launch', async () => {
    const agent = await atEhr(clinic)
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    expect(errorOf(await askFor(clinic, agent, 'patient/*.rs', { launch }))).toBe('invalid_request')
  })

  it('belongs to the person who launched it: another person gets nothing', async () => {
    const launch = launchOf(await launchFrom(await atEhr(clinic), 'patient=jane-doe'))
    const flow = await askFor(clinic, createUserAgent(clinic.url), SCOPE, { launch })
    expect(flow.page.url.pathname).toMatch(/^\/login\//)
    await passwordOf(flow, 'john')
    expect(errorOf(flow)).toBe('invalid_request')
    const refusals = await clinic.store.db
      .selectFrom('audit_event')
      .select(['agent', 'patient'])
      .where('subtype', '=', 'consent')
      .where('outcome', '=', '4')
      .orderBy('seq', 'desc')
      .limit(1)
      .execute()
    expect(refusals).toEqual([{ agent: 'Patient/john-doe', patient: 'john-doe' }])
  })

  it('asks for the password if nobody is signed in, or the application requires it', async () => {
    const agent = await atEhr(clinic)
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    const visit = await askFor(clinic, agent, SCOPE, { launch, prompt: 'login' })
    expect(visit.page.url.pathname).toMatch(/^\/login\//)
    const elsewhere = await askFor(clinic, createUserAgent(clinic.url), SCOPE, { launch })
    await passwordOf(elsewhere, 'lee')
    await allowAll(elsewhere)
    expect((await redeem(clinic, elsewhere)).patient).toBe('jane-doe')
  })

  it('P05 asks for the password if the application requires a more recent one, and says when it was given', async () => {
    const agent = await atEhr(clinic)
    const signedInAt = Math.floor(now / 1000)
    now += 10 * MINUTE
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    for (const max_age of ['0', '599']) {
      const recent = await askFor(clinic, agent, SCOPE, { launch, max_age })
      expect(recent.page.url.pathname).toMatch(/^\/login\//)
    }
    const flow = await askFor(clinic, agent, SCOPE, { launch, max_age: '600' })
    expect(flow.page.url.pathname).toMatch(/^\/consent\//)
    await allowAll(flow)
    const { id_token = '' } = await redeem(clinic, flow)
    expect(decodeJwt(id_token).auth_time).toBe(signedInAt)
  })

  it('is stored as a hash, and logged with its patient', async () => {
    const agent = await atEhr(clinic)
    const launch = launchOf(await launchFrom(agent, 'patient=jane-doe'))
    const rows = await clinic.store.db.selectFrom('oauth_record').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(launch)
    const { json, patient } = await clinic.store.db
      .selectFrom('audit_event')
      .selectAll()
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(patient).toBe('jane-doe')
    expect(json).toContain('"valueString":"ehr"')
    expect(json).not.toContain(launch)
  })
})

describe('the pages of the record system', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
    await addGrowthChart(clinic)
  })
  afterAll(() => clinic.close())

  const last = () =>
    clinic.store.db
      .selectFrom('audit_event')
      .selectAll()
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()

  const launches = async () =>
    (await clinic.store.db.selectFrom('oauth_record').select('id').where('model', '=', 'Launch').execute())
      .length

  it('F64 lead to sign-in, and then to the patient', async () => {
    const agent = createUserAgent(clinic.url)
    const login = await agent.open('/ehr/launch?client_id=growth-chart&patient=jane-doe')
    expect(login.url.pathname).toBe('/login')
    const patient = await agent.submit(login, { username: 'lee', password: 'lee-demo' })
    expect(patient.url.pathname).toBe('/ehr/launch')
    expect(patient.html).toContain('<h1>Jane Doe</h1>')
  })

  it('are for clinicians only', async () => {
    for (const username of ['john', 'admin']) {
      const agent = await atEhr(clinic, username)
      for (const path of [
        '/ehr',
        '/ehr/patient/jane-doe',
        '/ehr/launch?client_id=growth-chart&patient=jane-doe',
      ])
        expect((await agent.open(path)).status).toBe(403)
    }
  })

  it('tell a patient who is signed in there, and let a clinician sign in instead', async () => {
    const agent = await atEhr(clinic, 'john')
    expect((await agent.open('/ehr?ui_locales=es')).html).toContain('Ha iniciado sesión como John Doe')
    const refusal = await agent.open('/ehr')
    expect(refusal.html).toContain('You are signed in as John Doe')
    expect(refusal.html).toContain('Sign in as somebody else')
    const login = await agent.submit(refusal, { do: 'sign-out', next: '/ehr' })
    expect(login.url.pathname).toBe('/login')
    expect((await agent.open('/account')).url.pathname, 'John is signed out').toBe('/login')
    const search = await agent.submit(login, { username: 'lee', password: 'lee-demo' })
    expect(search.url.pathname).toBe('/ehr')
    expect(search.status).toBe(200)
  })

  it.each(['https://evil.example/', '//evil.example', '/fhir/Patient', '/account\r\nx: y'])(
    'sign out leads nowhere but to the sign-in, whatever the form says: %s',
    async (next) => {
      const agent = await atEhr(clinic, 'john')
      const login = await agent.submit(await agent.open('/ehr'), { do: 'sign-out', next })
      expect(login.url.href).toBe(`${clinic.url}/login`)
    },
  )

  it.each([
    ['an unknown patient', 'client_id=growth-chart&patient=nobody', 404],
    ['no patient', 'client_id=growth-chart', 404],
    ['another patient’s visit', 'client_id=growth-chart&patient=john-doe&encounter=jane-doe-visit-01', 404],
    ['an unknown application', 'client_id=nobody&patient=jane-doe', 404],
    ['an application without a launch address', 'client_id=diary&patient=jane-doe', 404],
  ])('launch nothing for %s', async (_name, query, status) => {
    const agent = await atEhr(clinic)
    expect((await agent.open(`/ehr/launch?${query}`)).status).toBe(status)
    expect((await last()).outcome).toBe('4')
    const form = await agent.open('/ehr/launch?client_id=growth-chart&patient=jane-doe')
    const body = new URLSearchParams(query)
    body.set('form_token', /name="form_token" value="([^"]+)"/.exec(form.html)?.[1] ?? '')
    const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const postAnswer = await fetch(`${clinic.url}/ehr/launch`, {
      method: 'POST',
      body,
      headers: { cookie },
      redirect: 'manual',
    })
    expect(postAnswer.status).toBe(status)
    expect(await last()).toMatchObject({ outcome: '4', subtype: 'authorize' })
  })

  it.each([undefined, 'none', 'same-origin', 'same-site', 'cross-site'])(
    'F22 launch nothing by a link, whatever site it is on: Sec-Fetch-Site %s',
    async (site) => {
      const agent = await atEhr(clinic)
      const cookie = [...agent.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
      // `fetch` would name a mode of its own.
      const answer = await request(`${clinic.url}/ehr/launch?client_id=growth-chart&patient=jane-doe`, {
        headers: {
          cookie,
          ...(site && {
            'sec-fetch-site': site,
            'sec-fetch-mode': 'navigate',
            'sec-fetch-dest': 'document',
          }),
        },
      })
      expect(answer.statusCode).toBe(200)
      expect(answer.headers['content-security-policy']).toContain(
        "form-action 'self' https://growth.example;",
      )
      expect(await answer.body.text()).toContain('<h1>Jane Doe</h1>')
      expect(await launches()).toBe(0)
    },
  )

  it('F22 launch by a form of this browser, and by no other', async () => {
    const agent = await atEhr(clinic)
    const page = await agent.open('/ehr/launch?client_id=growth-chart&patient=jane-doe')
    const foreign = await agent.submit(page, { client_id: 'growth-chart', form_token: 'guessed' })
    expect(foreign.status).toBe(403)
    const another = await atEhr(clinic)
    const token = /name="form_token" value="([^"]+)"/.exec(page.html)?.[1] ?? ''
    const theirs = await another.open('/ehr/launch?client_id=growth-chart&patient=jane-doe')
    expect((await another.submit(theirs, { client_id: 'growth-chart', form_token: token })).status).toBe(403)
    expect(await launches()).toBe(0)
    expect((await agent.submit(page, { client_id: 'growth-chart' })).url.origin).toBe(
      'https://growth.example',
    )
    expect(await launches()).toBe(1)
  })

  it('show an application as soon as it is registered with a launch address', async () => {
    const admin = { username: 'admin', scope: 'openid client.register', application: carekey }
    const { access_token } = await signIn(clinic.url, admin)
    const register = async (launch_uri: string, member = 'launch_uri') => {
      const answer = await fetch(`${clinic.url}/oauth/register`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${access_token}` },
        body: JSON.stringify({
          client_name: 'Dose Finder',
          redirect_uris: ['https://dose.example/callback'],
          [member]: launch_uri,
        }),
      })
      return (await answer.json()) as { error?: string; launch_uri?: string }
    }
    for (const address of [
      'javascript:alert(1)',
      'http://evil.test/',
      'https://dose.example/#x',
      'x',
      'data:,x',
      'https://:secret@dose.example/',
      'https://dose.example/\nlaunch',
    ])
      for (const member of ['launch_uri', 'initiate_login_uri'])
        expect((await register(address, member)).error, member).toBe('invalid_client_metadata')
    expect((await register('https://dose.example/launch')).launch_uri).toBe('https://dose.example/launch')
    const page = await (await atEhr(clinic)).open('/ehr/patient/jane-doe')
    expect(page.html).toContain('Dose Finder')
    expect(page.html).toContain('dose.example')
  })

  it('are in Spanish for a browser that prefers it', async () => {
    const agent = createUserAgent(clinic.url, (input, init) =>
      fetch(input, { ...init, headers: { ...init?.headers, 'accept-language': 'es-MX,es;q=0.9,en;q=0.5' } }),
    )
    await agent.submit(await agent.open('/login?next=/ehr'), { username: 'lee', password: 'lee-demo' })
    const resultPage = await agent.submit(await agent.open('/ehr'), { family: 'Doe' })
    expect(resultPage.html).toContain('<html lang="es">')
    expect(resultPage.html).toContain('Coinciden 3 pacientes.')
    expect((await agent.open('/ehr/patient/jane-doe')).html).toContain('Abrir una aplicación')
    expect((await agent.open('/ehr/patient/nobody')).html).toContain('Paciente no encontrado')
  })

  it('refuse a search that another site sends', async () => {
    const agent = await atEhr(clinic)
    const page = await agent.open('/ehr')
    expect((await agent.submit(page, { form_token: 'guessed', family: 'Doe' })).status).toBe(403)
  })

  it('search by one box: a name in any case and order, a birth date as it is written, a number as it is printed', async () => {
    const agent = await atEhr(clinic)
    const found = async (anything: string, more: Record<string, string> = {}) => {
      const page = await agent.submit(await agent.open('/ehr'), { anything, ...more })
      return {
        ids: [...page.html.matchAll(/href="\/ehr\/patient\/([^"]+)"/g)].map(([, id]) => id),
        html: page.html,
      }
    }
    for (const typed of ['DOE jane 15 Jan 1980', 'jane doe 15.1.1980', '1980-01-15 Doe'])
      expect((await found(typed)).ids, typed).toEqual(['jane-doe'])
    expect((await found('jane 15.1.1980')).html).toContain('Birth date: 15 Jan 1980.')
    expect((await found('MR 112130')).ids).toEqual(['john-doe'])
    expect(await last()).toMatchObject({ patient: 'john-doe', subtype: 'search', outcome: '0' })
    expect((await found('doe', { given: 'john' })).ids).toEqual(['john-doe'])
    expect((await found('doe', { name: 'jane doe' })).ids).toEqual([])
    const impossible = await found('doe 31.2.1980')
    expect(impossible.ids).toEqual([])
    expect(impossible.html).toContain('cannot be searched for')
    expect(impossible.html).toContain('value="doe 31.2.1980"')
  })

  it('search by the six fields, and log the patients they showed', async () => {
    const agent = await atEhr(clinic)
    const search = async (fields: Record<string, string>) => {
      const page = await agent.submit(await agent.open('/ehr'), fields)
      return [...page.html.matchAll(/href="\/ehr\/patient\/([^"]+)"/g)].map(([, id]) => id)
    }
    expect(await search({ name: 'Jane Doe', birthdate: '1980-01-15' })).toEqual(['jane-doe'])
    expect(await last()).toMatchObject({ patient: 'jane-doe', subtype: 'search', outcome: '0' })
    expect(await search({ name: 'Jane Do' })).toEqual([])
    expect(await search({ given: 'jane', family: 'doe', gender: 'male' })).toEqual([])
    expect(await search({ family: 'Doe,Smith' })).toEqual([])
    expect(await search({ birthdate: 'yesterday' })).toEqual([])
    expect((await last()).outcome).toBe('4')
    expect(await search({})).toEqual([])
    const nobody = await agent.submit(await agent.open('/ehr'), {
      anything: 'zoe 1980 MR 99',
      gender: 'female',
      birthdate: '1980-01-15',
    })
    expect(nobody.html).toContain(
      'No patient with the name “zoe”, recorded as female, born in 1980, born on 15 Jan 1980 and with the number 99 was found among those whom you may see.',
    )
    expect(nobody.html).toContain('The box takes a name, a birth date or a number.')
    const empty = await agent.submit(await agent.open('/ehr'), { family: '' })
    expect(empty.html).toContain('Type a name, a birth date or a number.')
    expect(empty.html).not.toContain('No patient')
  })
})
