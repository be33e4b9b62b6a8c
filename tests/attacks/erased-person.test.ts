import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { CANARY_B } from '../fixtures/canary.ts'
import { runAdmin, runVerify } from '../fixtures/run-command.ts'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { records } from './records.ts'

const anna = attack()

/** Tables of the log, and those that count what others do. */
const TABLES = [
  ...['audit_event', 'audit_leaf', 'audit_patient', 'audit_queue', 'audit_checkpoint', 'audit_erasure'],
  ...['audit_tile', 'refused_request', 'rate_limit'],
]
/** pb, Bert Becquerel: by name, number, birth date, and as a patient. */
const TRACES = new RegExp(`${CANARY_B}|Becquerel|1931-07-09|Patient/pb|=pb\\b`, 'i')

/** What is in the tables of the log, with searches decoded. */
const dump = async (): Promise<string> => {
  const texts: string[] = []
  for (const table of TABLES) {
    const { rows } = await sql`select * from ${sql.table(table)}`.execute(anna.server.store.db)
    texts.push(...rows.map((row) => withQueries(JSON.stringify(row).replaceAll('\\"', '"'))))
  }
  return texts.join('\n')
}

/** A text, and its searches decoded. */
const withQueries = (text: string): string =>
  [text, ...[...text.matchAll(/"query":"([^"]*)"/g)].map(([, query = '']) => decode(query))].join('\n')

const decode = (query: string): string =>
  Buffer.from(query, 'base64')
    .toString('latin1')
    .replace(/%([0-9a-f]{2})/gi, (_all, code) => String.fromCharCode(Number.parseInt(code, 16)))

test('J09 log erase leaves nothing of a person in the tables of the log, in the API and in the download', async () => {
  const { server } = anna
  const pb =
    records.find(({ resourceType, id }) => resourceType === 'Patient' && id === 'pb') ?? expect.fail()
  await server.put([{ ...pb, birthDate: '1931-07-09' }])
  const ask = (path: string, as: 'TA' | 'TB' | 'TC' | 'TADM', id?: string) =>
    id === undefined
      ? anna.send(path, { as })
      : anna.token(as).then((token) =>
          fetch(`${server.url}${path}`, {
            headers: { authorization: `Bearer ${token}`, 'x-request-id': id },
          }),
        )

  // Bert himself; a clinician by his name, number and birth date, counting, in vain, in request ids; the administrator.
  await ask('/fhir/Patient/pb', 'TB')
  for (const query of [
    `name=${CANARY_B}`,
    `identifier=${CANARY_B}-1`,
    'birthdate=1931-07-09',
    '_id=pb&_summary=count',
  ])
    await ask(`/fhir/Patient?${query}`, 'TC')
  await ask('/fhir/Observation?patient=pa,pb', 'TC')
  await ask('/fhir/Immunization/pb', 'TC')
  await ask(`/fhir/Patient/pa`, 'TC', `born-1931-07-09`)
  await ask('/fhir/AuditEvent?patient=pb', 'TADM')
  await ask(`/fhir/AuditEvent?patient.identifier=${CANARY_B}-1`, 'TADM')
  await ask('/fhir/Patient/pa', 'TA')
  // He leaves the organization: nothing but the log knows him.
  await server.store.write((trx) => trx.deleteFrom('account').where('id', '=', 'bert').execute())

  const agent = createUserAgent(server.url)
  await agent.submit(await agent.open('/login'), { username: 'anna', password: 'anna-demo' })
  const readBack = async (): Promise<string> => {
    const pages = ['/fhir/AuditEvent?_count=200&_sort=-date']
    const texts: string[] = []
    for (let path = pages.pop(); path !== undefined; path = pages.pop()) {
      const { status, text, json } = await anna.send(path, { as: 'TADM' })
      expect(status, text).toBe(200)
      texts.push(...json.entry.map(({ resource }: { resource: object }) => JSON.stringify(resource)))
      const next = json.link.find(({ relation }: { relation: string }) => relation === 'next')
      if (next) pages.push(next.url.slice(server.url.length))
    }
    texts.push((await agent.open('/account/log/download')).html)
    return withQueries(texts.join('\n'))
  }
  for (const text of [await dump(), await readBack()]) expect(text).toMatch(TRACES)

  const { database, logKey } = server
  const where = ['--db', database, '--log-key', logKey]
  const { status, last } = await runAdmin(['log', 'erase', '--patient', 'pb', '--yes', ...where])
  expect(status, last).toBe(0)
  for (const text of [await dump(), await readBack()]) expect(TRACES.exec(text)?.[0]).toBeUndefined()
  expect((await runVerify(where)).status).toBe(0)
}, 60_000)

/** Of Quentin, whose values stand in searches that concern others, or nobody. */
const QUENTIN = /MRN-777123|Zzquill|301234567|1931-08-11|p-quentin/i

test.each([
  ...['RelatedPerson?identifier=MRN-777123', 'RelatedPerson?name:exact=Quentin%20Zzquill'],
  ...['RelatedPerson?telecom=%2B49301234567', 'Coverage?identifier=MRN-777123'],
  ...['ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb'].map((prefix) => `Patient?birthdate=${prefix}1931-08-11`),
  // Typed as an id or a code.
  ...['Patient?_id=MRN-777123', 'Patient?_id=Quentin%20Zzquill', 'Patient?_id=Patient/p-quentin'],
  ...['Observation?patient=MRN-777123', 'Observation?subject=Patient/MRN-777123', 'Patient/MRN-777123'],
  ...['Patient/MRN-777123/$everything', 'Condition?asserter=MRN-777123', 'Patient/Quentin-Zzquill'],
  ...['Observation?patient=pa&code=MRN-777123', 'Observation?patient=pa,MRN-777123'],
  ...['AuditEvent?patient=MRN-777123', 'AuditEvent?agent=Patient/MRN-777123'],
])(
  'J09 log erase leaves nothing of a person whom others’ entries may hold: %s',
  async (path) => {
    const { server } = anna
    const own = {
      identifier: [{ system: 'urn:mrn', value: 'MRN-777123' }],
      telecom: [{ system: 'phone', value: '+49301234567' }],
      name: [{ family: 'Zzquill', given: ['Quentin'] }],
    }
    await server.put([
      { resourceType: 'Patient', id: 'p-quentin', birthDate: '1931-08-11', ...own },
      { resourceType: 'RelatedPerson', id: 'r-quentin', patient: { reference: 'Patient/pa' }, ...own },
      {
        ...{ resourceType: 'Coverage', id: 'c-quentin', status: 'active', identifier: own.identifier },
        ...{ beneficiary: { reference: 'Patient/pa' }, payor: [{ reference: 'Patient/pa' }] },
      },
    ])
    await anna.send('/fhir/Patient/p-quentin', { as: 'TC' })
    await anna.send(`/fhir/${path}`, { as: path.startsWith('AuditEvent') ? 'TADM' : 'TC' })
    const where = ['--db', server.database, '--log-key', server.logKey]
    const { status, last } = await runAdmin(['log', 'erase', '--patient', 'p-quentin', '--yes', ...where])
    expect(status, last).toBe(0)
    expect(QUENTIN.exec(await dump())?.[0]).toBeUndefined()
  },
  60_000,
)
