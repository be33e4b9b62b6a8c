import { expect, it } from 'vitest'
import { onlyAbout } from '../../../extension/fhir/about-patient.ts'
import type { Client, Parameters } from '../../../extension/fhir/client.ts'
import { readVitals } from '../../../extension/fhir/read-vitals.ts'
import { cutMark } from '../../../extension/messages/record-lists.ts'
import { allReadings, type Reading, vitalNames } from '../../../extension/messages/vitals.ts'
import { timelineOf } from '../../../extension/record/vitals/timeline.ts'
import { recordedBeside, valueIn } from '../../../extension/record/vitals/units.ts'
import { outlierWords, valueWords } from '../../../extension/record/vitals/vital-words.ts'
import { vitalsCsv } from '../../../extension/summary/vitals-csv.ts'
import { MEASURE_TYPES, mapGroup } from '../../../server/sources/withings/observations.ts'
import { riverside } from '../../fixtures/readings.ts'

const loinc = 'http://loinc.org'
const access = {
  fhirBase: 'https://mock.example/fhir',
  fetch: () => Promise.reject(new Error('Nothing is fetched here.')),
}
const vital = (id: string, code: string, value: string, unit: string) => ({
  resourceType: 'Observation',
  id,
  code: { coding: [{ system: loinc, code }] },
  effectiveDateTime: '2026-11-24T07:12:00Z',
  valueQuantity: { value, unit },
})

/** Keeps numbers as text, as the answers of organizations are parsed. */
const digitsOf = (_name: string, value: unknown) => (typeof value === 'number' ? String(value) : value)

/** Reads these Observations; `asked` are the searches that were sent. */
const read = async (observations: ReturnType<typeof vital>[], further: object[] = []) => {
  const requests: Parameters[] = []
  const page = {
    bundle: {
      resourceType: 'Bundle',
      entry: [...observations.map((resource) => ({ resource })), ...further],
    },
    address: `${access.fhirBase}/Observation`,
  }
  const client: Client = {
    read: async () => ({ resourceType: 'Patient' }),
    search: async (_type, parameters) => {
      requests.push(parameters)
      return page
    },
    follow: async () => page,
  }
  return {
    asked: requests,
    vitals: await readVitals(onlyAbout(client, access, 'p'), access, { patient: 'p', source: riverside }),
  }
}

it('all kinds of vital signs are read in one search, and none is confused with another', async () => {
  const { asked, vitals } = await read([
    vital('1', '29463-7', '81.2', 'kg'),
    vital('2', '8867-4', '72', 'beats/minute'),
    vital('3', '2708-6', '97', '%'),
    vital('4', '59408-5', '98', '%'),
    vital('5', '8310-5', '98.6', '°F'),
    vital('6', '8302-2', '1.82', 'm'),
    vital('7', '39156-5', '24.5', 'kg/m2'),
    vital('8', '9279-1', '16', '/min'),
    vital('9', '41982-0', '21.4', '%'),
    vital('10', '73708-0', '17.25', 'kg'),
  ])
  expect(asked).toHaveLength(1)
  for (const code of ['85354-9', '29463-7', '8867-4', '2708-6', '59408-5', '8310-5', '8302-2', '39156-5'])
    expect(String(asked[0]?.code).split(',')).toContain(`${loinc}|${code}`)
  const textOf = ({ id, value, unit }: Reading) => `${id}: ${value} ${unit}`
  expect(vitalNames.map((name) => (vitals[name] ?? []).map(textOf))).toEqual([
    [],
    ['1: 81.2 kg'],
    ['2: 72 /min'],
    ['3: 97 %', '4: 98 %'],
    ['5: 37.0 °C'],
    ['6: 182 cm'],
    ['7: 24.5 kg/m²'],
    ['9: 21.4 %'],
    ['10: 17.25 kg'],
  ])
  expect(vitals.temperature?.[0]?.recorded).toBe('98.6 °F')
})

it('every kind of reading that is fetched from Withings is shown, and is in the table of readings', async () => {
  const group = { grpid: '1', attrib: 0, date: 1_693_651_151, modified: 1, model: 'Body+' }
  const measures = MEASURE_TYPES.map((type) => ({ type, value: '42', unit: 0 }))
  const { resources = [] } = mapGroup({ ...group, measures }, 'p', undefined) ?? {}
  const { vitals } = await read(resources.map(({ text }) => JSON.parse(text, digitsOf)))
  const ids = resources.map(({ id }) => id).toSorted()
  expect(ids).toHaveLength(MEASURE_TYPES.length - 1)
  expect(
    allReadings(vitals)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(ids)
  for (const id of ids) expect(vitalsCsv([vitals], [])).toContain(`"Observation/${id}"`)
})

it.each([
  [['17', 'kPa'], ['82', 'mmHg'], '128/82 mmHg', '17 kPa / 82 mmHg'],
  [['17', 'kPa'], ['82', 'jin'], '17 kPa / 82 jin', undefined],
  [['128', ''], ['82', 'mmHg'], '128 no unit / 82 mmHg', undefined],
  [['128', 'mmHg'], ['82', ''], '128 mmHg / 82 no unit', undefined],
  [['128', ''], ['82', ''], '128/82 no unit', undefined],
])('J55 each half of a blood pressure has its own unit: %j and %j', async (upper, lower, words, recorded) => {
  const half = (code: string, [value, unit]: string[]) => ({
    code: { coding: [{ system: loinc, code }] },
    valueQuantity: { value, unit },
  })
  const pressure = { component: [half('8480-6', upper), half('8462-4', lower)], valueQuantity: undefined }
  const { vitals } = await read([{ ...vital('1', '85354-9', '', ''), ...pressure } as never])
  const [reading] = vitals.bloodPressure as [Reading]
  expect(valueWords(reading, 'metric')).toBe(words)
  expect(reading.recorded).toBe(recorded)
  expect(recordedBeside(valueIn('us', reading), reading)).toBe(recorded)
  expect(vitalsCsv([vitals], [])).toContain(`"${recorded ?? words}"`)
  expect(outlierWords(timelineOf([{ ...reading, taken: '1800-01-01' }]))).toContain(recorded ?? words)
})

it('J55 two numbers of two units are two readings', async () => {
  const pressure = (value: string, partUnits: string[]): Reading => ({
    ...{ id: partUnits.join(), taken: '2026-11-24T07:12:00Z', value, unit: '', partUnits, amounts: [] },
    source: riverside,
  })
  expect(timelineOf([pressure('17/82', ['kPa', '']), pressure('17/82', ['', 'kPa'])])).toHaveLength(2)
})

it('a copy from an earlier version, which has only blood pressure and weight, has all its readings', () => {
  const weight: Reading = {
    id: '1',
    taken: '2026-11-24',
    value: '81.2',
    unit: 'kg',
    amounts: [{ number: 81.2, step: 0.1 }],
    source: riverside,
  }
  expect(allReadings({ bloodPressure: [], weight: [weight] })).toEqual([weight])
})

it('a reading with an unreadable date or status is left out', async () => {
  const { vitals } = await read([
    vital('good', '29463-7', '81.2', 'kg'),
    { ...vital('dots', '29463-7', '82', 'kg'), effectiveDateTime: '05.06.2026' },
    { ...vital('never', '29463-7', '83', 'kg'), effectiveDateTime: '2026-02-30' },
    { ...vital('bogus', '29463-7', '71', 'kg'), status: 'bogus' } as ReturnType<typeof vital>,
    { ...vital('final', '29463-7', '84', 'kg'), status: 'final' } as ReturnType<typeof vital>,
  ])
  expect(vitals.weight?.map(({ id }) => id).sort()).toEqual(['final', 'good'])
})

const weight = vital('1', '29463-7', '81.2', 'kg')

it.each([
  ['without a date', { effectiveDateTime: undefined }],
  ['with a day that there is not', { effectiveDateTime: '2025-02-30' }],
  [
    'with a timing for its date',
    { effectiveDateTime: undefined, effectiveTiming: { event: ['2025-02-03'] } },
  ],
  ['without an id', { id: undefined }],
  ['with an unknown status', { status: 'bogus' }],
  ['with a text for its number', { valueQuantity: undefined, valueString: '81 kg' }],
  ['with an unreadable number', { valueQuantity: { value: '1e12', unit: 'kg' } }],
  ['whose parts are elsewhere', { valueQuantity: undefined, hasMember: [{ reference: 'Observation/2' }] }],
])('a reading %s that is not shown is counted', async (_what, change) => {
  const { vitals } = await read([{ ...weight, ...change } as typeof weight])
  expect(vitals).toMatchObject({ weight: [], omitted: 1 })
})

it.each([
  ['says nothing', { valueQuantity: undefined, dataAbsentReason: { text: 'refused' } }],
  ['is a mistake', { status: 'entered-in-error' }],
  ['was cancelled', { status: 'cancelled' }],
  ['is no vital sign', { code: { coding: [{ system: loinc, code: '2823-3' }] } }],
])('an Observation that %s is not counted as a missing reading', async (_what, change) => {
  const { vitals } = await read([{ ...weight, ...change } as typeof weight])
  expect(vitals.weight).toEqual([])
  expect(vitals.omitted).toBeUndefined()
})

it.each([
  ['93.450', '93.45', undefined],
  ['93.456', '93.46', '93.456 kg'],
  ['1e2', '100', '1e2 kg'],
])('%s kg is shown as %s, and only another number is named as recorded', async (recorded, value, named) => {
  const { vitals } = await read([vital('1', '29463-7', recorded, 'kg')])
  expect(vitals.weight).toMatchObject([{ value }])
  expect(vitals.weight?.[0]?.recorded).toBe(named)
})

it('J55 a time further from UTC than any place is not read', async () => {
  const offsets = ['-14:00', '+14:00', '+13:59', '-14:01', '+15:00', '-23:59', '+09:60']
  const { vitals } = await read(
    offsets.map((offset) => ({
      ...vital(offset, '29463-7', '81', 'kg'),
      effectiveDateTime: `2026-11-24T07:12:00${offset}`,
    })),
  )
  expect(vitals.weight.map(({ id }) => id)).toEqual(['-14:00', '+13:59', '+14:00'])
})

it("the organization's remark about its answer is passed on, and nothing else of an outcome", async () => {
  const outcome = (severity: string, diagnostics: string) => ({
    search: { mode: 'outcome' },
    resource: { resourceType: 'OperationOutcome', issue: [{ severity, code: 'incomplete', diagnostics }] },
  })
  const reading = vital('1', '29463-7', '81.2', 'kg')
  const textOf = async (...further: object[]) => (await read([reading], further)).vitals.remark
  expect(await textOf()).toBeUndefined()
  expect(await textOf(outcome('information', 'Sorted by date.'))).toBeUndefined()
  expect(await textOf(outcome('warning', 'As of 10:00.\u202e'))).toBe('As of 10:00.')
  expect(await textOf(outcome('warning', 'x'.repeat(5000)))).toBe(`${'x'.repeat(300)}${cutMark}`)
})
