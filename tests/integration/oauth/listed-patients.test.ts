import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { putResources } from '../../../server/fhir/index/put-resource.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { engines } from '../../fixtures/store.ts'
import { atEhr } from './launching.ts'

const coded = (code: string) => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v2-0203', code }],
})
const patient = (id: string, given: string, more: object) => ({
  resource: {
    resourceType: 'Patient' as const,
    id,
    name: [{ family: 'Quill', given: [given] }],
    birthDate: '1906-07-14',
    ...more,
  },
})
const people = [
  patient('q-zoe', 'Zoe', { deceasedDateTime: '1979-03-02T10:00:00Z' }),
  patient('q-ada', 'Ada', { deceasedBoolean: true }),
  patient('q-max', 'Max', {
    deceasedBoolean: false,
    identifier: [
      { value: '2a1f0c4e-9d0b-4a53-8d0e-2a1f5b2f0f4e' },
      { type: coded('SS'), value: '999-12-3456' },
      { value: 'I-7' },
      { type: coded('MR'), value: '112130' },
    ],
  }),
  patient('q-sue', 'Sue', { identifier: [{ type: coded('PPN'), value: 'X1' }] }),
  patient('q-tom', 'Tom', {
    identifier: [{ type: coded('NNESP'), value: '12345678Z' }],
    birthDate: '1950-01-01',
    deceasedDateTime: '1999-01-01',
  }),
]
/** Days that do not exist, as another FHIR server may hold them. */
const NO_DAYS = [
  ['1950-01-01', '1950-00-00'],
  ['1999-01-01', '0000-00-00'],
] as const

describe.each(engines)('patients on the pages of the record system, on %s', (store) => {
  let clinic: TestOrganization
  let html: string
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside', store })
    await clinic.store.write(async (trx) => {
      await putResources(trx, people, Date.now())
      for (const [day, noDay] of NO_DAYS)
        await trx
          .updateTable('resource')
          .set({ json: sql`replace(json, ${day}, ${noDay})` })
          .where('id', '=', 'q-tom')
          .execute()
    })
    const agent = await atEhr(clinic)
    html = (await agent.submit(await agent.open('/ehr'), { family: 'Quill' })).html
  })
  afterAll(() => clinic.close())

  const lineOf = (id: string): string =>
    (html.split(`href="/ehr/patient/${id}"`)[1] ?? '').split('</a>')[0]?.replace(/<[^>]*>|\s+/g, ' ') ?? ''

  it('who died do not look alive', () => {
    expect(lineOf('q-zoe')).toContain('born 14 Jul 1906 · died 2 Mar 1979, aged 72')
    expect(lineOf('q-ada')).toContain('born 14 Jul 1906 · deceased')
    expect(lineOf('q-max')).not.toMatch(/died|deceased/)
  })

  it('with days that do not exist are listed, and the days shown as written', () => {
    expect(lineOf('q-tom')).toContain('born 1950-00-00')
  })

  it('have their record number, and no social security number, passport or UUID', () => {
    expect(lineOf('q-max')).toContain('number 112130')
    expect(lineOf('q-sue')).not.toContain('number')
    expect(html).not.toMatch(/999-12-3456|2a1f0c4e|12345678Z/)
  })

  it('are sorted by name', () => {
    const order = [...html.matchAll(/\/ehr\/patient\/(q-\w+)/g)].map(([, id]) => id)
    expect(order).toEqual(['q-ada', 'q-max', 'q-sue', 'q-tom', 'q-zoe'])
  })
})
