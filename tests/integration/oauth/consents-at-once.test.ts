import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { authorizationUrl, carekey, discover, signIn } from '../../fixtures/sign-in.ts'
import { engines } from '../../fixtures/store.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'

const scope = 'openid offline_access launch/patient patient/*.rs'
const person = { username: 'jane', password: 'jane-demo' }

describe.each(engines)('consents at once, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
  })
  afterAll(() => clinic.close())

  /** Opens the consent page in a browser of its own. @returns a function that allows, and whether that gave a code. */
  const open = async () => {
    const url = await authorizationUrl(
      await discover(clinic.url),
      { application: carekey, scope },
      oauth.generateRandomCodeVerifier(),
    )
    const agent = createUserAgent(url.origin)
    const page = await agent.submit(await agent.open(url), person)
    return async () => {
      const answer = await agent.submit(page, { decision: 'allow', window: 'day' })
      return answer.url.searchParams.has('code')
    }
  }

  it('J13 are counted one after another, so that a person has 500 connections at most', async () => {
    await signIn(clinic.url, { ...person, scope, application: carekey, window: 'day' })
    const consents = () => clinic.store.db.selectFrom('consent').selectAll().execute()
    const [one] = await consents()
    if (!one) expect.fail('no consent')
    const others = Array.from({ length: 495 }, (_, at) => ({ ...one, grant_id: `other-${at}` }))
    await clinic.store.write((trx) => trx.insertInto('consent').values(others).execute())
    const allows = []
    for (let n = 0; n < 12; n++) allows.push(await open())
    const haveCode = await Promise.all(allows.map((allow) => allow()))
    expect(haveCode.filter(Boolean)).toHaveLength(4)
    expect(await consents()).toHaveLength(500)
  })
})
