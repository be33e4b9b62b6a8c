import { sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { putResource } from '../fixtures/put-resource.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { ask, logIn } from './authorization-request.ts'

const anna = attack()

const scope = 'openid launch/patient launch/encounter patient/Observation.rs'
const LONG = 'Zebra\u202e\u2066\u0007\u200b '.repeat(50_000)

/** Characters that reverse text, are invisible, or break a line. */
const UNREADABLE = /[^\P{C}\n\t\u2068\u2069]/u

const put = (resource: object) =>
  anna.server.store.write((trx) => putResource(trx, resource as never, Date.now()))

// The first password starts the hashing threads, which then stay, so their memory must not count for a row.
beforeAll(async () => {
  await logIn(await ask(anna, { scope }))
})

test('F66 names of 500 kB, or with characters that reverse the direction of text, are short and readable on every page', async () => {
  await put({
    resourceType: 'Patient',
    id: 'long',
    name: [{ text: LONG, family: 'Zebrafinch' }],
    gender: 'other',
    identifier: [{ value: LONG }],
  })
  // The import refuses such a gender; another FHIR server may hold it.
  await anna.server.store.write((trx) =>
    trx
      .updateTable('resource')
      .set({ json: sql`replace(json, '"gender":"other"', ${`"gender":${JSON.stringify(LONG)}`})` })
      .where('id', '=', 'long')
      .execute(),
  )
  await put({
    resourceType: 'Encounter',
    id: 'long-visit',
    status: 'finished',
    class: { code: 'AMB' },
    subject: { reference: 'Patient/long' },
    type: [{ text: LONG }],
  })
  await anna.server.store.write((trx) =>
    trx.updateTable('account').set({ name: LONG }).where('id', '=', 'lee').execute(),
  )
  const visit = await logIn(await ask(anna, { scope }), 'lee')
  const resultPage = await visit.agent.submit(visit.page, { decision: 'search', family: 'Zebrafinch' })
  const visits = await visit.agent.submit(resultPage, { decision: 'pick', patient: 'long' })
  const consent = await visit.agent.submit(visits, { decision: 'pick', encounter: 'long-visit' })
  const agent = createUserAgent(anna.server.url)
  await agent.submit(await agent.open('/login'), { username: 'lee', password: 'lee-demo' })
  const record = await agent.open('/ehr/patient/long')
  const account = await agent.open('/account')
  for (const { status, html } of [visit.page, resultPage, visits, consent, record, account]) {
    expect(status, html).toBe(200)
    expect(html).toContain('Zebra')
    expect(html).not.toMatch(UNREADABLE)
    expect(html.length).toBeLessThan(20_000)
  }
})
