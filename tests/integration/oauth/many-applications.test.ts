import type { KyselyPlugin } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClientRecord } from '../../../server/oauth/clients/client-policy.ts'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { listLaunchable } from '../../../server/oauth/clients/launchable-clients.ts'
import { requireOwnName } from '../../../server/oauth/clients/own-name.ts'
import type { Db } from '../../../server/store/schema.ts'
import { countTurns } from '../../fixtures/count-turns.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { atEhr } from './launching.ts'

const MANY = 10_000
const SHORT = 60

/** A host as long as one may be, except for a few. */
const hostOf = (index: number) =>
  `${index < SHORT ? '' : `${'a'.repeat(60)}.`.repeat(3)}app-${index}.example.org`
const nameOf = (index: number) => `${index < SHORT ? 'Short' : 'Application'} ${index}`

describe.each(engines)('T09 an organization with 10,000 applications, on %s', (store) => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await clinic.store.write(async (trx) => {
      for (let index = 0; index < MANY; index++)
        await putClient(trx, {
          client_id: `app-${index}`,
          client_name: nameOf(index),
          launch_uri: `https://${hostOf(index)}/launch`,
          redirect_uris: [`https://${hostOf(index)}/callback`],
          token_endpoint_auth_method: 'none',
        })
    })
  }, 120_000)
  afterAll(() => clinic.close())

  it('lists a part of them in the record system, and the others are found by name', async () => {
    const agent = await atEhr(clinic)
    const page = await agent.open('/ehr/patient/jane-doe?encounter=jane-doe-visit-02')
    const headers = [...page.headers].reduce((sum, [name, value]) => sum + name.length + value.length, 0)
    expect(headers).toBeLessThanOrEqual(4096)
    expect(page.html.length).toBeLessThanOrEqual(100_000)
    const listed = page.html.match(/name="client_id"/g)?.length ?? 0
    expect(listed).toBeGreaterThan(5)
    // The demo has one as well.
    expect(page.html).toContain(
      `${new Intl.NumberFormat('en').format(MANY + 1 - listed)} more are not shown.`,
    )

    const found = await agent.open(
      '/ehr/patient/jane-doe?encounter=jane-doe-visit-02&application=+application+7777+',
    )
    expect(found.html.match(/name="client_id"/g)).toHaveLength(1)
    expect(found.html).toContain('Check-up')
    expect(found.html).not.toContain('not shown')
    const launched = await agent.submit(found, { client_id: 'app-7777' })
    expect(launched.url.hostname).toBe(hostOf(7777))

    const short = await agent.open('/ehr/patient/jane-doe?application=short')
    expect(short.html.match(/name="client_id"/g)).toHaveLength(50)
    expect(short.html).toContain('10 more are not shown.')

    const none = await agent.open('/ehr/patient/jane-doe?application=<b>none</b>')
    expect(none.html).toContain('No application of this name can be opened from here.')
    expect(none.html).not.toContain('<b>none')
  })

  /** Returns the number of rows of each statement of a work, and the turn of the event loop in which it was answered. */
  const resultsOf = async (work: (db: Db) => Promise<unknown>) => {
    const eventLoop = countTurns()
    const results: { rows: number; turn: number }[] = []
    const plugin: KyselyPlugin = {
      transformQuery: ({ node }) => node,
      transformResult: async ({ result }) => {
        results.push({ rows: result.rows.length, turn: eventLoop.turn() })
        return result
      },
    }
    await work(clinic.store.db.withPlugin(plugin))
    eventLoop.stop()
    return results
  }

  it('compares a new name with those that look alike alone', async () => {
    const compare = (client_name: string) =>
      resultsOf((db) =>
        requireOwnName(db, { client_id: 'new', client_name } as ClientRecord).catch(() => undefined),
      )
    expect((await compare('Growth Chart')).map(({ rows }) => rows)).toEqual([0])
    expect((await compare('Applicatiоn 77')).map(({ rows }) => rows)).toEqual([1])
  })

  it('others are answered while its applications are listed', async () => {
    const results = await resultsOf((db) => listLaunchable({ db }))
    expect(results.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThan(MANY)
    expect(Math.max(...results.map(({ rows }) => rows))).toBeLessThanOrEqual(500)
    expect(new Set(results.map(({ turn }) => turn)).size).toBe(results.length)
  })
})
