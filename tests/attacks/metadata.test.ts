import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { expectNothingFound } from './answers.ts'
import { attack } from './attack.ts'

const anna = attack()

const ADDRESSES = ['/fhir/metadata', '/metadata']

const { version, dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))

/** Words that would tell an attacker which known vulnerability to try: components and their versions. */
const parts: readonly string[] = Object.keys({ ...dependencies, ...devDependencies }).filter(
  (name) => name.length > 4,
)
const versionOf = (name: string): string =>
  JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version

describe('B35 the CapabilityStatement is public, and reveals no person and no component', () => {
  test.each(ADDRESSES)('%s is answered without a token and may be cached by anybody', async (address) => {
    const answer = await anna.send(address)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=[1-9]\d*$/)
    expect(answer.json.resourceType).toBe('CapabilityStatement')
  })

  test.each(ADDRESSES)('%s is the same for everybody, whatever the record contains', async (address) => {
    const { text } = await anna.send(address)
    for (const as of ['TA', 'TAobs', 'TC', 'TADM'] as const)
      expect((await anna.send(address, { as })).text).toBe(text)
    expect((await anna.send(address, { bearer: 'nobodys-token' })).text).toBe(text)
    expect(text).not.toMatch(/ZZCANARY|\b(pa|pb|a-obs1|b-obs1|anna|bert)\b/i)
  })

  test('it names no component of the server, and no version but its own and that of FHIR', async () => {
    const { text, headers, json } = await anna.send('/fhir/metadata')
    const everything = [text, ...[...headers].map(([name, value]) => `${name}: ${value}`)].join('\n')
    expect(parts.filter((name) => everything.toLowerCase().includes(name.toLowerCase()))).toEqual([])
    const versions = [process.versions.node, ...Object.keys(dependencies).map(versionOf)]
    expect(
      versions.filter((each) => everything.includes(`"${each}"`) || everything.includes(`/${each}`)),
    ).toEqual([])
    expect(everything).not.toMatch(/node\.?js|sqlite|postgres/i)
    expect(headers.has('server') || headers.has('x-powered-by')).toBe(false)
    expect(json.software).toEqual({ name: 'Carekey', version })
    expect(json.fhirVersion).toBe('4.0.1')
  })

  test('it is built once: a thousand requests, a hundred at a time, read nothing from the database and leave nothing in the log', async () => {
    const entries = () => anna.server.store.db.selectFrom('audit_event').select(['seq']).execute()
    const before = await entries()
    const outcomes = new Set<string>()
    for (let hundred = 0; hundred < 10; hundred++) {
      const answers = await Promise.all(
        Array.from({ length: 100 }, () => fetch(`${anna.server.url}/fhir/metadata`)),
      )
      for (const answer of answers) outcomes.add(`${answer.status} ${await answer.text()}`)
    }
    expect([...outcomes]).toEqual([expect.stringMatching(/^200 /)])
    expect(await entries()).toEqual(before)
    for (const address of ADDRESSES) {
      const { headers } = await anna.send(address)
      expect(await anna.server.statements(headers.get('x-request-id') ?? '')).toEqual([])
    }
    const readAnswer = await anna.send('/fhir/Observation?_id=none', { as: 'TA' })
    expectNothingFound(readAnswer)
    expect(await anna.server.statements(readAnswer.headers.get('x-request-id') ?? '')).not.toEqual([])
  })
})
