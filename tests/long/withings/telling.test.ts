import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { disableUser } from '../../../server/cli/admin/users-command.ts'
import { dailyMeasurer, john } from '../../../server/demo/withings/people.ts'
import { engines } from '../../fixtures/store.ts'
import {
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import { doRound, isAllowedThere } from '../../fixtures/withings-rounds.ts'

describe.each(engines)('telling Withings of ended connections, on %s', (store) => {
  let organization: WithingsOrganization
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store, people: [john, dailyMeasurer(0.05)] })
    await signInWithWithings(organization)
    const details = { given: 'Dora', family: 'Daily', birthdate: '1980-01-02' }
    await signInWithWithings(organization, { username: 'daily', details })
    const accounts = await organization.store.db
      .selectFrom('account')
      .select('username')
      .where('role', '=', 'patient')
      .execute()
    for (const { username } of accounts)
      await disableUser(['--db', organization.database.url, '--name', username])
  })
  afterEach(() => organization.close())

  const countRows = async () =>
    (await organization.store.db.selectFrom('withings_account').select('userid').execute()).length

  it('W08 two processes tell of each person once', async () => {
    const userids: string[] = []
    const onRevoke = (userid: string) => userids.push(userid)
    let nonces = 0
    const counts = { onRevoke, onNonce: () => nonces++ }
    const other = await organization.database.open()
    await Promise.all([
      ...[1, 2].map(() => doRound(organization, counts)),
      ...[1, 2].map(() => doRound(organization, { store: other, ...counts })),
    ])
    await other.close()
    expect(userids.length).toBe(2)
    expect(nonces).toBe(2)
    expect(new Set(userids).size).toBe(2)
    expect(await countRows()).toBe(0)
  })

  it('W08 one person of whom Withings is slow does not hold the others', async () => {
    organization.standIn.switches.faults = [{ on: 'oauth2.revoke', fault: { kind: 'slow', ms: 4_000 } }]
    const round = doRound(organization)
    await expect.poll(countRows, { timeout: 3_000 }).toBe(1)
    await round
    expect(await countRows()).toBe(0)
    expect(await isAllowedThere(organization, 'daily')).toBe(false)
  })
})
