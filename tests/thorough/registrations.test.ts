import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientMembers } from '../fixtures/client-members.ts'
import { startOrganization, type TestOrganization } from '../fixtures/organization.ts'
import { registerResourceServer } from '../fixtures/resource-server.ts'
import { engines } from '../fixtures/store.ts'
import {
  changeRegistration,
  type Outcomes,
  openApplication,
} from '../integration/oauth/opened-application.ts'
import { DESCRIBING, IMPOSSIBLE, LIMITING } from '../integration/oauth/registration-changes.ts'

const CHANGES = [...LIMITING, ...DESCRIBING]

/** Changes each member that a registration can have, and then takes every step that an application had open. */
describe.each(engines)('J10 every member of a registration is looked up at every step, on %s', (store) => {
  let clinic: TestOrganization
  let unchanged: Outcomes
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await registerResourceServer(clinic.store)
    unchanged = await (await openApplication(clinic)).next()
  })
  afterAll(() => clinic.close())

  it('all members of the engine are changed here', async () => {
    const changed = new Set([...CHANGES.map(({ member }) => member), ...IMPOSSIBLE])
    expect([...changed].sort()).toEqual([...(await clientMembers(clinic.store))].sort())
  })

  it.each(CHANGES)('$member becomes $to', async ({ member, to, outcomes }) => {
    // Authorizations that nobody signs in to are limited.
    await clinic.store.write((trx) => trx.deleteFrom('rate_limit').execute())
    const { clientId, next } = await openApplication(clinic)
    await changeRegistration(clinic.store, clientId, { [member]: to })
    expect(await next()).toEqual(outcomes(unchanged))
  })
})
