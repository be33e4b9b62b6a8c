import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../server/query/parse-query.ts'
import { conditionsOf } from '../../../server/sources/upstream/conditions.ts'

const OFFERED = new Set([
  ...['_id', 'name', 'family', 'identifier', 'birthdate', 'status', 'code', 'patient', 'subject'],
  ...['date', 'encounter', 'value-quantity', 'performer', 'active'],
])

const written = (type: string, search: string, offered: ReadonlySet<string> = OFFERED) => {
  const query = parseQuery(type, new URLSearchParams(search), { base: 'https://b/fhir', strict: true })
  return conditionsOf(type, query.filters, offered, query.usedParameters)?.map((pair) => pair.join('='))
}

describe('a filter is sent to upstream as', () => {
  test.each<[string, string, string[]]>([
    ['Observation', '_id=a,b', ['_id=a,b']],
    ['Observation', 'subject=pa', ['subject=Patient/pa,Group/pa,Device/pa,Location/pa']],
    ['Observation', 'patient=pa', ['subject=Patient/pa']],
    ['Observation', 'patient=https://b/fhir/Patient/pa', ['subject=Patient/pa']],
    ['Observation', 'code=http://loinc.org|1-8,x', ['code=http://loinc.org|1-8,x']],
    // The system of a plain code is not sent.
    ['Observation', 'status=http://hl7.org/fhir/observation-status|final', ['status=final']],
    ['Organization', 'active=http://terminology.hl7.org/CodeSystem/special-values|true', ['active=true']],
    // More on both sides, because of time zones.
    ['Observation', 'date=2024-05-10', ['date=ge2024-05-08', 'date=le2024-05-12']],
    ['Observation', 'date=gt2024-05', ['date=ge2024-04-29']],
    ['Observation', 'date=lt2024-05', ['date=le2024-06-02']],
    ['Observation', 'date=ge2024,le2020', []],
    ['Observation', 'date=ne2024', []],
    ['Observation', 'value-quantity=gt5', []],
    ['Observation', 'code:missing=true', []],
    // Each word begins a part of the name, or the whole text does.
    ['Patient', 'name:exact=Ana Luz Ortiz', ['name=Ana', 'name=Luz,Ortiz,Ana Luz Ortiz']],
    ['Patient', 'name=Muñoz', ['name=Muñoz']],
    ['Patient', 'family:contains=uno', []],
    ['Patient', 'family=a\\,b', ['family=a\\,b']],
  ])('%s?%s: %j', (type, search, conditions) => {
    expect(written(type, search)).toEqual(conditions)
  })

  test('at most as many values as a search may have', () => {
    const ids = Array.from({ length: 100 }, (_, at) => `o${at}`).join()
    expect(written('Observation', `_id=${ids}`)).toEqual([`_id=${ids}`])
  })

  test('nothing, if no resource can match', () => {
    expect(written('Observation', '_id=a/b')).toBeUndefined()
    expect(written('Observation', 'subject=https://elsewhere/Patient/pa')).toBeUndefined()
  })

  test('only parameters that are offered', () => {
    expect(written('Observation', 'code=x&status=final', new Set(['status']))).toEqual(['status=final'])
    expect(written('Observation', 'patient=pa', new Set(['patient']))).toEqual(['patient=Patient/pa'])
    expect(written('Observation', 'subject=Group/g', new Set(['patient']))).toEqual([])
  })
})
