import type { TokenEndpointResponse } from 'oauth4webapi'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { removeUser } from '../../../server/cli/admin/users-command.ts'
import { dailyMeasurer, john } from '../../../server/demo/withings/people.ts'
import { putPrepared } from '../../../server/fhir/index/put-resource.ts'
import { createForgetting } from '../../../server/sources/withings/forget-missing.ts'
import { prepareOwn, usernameOf } from '../../../server/sources/withings/person.ts'
import {
  deleteLeftovers,
  deleteReadings,
  erasePerson,
  removeWithings,
} from '../../../server/sources/withings/removal.ts'
import type { Store } from '../../../server/store/store.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { refuseWrites } from '../../fixtures/refuse-writes.ts'
import { engines } from '../../fixtures/store.ts'
import {
  createSignInBrowser,
  decideAtWithings,
  openLogin,
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'
import { doRound, isAllowedThere } from '../../fixtures/withings-rounds.ts'

const MINUTE = 60_000
const MANY = 1_200
const dora = dailyMeasurer(0.05)
const READING = { resourceType: 'Observation', status: 'final', code: { text: 'Body weight' } }

let organization: WithingsOrganization
afterEach(() => organization.close())

const countReadings = async () => {
  const { readings } = await organization.store.db
    .selectFrom('resource')
    .select(({ fn }) => fn.countAll<number>().as('readings'))
    .where('type', '=', 'Observation')
    .executeTakeFirstOrThrow()
  return Number(readings)
}
const findRow = () => organization.store.db.selectFrom('withings_account').selectAll().executeTakeFirst()
const findAccount = () => organization.store.db.selectFrom('account').selectAll().executeTakeFirstOrThrow()

/** A store that notes how many readings are left after each transaction, and breaks off after some. */
const watch = (breaksAt = -1) => {
  const counts: number[] = []
  const store: Store = {
    ...organization.store,
    write: async (work) => {
      if (counts.at(-1) === breaksAt) throw new Error('killed')
      const result = await organization.store.write(work)
      counts.push(await countReadings())
      return result
    },
  }
  return { store, counts }
}

describe.each(engines)('1,200 readings of Withings, on %s', (engine) => {
  let patient: string
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store: engine, people: [john, dora] })
    patient = (await signInWithWithings(organization)).patient as string
    const now = organization.standIn.clock.now - MINUTE
    const readings = Array.from({ length: MANY }, (_, index) =>
      prepareOwn(
        {
          ...{ ...READING, id: `${patient}-${index + 1}-weight` },
          subject: { reference: `Patient/${patient}` },
        },
        now,
      ),
    )
    for (let at = 0; at < MANY; at += 300)
      await organization.store.write((trx) => putPrepared(trx, readings.slice(at, at + 300)))
  })

  it('W08 are deleted 500 at a time after a person disconnects, with others in between', async () => {
    const { id } = await findAccount()
    expect(await organization.store.write((trx) => removeWithings(trx, id))).toBe(MANY)
    const { store, counts } = watch()
    await doRound(organization, { store })
    expect([...new Set(counts)]).toEqual([MANY, 700, 200, 0])
  })

  it('W08 are all deleted even if that is broken off, and only then is the person told to be gone', async () => {
    const { id } = await findAccount()
    await organization.store.write((trx) => removeWithings(trx, id))
    await expect(doRound(organization, { store: watch(700).store })).rejects.toThrow('killed')
    expect(await findRow()).toMatchObject({ fault: 'removed' })
    expect(await countReadings()).toBe(700)
    organization.standIn.clock.now += 5 * MINUTE
    await doRound(organization)
    expect(await countReadings()).toBe(0)
    expect(await isAllowedThere(organization)).toBe(false)
    expect(await findRow()).toBeUndefined()
  })

  describe('of a person who comes back as somebody new before they were deleted', () => {
    let again: TokenEndpointResponse
    beforeEach(async () => {
      const account = await findAccount()
      await organization.store.write(async (trx) => {
        await erasePerson(trx, account)
        await trx.deleteFrom('account').where('id', '=', account.id).execute()
      })
      again = await signInWithWithings(organization)
    })

    it('W08 are deleted 500 at a time, and the new person reads none', async () => {
      expect(again.patient).not.toBe(patient)
      expect(await countReadings()).toBe(MANY)
      const { status } = await readFhir(organization, again, `Observation/${patient}-1-weight`)
      expect(status).toBe(404)
      const own = (await countReadings()) - MANY
      const { store, counts } = watch()
      await deleteLeftovers(store)
      expect(counts).toEqual([700 + own, 200 + own, own])
      await deleteLeftovers(store)
      expect(counts).toHaveLength(3)
    })

    it('W08 are all deleted even if those of others cannot be', async () => {
      const broken = ['0-broken', '~broken']
      const left = () => organization.store.db.selectFrom('withings_leftover').select('patient')
      await organization.store.write(async (trx) => {
        const rows = broken.map((patient) => ({ patient, issuer: 'x', userid: patient }))
        await trx.insertInto('withings_leftover').values(rows).execute()
      })
      await refuseWrites(
        organization.store,
        engine,
        'delete on withings_leftover',
        `old.patient like '%broken'`,
      )
      await expect(deleteLeftovers(organization.store)).rejects.toMatchObject({ code: 'store-unavailable' })
      expect((await left().execute()).map(({ patient }) => patient).sort()).toEqual(broken)
      expect(await countReadings()).toBeLessThan(MANY)
    })

    it('W08 are all deleted even if that is broken off', async () => {
      await expect(doRound(organization, { store: watch(700).store })).rejects.toThrow('killed')
      expect(await countReadings()).toBe(700)
      await doRound(organization)
      expect(await countReadings()).toBe(0)
    })

    it('W08 never come with the record to another person to whom it is given', async () => {
      const owner = { issuer: organization.standIn.url, userid: String(dora.userid) }
      const { id: _, ...account } = await findAccount()
      await organization.store.write((trx) =>
        trx
          .insertInto('account')
          .values({ ...account, id: 'dora', username: usernameOf(owner), patient })
          .execute(),
      )
      const browser = createSignInBrowser(organization)
      const comeBack = async () => {
        const { login } = await openLogin(organization, browser)
        return browser.agent.open(await decideAtWithings(browser, login, 'allow', dora.username))
      }
      expect((await comeBack()).html).toContain('already come from another account at Withings')
      await doRound(organization)
      expect((await comeBack()).html).not.toContain('already come from another account at Withings')
    })

    it('W08 stay if the record is given back to the person before that', async () => {
      await organization.store.write((trx) => trx.updateTable('account').set({ patient }).execute())
      await signInWithWithings(organization)
      await doRound(organization)
      expect(await countReadings()).toBe(MANY)
    })
  })

  it('W08 stay if the person connects again before that was complete', async () => {
    const { id } = await findAccount()
    await organization.store.write((trx) => removeWithings(trx, id))
    const { store, counts } = watch()
    const write: Store['write'] = async (work) => {
      if (counts.length === 1) await signInWithWithings(organization)
      return store.write(work)
    }
    await deleteReadings({ ...store, write }, id)
    expect(await countReadings()).toBe(700)
    expect(await findRow()).toMatchObject({ fault: null, since: null })
  })

  it('W08 a person who connects again before that was complete keeps what they have just allowed at Withings', async () => {
    const { id } = await findAccount()
    await organization.store.write((trx) => removeWithings(trx, id))
    const { store, counts } = watch()
    let hasReturned = false
    const write: Store['write'] = async (work) => {
      if (counts.at(-1) === 700 && !hasReturned) {
        hasReturned = true
        await signInWithWithings(organization)
      }
      return store.write(work)
    }
    await doRound(organization, { store: { ...store, write } })
    expect(await findRow()).toMatchObject({ fault: null })
    expect(await isAllowedThere(organization)).toBe(true)
  })

  it('W08 are deleted by the terminal', async () => {
    const { username } = await findAccount()
    const removed = await removeUser(['--db', organization.database.url, '--name', username])
    expect(removed).toMatchObject({ deleted: { Patient: 1, Observation: MANY } })
    expect(await countReadings()).toBe(0)
  })

  it('J39 are deleted 500 at a time if Withings no longer has them, unless they are imported or come again meanwhile', async () => {
    const account = await findRow()
    if (!account) throw new Error('Nobody is connected.')
    const { store, counts } = watch()
    const readingOf = (number: number) => ({
      ...{ ...READING, id: `${patient}-${number}-weight`, note: [{ text: 'new' }] },
      subject: { reference: `Patient/${patient}` },
    })
    const forgetMissing = createForgetting(
      {
        ...store,
        write: async (work) => {
          if (counts.length === 0)
            await organization.store.write(async (trx) => {
              const { now } = organization.standIn.clock
              await putResource(trx, readingOf(1), now)
              await putPrepared(trx, [prepareOwn(readingOf(2), now)])
            })
          return store.write(work)
        },
      },
      () => organization.standIn.clock.now,
    )
    const whole = { began: organization.standIn.clock.now, seen: new Set<string>() }
    expect(await forgetMissing(account, whole)).toBe(false)
    expect(await countReadings()).toBe(MANY)
    expect(await forgetMissing(account, whole)).toBe(true)
    expect([...new Set(counts)]).toEqual([702, 202, 2])
  })
})
