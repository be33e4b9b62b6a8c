import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const LABORATORY = 'patient/Observation?category=laboratory'
const VITAL_SIGNS = 'patient/Observation?category=vital-signs'
const SCOPE =
  'openid launch/patient offline_access patient/Observation.rs patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs'
const PARTS = /<fieldset class="parts"[\s\S]*?<\/fieldset>/

describe.each(engines)('an application that asks for all and for parts of it, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
  })
  afterAll(() => clinic.close())

  it('the consent page and that of the connection offer the parts instead of the whole, and say so', async () => {
    const url = await authorizationUrl(
      await discover(clinic.url),
      { application: carekey, scope: SCOPE },
      'v'.repeat(43),
    )
    const agent = createUserAgent(clinic.url)
    const consent = await agent.submit(await agent.open(url), { username: 'jane', password: 'jane-demo' })
    await signIn(clinic.url, { username: 'jane', scope: SCOPE, application: carekey, window: 'day' })
    const account = await agent.submit(await agent.open('/login'), {
      username: 'jane',
      password: 'jane-demo',
    })
    expect(account.html).toContain('May read: Vital signs and results</p>')
    const [connection = ''] = /\/account\/connections\/[\w-]+/.exec(account.html) ?? []
    for (const { html } of [consent, await agent.open(connection)]) {
      const [parts = ''] = PARTS.exec(html) ?? []
      expect(html.split(parts)[0]).toMatch(/value="observations" checked/)
      expect(parts).toContain('If not all of it, only:')
      for (const part of [LABORATORY, VITAL_SIGNS]) expect(parts).toContain(`value="${part}"`)
      expect(parts, 'a part is allowed only by somebody who ticks it').not.toContain('checked')
    }
  })

  it('keeps the parts with the whole, and may be left a part alone', async () => {
    const { access_token } = await signIn(clinic.url, {
      ...{ username: 'john', application: carekey, window: 'day' },
      scope: `${SCOPE} patient/Condition.rs`,
    })
    // What an application may not have now stays allowed, too, if nothing is changed.
    await clinic.store.write(async (trx) => {
      const record = await trx
        .selectFrom('oauth_record')
        .select('payload')
        .where('model', '=', 'Client')
        .where('id', '=', 'carekey')
        .executeTakeFirstOrThrow()
      const payload = JSON.stringify({ ...JSON.parse(record.payload), scope: SCOPE })
      await trx.updateTable('oauth_record').set({ payload }).where('id', '=', 'carekey').execute()
    })
    const total = async (category: string) => {
      const response = await fetch(`${clinic.url}/fhir/Observation?category=${category}&_summary=count`, {
        headers: { authorization: `Bearer ${access_token}` },
      })
      return ((await response.json()) as { total: number }).total
    }
    const agent = createUserAgent(clinic.url)
    const account = await agent.submit(await agent.open('/login'), {
      username: 'john',
      password: 'john-demo',
    })
    const [connection = ''] = /\/account\/connections\/[\w-]+/.exec(account.html) ?? []
    const page = await agent.open(connection)
    const kept = await agent.submit(page, { allow: 'observations' })
    expect(kept.html).toContain('Nothing was changed.')
    expect([(await total('laboratory')) > 0, (await total('vital-signs')) > 0]).toEqual([true, true])
    const narrowed = await agent.submit(page, { allow: LABORATORY })
    expect(narrowed.html).toContain('This connection now allows only what is listed here.')
    expect([(await total('laboratory')) > 0, await total('vital-signs')]).toEqual([true, 0])
  })
})
