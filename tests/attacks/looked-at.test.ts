import { describe, expect, test } from 'vitest'
import { putClient } from '../../server/oauth/clients/clients.ts'
import { CANARY_A } from '../fixtures/canary.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, decide, logIn, type Visit } from './authorization-request.ts'
import { applications, launchedClient } from './people.ts'

const target = attack()

interface Seen {
  readonly patient: string | null
  readonly subtype: string
  readonly outcome: string
  readonly about: string
}

/** The entries written since the last call, without the engine's own. */
const entries = (() => {
  let last = 0
  return async (): Promise<Seen[]> => {
    const rows = await target.server.store.db
      .selectFrom('audit_event')
      .select(['seq', 'patient', 'subtype', 'outcome', 'json'])
      .where('seq', '>', last)
      .orderBy('seq')
      .execute()
    last = rows.at(-1)?.seq ?? last
    return rows
      .filter(({ subtype }) => subtype === 'read' || subtype === 'search')
      .map(({ patient, subtype, outcome, json }) => ({ patient, subtype, outcome, about: aboutOf(json) }))
  }
})()

const aboutOf = (json: string): string => {
  const { entity = [] } = JSON.parse(json) as { entity?: { query?: string }[] }
  return entity
    .flatMap(({ query }) => query ?? [])
    .map((text) => Buffer.from(text, 'base64').toString())
    .join()
}

describe('F63 everything that a clinician sees of a patient is an entry about that patient', () => {
  const scope = 'openid launch/patient patient/Observation.rs patient/Condition.rs?category=problem-list-item'

  /** Finds the patient on the picker page, and picks them. */
  const pick = async (visit: Visit) => {
    const resultPage = await visit.agent.submit(visit.page, { decision: 'search', family: CANARY_A })
    const searched = await entries()
    return { searched, consent: await visit.agent.submit(resultPage, { decision: 'pick', patient: 'pa' }) }
  }

  test('when they search, pick, see names and counts, and deny', async () => {
    await entries()
    const visit = await logIn(await ask(target, { scope }), 'lee')
    expect(await entries()).toEqual([])
    const { searched, consent } = await pick(visit)
    expect(searched).toMatchObject([{ patient: 'pa', subtype: 'search', outcome: '0' }])
    expect(consent.html).toMatch(/\d+ (readings|reading|entries|entry)|nothing recorded/)
    const logged = await entries()
    expect(logged).toMatchObject([
      { patient: 'pa', subtype: 'read', outcome: '0' },
      { patient: 'pa', subtype: 'read', outcome: '0' },
    ])
    // The counts on the page, by the type that was counted.
    expect(logged[1]?.about).toContain('Observation?patient=pa&_summary=count')
    expect(logged[1]?.about).toContain('Condition?patient=pa&category=problem-list-item&_summary=count')

    const denied = await decide({ ...visit, page: consent }, 'deny')
    expect(denied.page.url.searchParams.get('error')).toBe('access_denied')
  })

  test('every time the page is opened', async () => {
    const visit = await logIn(await ask(target, { scope }), 'lee')
    const { consent } = await pick(visit)
    await entries()
    await visit.agent.open(consent.url)
    expect(await entries()).toMatchObject([{ patient: 'pa', subtype: 'read' }])
  })

  test('no name is shown if that cannot be logged', async () => {
    const visit = await logIn(await ask(target, { scope }), 'lee')
    const { consent } = await pick(visit)
    const name = /The record of ([^<]+)</.exec(consent.html)?.[1] ?? ''
    expect(name).not.toBe('')
    await target.server.breakLog()
    const broken = await visit.agent.open(consent.url)
    await target.server.mendLog()
    expect(broken.status).toBe(503)
    expect(broken.html).not.toContain(name)
  })

  test('J16 patients see their own name, birth date and counts, each time with an entry that says where', async () => {
    await entries()
    const { agent, page } = await logIn(await ask(target))
    expect(page.html).toMatch(/\d+ (readings|reading|entries|entry)/)
    const shown = await entries()
    // Some of what is counted is in another patient's record as well.
    const both = ['pa', 'pb'].map((patient) => ({ patient, subtype: 'read', outcome: '0' }))
    expect(shown).toMatchObject(both)
    expect(shown[0]?.about).toContain('Observation,DiagnosticReport?patient=pa&_summary=count')
    const { json } = await target.server.store.db
      .selectFrom('audit_event')
      .select('json')
      .where('subtype', '=', 'read')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    // It happened on the organization's own pages: the application read nothing.
    expect(json).toContain('"Anna Ampere"')
    expect(json).not.toContain(applications.ext.client_id)
    await agent.open(page.url)
    expect(await entries()).toMatchObject(both)
  })

  test('J16 patients see nothing of their record if that cannot be logged', async () => {
    const { agent, page } = await logIn(await ask(target))
    expect(page.html).toContain(CANARY_A)
    await target.server.breakLog()
    const broken = await agent.open(page.url)
    await target.server.mendLog()
    expect(broken.status).toBe(503)
    expect(broken.html).not.toContain(CANARY_A)
  })

  test('in the record system: a search, a patient’s page, a launch, and refusals', async () => {
    await target.server.store.write((trx) => putClient(trx, launchedClient))
    const agent = createUserAgent(target.server.url, target.fetch)
    await agent.submit(await agent.open('/login?next=/ehr'), { username: 'lee', password: 'lee-demo' })
    await entries()
    const page = await agent.open('/ehr/patient/pa')
    expect(page.status).toBe(200)
    expect(await entries()).toMatchObject([
      { patient: 'pa', subtype: 'read', outcome: '0', about: 'Encounter?patient=pa' },
    ])
    await agent.open('/ehr/patient/nobody')
    expect(await entries()).toMatchObject([{ patient: null, outcome: '4' }])
    const launched = await agent.submit(page, { client_id: 'launched' })
    expect(launched.url.origin).toBe('https://launched.example')
    const [launch] = await target.server.store.db
      .selectFrom('audit_event')
      .select(['patient', 'subtype', 'outcome'])
      .orderBy('seq', 'desc')
      .limit(1)
      .execute()
    expect(launch).toEqual({ patient: 'pa', subtype: 'authorize', outcome: '0' })
  })
})
