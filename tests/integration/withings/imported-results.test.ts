import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import { findOwnPatient, usernameOf } from '../../../server/sources/withings/person.ts'
import { putResource } from '../../fixtures/put-resource.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import {
  readFhir,
  signInWithWithings,
  startWithingsOrganization,
  type WithingsOrganization,
} from '../../fixtures/withings-organization.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

let organization: WithingsOrganization
afterEach(() => organization.close())

const nameOfJohn = () => usernameOf({ issuer: organization.standIn.url, userid: String(john.userid) })
const user = async (command: string, ...args: string[]) => {
  const db = organization.database.url
  const { status, last } = await runAdmin(['user', command, '--db', db, '--name', nameOfJohn(), ...args])
  expect(status, last).toBe(0)
}
const importAll = (...resources: object[]) =>
  organization.store.write(async (trx) => {
    for (const resource of resources) await putResource(trx, resource, organization.standIn.clock.now)
  })
const result = (id: string, value = 5) => ({
  ...{ resourceType: 'Observation', id, status: 'final', code: { text: 'HbA1c' } },
  ...{ subject: { reference: 'Patient/p1' }, valueQuantity: { value } },
})
const find = async (id: string, type = 'Observation') => {
  const row = await organization.store.db
    .selectFrom('resource')
    .select('json')
    .where('type', '=', type)
    .where('id', '=', id)
    .executeTakeFirst()
  return row && JSON.parse(row.json)
}
const weigh = (value: number, members: object = {}) =>
  organization.standIn.measure(john.userid, { measures: [{ type: 1, value, unit: 0 }], ...members })

describe.each(engines)('an imported record that is given to a Withings account, on %s', (store) => {
  beforeEach(async () => {
    organization = await startWithingsOrganization({ store })
  })
  const give = async (patient: object = {}, id = 'p1') => {
    await importAll({
      ...{ resourceType: 'Patient', id, name: [{ family: 'Doe', given: ['John'] }] },
      ...{ birthDate: '1972-03-04', ...patient },
    })
    await user('invite', '--role', 'patient', '--patient', id)
  }
  const fetchAll = async () => {
    for (const time of [DAY, 10 * MINUTE]) {
      organization.standIn.clock.now += time
      const tokens = await signInWithWithings(organization)
      await readFhir(organization, tokens, 'Observation?_count=1')
    }
  }

  it.each([42, 64])(
    'W06 J39 gets, corrects and loses readings also if its id has %d characters',
    async (length) => {
      await give({}, 'c'.repeat(length))
      const [edited, deleted] = [weigh(191), weigh(192)]
      weigh(193)
      const weights = async (): Promise<number[]> => {
        const rows = await organization.store.db.selectFrom('resource').select('json').execute()
        return rows
          .map(({ json }) => JSON.parse(json))
          .filter(({ code }) => code?.text === 'Body weight')
          .map(({ valueQuantity }) => valueQuantity.value)
          .filter((value) => value > 190)
          .toSorted()
      }
      await fetchAll()
      expect(await weights()).toEqual([191, 192, 193])
      weigh(194, { grpid: edited.grpid })
      organization.standIn.remove(john.userid, deleted.grpid)
      await fetchAll()
      expect(await weights()).toEqual([193, 194])
    },
  )

  it('W08 keeps results whose ids are like those of readings, and the readings that are imported again', async () => {
    await give()
    const taken = weigh(191)
    const again = weigh(192)
    const [imported, copied] = [`p1-${taken.grpid}-weight`, `p1-${again.grpid}-weight`]
    await importAll(result('p1-lab-hba1c'), result('p1-2024-01'), result(imported), result('p1-1-pressure'))
    organization.standIn.clock.now += 1000
    await fetchAll()
    const { meta, ...reading } = await find(copied)
    expect(meta.versionId).toBe('1')
    expect(reading.valueQuantity.value).toBe(192)
    // The same content, but now it is the organization's own.
    await importAll(reading)
    organization.standIn.measure(john.userid, { ...again, measures: [{ type: 11, value: 60, unit: 0 }] })
    organization.standIn.remove(john.userid, taken.grpid)
    const check = async () => {
      for (const id of ['p1-lab-hba1c', 'p1-2024-01', imported, 'p1-1-pressure'])
        expect(await find(id), id).toMatchObject({ code: { text: 'HbA1c' }, valueQuantity: { value: 5 } })
      expect(await find(copied)).toMatchObject({ valueQuantity: { value: 192 } })
    }
    await fetchAll()
    await check()
    expect(await find(`p1-${again.grpid}-pulse`)).toBeDefined()
    await user('disable')
    await check()
    expect(await find(`p1-${again.grpid}-pulse`)).toBeUndefined()
    await user('remove')
    await check()
  })

  it('W08 stays when the account is removed, though it has the number at Withings of its person', async () => {
    const system = 'https://wbsapi.withings.net/measure/userid'
    await give({ identifier: [{ system, value: String(john.userid) }] })
    organization.standIn.clock.now += 1000
    await signInWithWithings(organization)
    const account = await organization.store.db.selectFrom('account').selectAll().executeTakeFirstOrThrow()
    // Nor does its person correct it.
    expect(await findOwnPatient(organization.store.db, account)).toBeUndefined()
    await user('remove')
    expect(await find('p1', 'Patient')).toMatchObject({ birthDate: '1972-03-04' })
  })
})
