import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { registerResourceServer } from '../../fixtures/resource-server.ts'
import { engines } from '../../fixtures/store.ts'
import {
  changeRegistration,
  type Outcomes,
  openApplication,
} from '../../integration/oauth/opened-application.ts'
import { LIMITING, refusesEverything } from '../../integration/oauth/registration-changes.ts'

describe.each(engines)('J10 a registration is looked up at every step, on %s', (store) => {
  let clinic: TestOrganization
  let unchanged: Outcomes
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await registerResourceServer(clinic.store)
    unchanged = await (await openApplication(clinic)).next()
  })
  afterAll(() => clinic.close())

  const set = (clientId: string, disabled_at: number) =>
    clinic.store.write((trx) =>
      trx.updateTable('oauth_record').set({ disabled_at }).where('id', '=', clientId).execute(),
    )
  const remove = (clientId: string) =>
    clinic.store.write((trx) => trx.deleteFrom('oauth_record').where('id', '=', clientId).execute())

  it('an application whose registration stays as it was takes all of them', () => {
    expect(Object.values(unchanged)).not.toContain('refused')
  })

  it.each(LIMITING)('$member becomes $to', async ({ member, to, outcomes }) => {
    const { clientId, next } = await openApplication(clinic)
    await changeRegistration(clinic.store, clientId, { [member]: to })
    expect(await next()).toEqual(outcomes(unchanged))
  })

  it('the consent page offers only what is registered when it is shown', async () => {
    const { clientId, consentPage } = await openApplication(clinic)
    expect(await consentPage()).toMatch(/value="observations"[\s\S]*value="conditions"/)
    await changeRegistration(clinic.store, clientId, { scope: 'patient/Observation.rs' })
    const page = await consentPage()
    expect(page).toContain('value="observations"')
    expect(page).not.toContain('value="conditions"')
  })

  it('an application that is disabled takes none', async () => {
    const { clientId, next } = await openApplication(clinic)
    await set(clientId, 1)
    expect(await next()).toEqual(refusesEverything(unchanged))
  })

  it('an application that is gone takes none', async () => {
    const { clientId, next } = await openApplication(clinic)
    await remove(clientId)
    expect(await next()).toEqual(refusesEverything(unchanged))
  })
})
