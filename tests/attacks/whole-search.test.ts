import { expect, test } from 'vitest'
import { capabilityStatement } from '../../server/fhir/http/capability.ts'
import { type Answer, attack } from './attack.ts'
import { ONLY_B, OWN_IDS } from './records.ts'

const anna = attack()

interface Searched {
  readonly type: string
  readonly searchParam?: readonly { name: string; type: string }[]
  readonly searchInclude?: readonly string[]
  readonly searchRevInclude?: readonly string[]
}

/** The part of the CapabilityStatement that the test uses. */
const organization = { name: 'Attacked', about: '', color: '#000000' }
const source = { kind: 'embedded' as const }
const config = { publicUrl: 'http://localhost', host: '127.0.0.1', port: 1, source, organization }
const searched: readonly Searched[] = JSON.parse(capabilityStatement(config, 0)).rest[0].resource

/** Values of a parameter of this kind that would find pb's resources; one of them is enough. */
const VALUES: Readonly<Record<string, string>> = {
  reference: 'Patient/pb,Observation/b-obs1,Encounter/a-enc,Observation/a-obs1',
  token: `${ONLY_B.code},29463-7,ZZCANARYB-1,final,b-obs1,b-dr1,b-list,b-dev,b-obs-focus,pb`,
  string: 'ZZCANARYB,B',
  date: 'ge1900-01-01',
  quantity: 'gt0',
}

const expectOwn = (search: string, { status, json }: Answer): void => {
  expect(status, search).toBe(200)
  const entries: { resource: { id: string }; search: { mode: string } }[] = json.entry ?? []
  const others = entries.filter(({ resource }) => !OWN_IDS.includes(resource.id))
  expect(others, search).toEqual([])
  expect(json.total, search).toBe(entries.filter(({ search }) => search.mode === 'match').length)
}

test.each(searched.filter(({ type }) => type !== 'AuditEvent'))(
  'B03-B13 every supported parameter and include of $type returns only the own record',
  async ({ type, searchParam = [], searchInclude = [], searchRevInclude = [] }) => {
    const searches = [
      '',
      ...searchParam.map(({ name, type: kind }) => `${name}=${VALUES[kind] ?? expect.fail(kind)}`),
      ...searchInclude.map((value) => `_include=${value}`),
      ...searchRevInclude.map((value) => `_revinclude=${value}`),
    ]
    await anna.token('TA')
    const answers = await Promise.all(
      searches.map((search) => anna.send(`/fhir/${type}?${search}`, { as: 'TA' })),
    )
    for (const [index, answer] of answers.entries()) expectOwn(`${type}?${searches[index]}`, answer)
  },
  60_000,
)
