import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { removeAccount } from '../../../server/grants/accounts.ts'
import { insertClient } from '../../../server/oauth/clients/clients.ts'
import { endClient, setDisabled } from '../../../server/oauth/clients/end-client.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { type Application, authorizationUrl, carekey, discover } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent, type Page } from '../../fixtures/user-agent.ts'

const diary: Application = { client_id: 'diary', redirect_uri: 'http://127.0.0.1:5999/callback' }
const metadata = {
  client_id: diary.client_id,
  client_name: 'Diary',
  redirect_uris: [diary.redirect_uri],
  application_type: 'native' as const,
  token_endpoint_auth_method: 'none' as const,
  grant_types: ['authorization_code'],
  response_types: ['code' as const],
}
const LABORATORY = 'patient/Observation?category=laboratory'
const CONDITIONS = 'patient/Condition.rs'
const OBSERVATIONS = 'patient/Observation.rs'
const MEDICATIONS = 'patient/MedicationRequest.rs'
const BOTH = [CONDITIONS, OBSERVATIONS]

describe.each(engines)('a box that was left unticked, on %s', (store) => {
  const opened: TestOrganization[] = []
  let clinic: TestOrganization
  beforeEach(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    opened.push(clinic)
    await clinic.store.write((trx) => insertClient(trx, metadata))
  })
  afterAll(() => Promise.all(opened.map((each) => each.close())))

  /** Signs in in a new browser. */
  const askFor = async (scopes: readonly string[], { username = 'john', application = carekey } = {}) => {
    const scope = ['launch/patient', ...scopes].join(' ')
    const agent = createUserAgent(clinic.url)
    const url = await authorizationUrl(await discover(clinic.url), { application, scope }, 'v'.repeat(43))
    const page = await agent.submit(await agent.open(url), { username, password: `${username}-demo` })
    return { ticked: tickedOn(page), decide: (form: Record<string, string>) => agent.submit(page, form) }
  }
  const leaveConditions = async (whom: Parameters<typeof askFor>[1] = {}) => {
    const { decide } = await askFor(BOTH, whom)
    await decide({ allow: 'observations', decision: 'allow' })
  }
  const tickedFor = async (...asked: Parameters<typeof askFor>) => (await askFor(...asked)).ticked

  it('is unticked the next time, in any browser, also when what was allowed has ended', async () => {
    expect(await tickedFor(BOTH)).toEqual(['observations', 'conditions'])
    await leaveConditions()
    expect(await tickedFor(BOTH)).toEqual(['observations'])
    await clinic.store.write((trx) => trx.updateTable('consent').set({ revoked_at: Date.now() }).execute())
    expect(await tickedFor(BOTH)).toEqual(['observations'])
  })

  it('is ticked again once it was allowed', async () => {
    await leaveConditions()
    const { decide } = await askFor([CONDITIONS])
    await decide({ allow: 'conditions', decision: 'allow' })
    expect(await tickedFor(BOTH)).toEqual(['observations', 'conditions'])
  })

  it('stays unticked when it was not on the page meanwhile, and a new one is ticked', async () => {
    await leaveConditions()
    const { decide } = await askFor([OBSERVATIONS])
    await decide({ allow: 'observations', decision: 'allow' })
    expect(await tickedFor([...BOTH, MEDICATIONS])).toEqual(['observations', 'medications'])
  })

  it('is not remembered from a page that was denied, or on which nothing was ticked', async () => {
    for (const form of [
      { allow: 'observations', decision: 'deny' },
      { allow: '', decision: 'allow' },
    ]) {
      const { decide } = await askFor(BOTH)
      await decide(form)
      expect(await tickedFor(BOTH)).toEqual(['observations', 'conditions'])
    }
    await leaveConditions()
    const { decide } = await askFor(BOTH)
    await decide({ allow: 'conditions', decision: 'deny' })
    expect(await tickedFor(BOTH)).toEqual(['observations'])
  })

  it('is not that of another person or application', async () => {
    await leaveConditions()
    expect(await tickedFor(BOTH, { username: 'jane' })).toEqual(['observations', 'conditions'])
    const { ticked, decide } = await askFor(BOTH, { application: diary })
    expect(ticked).toEqual(['observations', 'conditions'])
    await decide({ allow: 'conditions', decision: 'allow' })
    expect(await tickedFor(BOTH)).toEqual(['observations'])
  })

  it('never ticks a part, which the whole includes, and keeps no part of what was allowed', async () => {
    const parts = [OBSERVATIONS, `patient/Observation.rs?category=laboratory`]
    const whole = await askFor(parts)
    expect(whole.ticked).toEqual(['observations'])
    await whole.decide({ allow: 'observations', decision: 'allow' })
    expect(await tickedFor([parts[1] ?? ''])).toEqual([LABORATORY])
    const { decide } = await askFor(parts)
    await decide({ allow: LABORATORY, decision: 'allow' })
    expect(await tickedFor(parts)).toEqual([])
  })

  it('is forgotten with a changed account, and with a disabled or removed application', async () => {
    await leaveConditions()
    await clinic.store.write((trx) =>
      trx.updateTable('account').set({ disabled_at: Date.now() }).where('username', '=', 'john').execute(),
    )
    await clinic.store.write((trx) =>
      trx.updateTable('account').set({ disabled_at: null }).where('username', '=', 'john').execute(),
    )
    expect(await tickedFor(BOTH)).toEqual(['observations', 'conditions'])

    await leaveConditions({ application: diary })
    expect(await tickedFor(BOTH, { application: diary })).toEqual(['observations'])
    await clinic.store.write(async (trx) => {
      await setDisabled(trx, diary.client_id, true, Date.now())
      await setDisabled(trx, diary.client_id, false, Date.now())
    })
    expect(await tickedFor(BOTH, { application: diary })).toEqual(['observations', 'conditions'])

    await leaveConditions({ application: diary })
    await clinic.store.write(async (trx) => {
      await endClient(trx, diary.client_id)
      await insertClient(trx, metadata)
    })
    expect(await tickedFor(BOTH, { application: diary })).toEqual(['observations', 'conditions'])
  })

  it('is never ticked because of too many others: then none is ticked', async () => {
    /** Those of each page of an application that invents limits. */
    const limits = (page: number) =>
      Array.from({ length: 10 }, (_, year) => `patient/Observation.rs?date=${1900 + 10 * page + year}`)
    const refuse = async (page: number) => {
      const { decide } = await askFor([CONDITIONS, ...limits(page)])
      await decide({ allow: 'conditions', decision: 'allow' })
    }
    for (let page = 1; page <= 10; page += 1) await refuse(page)
    expect(await tickedFor([CONDITIONS, ...limits(1)])).toEqual(['conditions'])
    await refuse(11)
    for (const page of [1, 11]) expect(await tickedFor([CONDITIONS, ...limits(page)])).toEqual([])
    // Also once what is left would fit.
    const { decide } = await askFor([CONDITIONS, ...limits(11)])
    const [first = ''] = limits(11)
    await decide({ allow: first.replace('.rs', ''), decision: 'allow' })
    expect(await tickedFor([CONDITIONS, ...limits(1)])).toEqual([])
    expect(await tickedFor(BOTH, { application: diary })).toEqual(['observations', 'conditions'])
  })

  it('leaves with the application, also what was left before it was disabled', async () => {
    await leaveConditions({ application: diary })
    await leaveConditions({ application: diary, username: 'jane' })
    await leaveConditions()
    await clinic.store.write(async (trx) => {
      await setDisabled(trx, diary.client_id, true, Date.now())
      await setDisabled(trx, diary.client_id, false, Date.now())
      await endClient(trx, diary.client_id)
    })
    const rows = clinic.store.db.selectFrom('oauth_record').select('id').where('model', '=', 'Unticked')
    expect(await rows.execute()).toHaveLength(1)
    expect(await tickedFor(BOTH)).toEqual(['observations'])
  })

  it('leaves with the account, and one of the same name inherits nothing', async () => {
    await leaveConditions()
    const john = await clinic.store.db
      .selectFrom('account')
      .selectAll()
      .where('username', '=', 'john')
      .executeTakeFirstOrThrow()
    await clinic.store.write((trx) => removeAccount(trx, john.id, Date.now()))
    const rows = clinic.store.db.selectFrom('oauth_record').select('id').where('account_id', '=', john.id)
    expect(await rows.execute()).toEqual([])
    await clinic.store.write((trx) => trx.insertInto('account').values(john).execute())
    expect(await tickedFor(BOTH)).toEqual(['observations', 'conditions'])
  })
})

const tickedOn = ({ html }: Page): string[] =>
  [...html.matchAll(/name="allow" value="([^"]+)" checked/g)].map(([, name = '']) => name)
