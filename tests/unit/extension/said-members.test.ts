import { afterEach, describe, expect, it, vi } from 'vitest'
import spanish from '../../../extension/_locales/es/messages.json' with { type: 'json' }
import { entryOf, noMedications } from '../../../extension/fhir/record-entry.ts'
import type { RecordType } from '../../../extension/messages/record-lists.ts'
import { detailLines, rowWords } from '../../../extension/record/lists/entry-words.ts'
import { riverside } from '../../fixtures/readings.ts'
import { speak } from '../../fixtures/speak.ts'

afterEach(() => vi.restoreAllMocks())

const notAll = '… not all of it is shown here; read it at Riverside Clinic'

const shown = (type: RecordType, resource: object) => {
  const source = { source: riverside, medications: noMedications }
  const entry = entryOf(type, { resourceType: type, id: '1', ...resource }, source)
  if (typeof entry !== 'object') throw new Error('not read')
  return { row: rowWords(entry), lines: detailLines(entry).map(({ label, text }) => `${label}: ${text}`) }
}
const dosage = (...dosageInstruction: object[]) =>
  shown('MedicationRequest', { dosageInstruction }).lines.map((line) => line.replace(/^[^:]*: /, ''))
const component = (member: object) =>
  shown('Observation', { component: [{ code: { text: 'Potassium' }, ...member }] })

const text = (words: string) => ({ text: words })
const mg = (value: string) => ({ value, unit: 'mg' })
const days = (value: string) => ({ value, unit: 'days', code: 'd' })
const range = { low: mg('5.5'), high: mg('10') }
const perDay = { numerator: mg('10'), denominator: days('1') }
const period = { start: '2026-01-01', end: '2026-03-02' }

/** Every member that FHIR R4 (4.0.1) defines, besides ids and extensions, and what is shown if it stands alone. */
const dosageMembers: Record<string, [unknown, string]> = {
  sequence: [2, 'step 2'],
  text: ['One tablet', 'One tablet'],
  additionalInstruction: [
    [text('With water'), { coding: [{ display: 'No alcohol' }] }],
    'With water · No alcohol',
  ],
  patientInstruction: ['Never two', 'Never two'],
  timing: [{ code: text('BID') }, 'BID'],
  asNeededBoolean: [true, 'as needed'],
  asNeededCodeableConcept: [text('pain'), 'as needed: pain'],
  site: [text('Left arm'), 'body site: Left arm'],
  route: [text('oral'), 'oral'],
  method: [text('Inject'), 'method: Inject'],
  doseAndRate: [[{ doseQuantity: mg('5') }], '5 mg'],
  maxDosePerPeriod: [perDay, 'at most 10 mg per day'],
  maxDosePerAdministration: [mg('10'), 'at most 10 mg each time'],
  maxDosePerLifetime: [mg('10'), 'at most 10 mg in a lifetime'],
}
const doseMembers: Record<string, [unknown, string]> = {
  type: [text('calculated'), 'calculated'],
  doseRange: [range, '5.5 – 10 mg'],
  doseQuantity: [mg('1.50'), '1.50 mg'],
  rateRatio: [
    { numerator: mg('10'), denominator: { value: 8, code: 'h' } },
    'at a rate of 10 mg per 8 hours',
  ],
  rateRange: [range, 'at a rate of 5.5 – 10 mg'],
  rateQuantity: [{ value: 20, unit: 'mL/h' }, 'at a rate of 20 mL/h'],
}
const timingMembers: Record<string, [unknown, string]> = {
  event: [['2026-01-01', '2026-02-03'], '1 Jan 2026 and 3 Feb 2026'],
  repeat: [{ count: 3 }, '3 times in all'],
  code: [{ coding: [{ code: 'QID' }] }, 'QID'],
}
const repeatMembers: Record<string, [unknown, string]> = {
  boundsDuration: [days('10'), 'for 10 days'],
  boundsRange: [{ low: days('10'), high: days('14') }, 'for 10 – 14 days'],
  boundsPeriod: [period, '1 Jan 2026 – 2 Mar 2026'],
  count: [1, 'once in all'],
  countMax: [5, notAll],
  duration: [30, notAll],
  durationMax: [60, notAll],
  durationUnit: ['min', notAll],
  frequency: [2, notAll],
  frequencyMax: [3, notAll],
  period: [1, notAll],
  periodMax: [2, notAll],
  periodUnit: ['d', notAll],
  dayOfWeek: [['mon', 'fri'], 'every Monday and Friday'],
  timeOfDay: [['08:00:00', '20:30:00'], 'at 08:00 and 20:30'],
  when: [['ACM', 'HS', 'X'], 'before breakfast, before sleeping and X'],
  offset: [30, notAll],
}
const valueMembers: Record<string, [unknown, string]> = {
  valueQuantity: [mg('5'), '5 mg'],
  valueCodeableConcept: [text('Positive'), 'Positive'],
  valueString: ['Seen', 'Seen'],
  valueBoolean: [false, 'no'],
  valueInteger: [7, '7'],
  valueRange: [range, '5.5 – 10 mg'],
  valueRatio: [{ numerator: { value: 1 }, denominator: { value: 128 } }, '1 : 128'],
  valueSampledData: [{ origin: mg('0'), period: 10, dimensions: 1, data: '1 2' }, notAll],
  valueTime: ['10:00:00', '10:00:00'],
  valueDateTime: ['2026-01-01', '1 Jan 2026'],
  valuePeriod: [period, '1 Jan 2026 – 2 Mar 2026'],
}
const componentMembers: Record<string, [unknown, string]> = {
  ...valueMembers,
  code: [text('Sodium'), 'Sodium'],
  dataAbsentReason: [text('not performed'), 'Potassium: no value: not performed'],
  interpretation: [[{ coding: [{ code: 'HH' }] }, text('Resistant')], 'Potassium: very high, Resistant'],
  referenceRange: [[range], 'Potassium: (5.5 – 10 mg)'],
}

const inDose = (member: object) => dosage({ doseAndRate: [member] })
const inTiming = (member: object) => dosage({ timing: member })
const inRepeat = (member: object) => dosage({ timing: { repeat: member } })
const asValue = (member: object) => [shown('Observation', member).row.value]
const inComponent = (member: object) => component(member).lines.map((line) => line.replace(/^Part: /, ''))

const elements: [string, Record<string, [unknown, string]>, (member: object) => unknown[]][] = [
  ['Dosage', dosageMembers, dosage],
  ['Dosage.doseAndRate', doseMembers, inDose],
  ['Timing', timingMembers, inTiming],
  ['Timing.repeat', repeatMembers, inRepeat],
  ['Observation.value[x]', valueMembers, asValue],
  ['Observation.component', componentMembers, inComponent],
]

describe.each(elements)('every member of %s', (_element, members, read) => {
  it.each(Object.entries(members))(
    'is said, or the line ends with that not all is shown: %s',
    (name, [value, words]) => {
      const [line] = read({ [name]: value })
      expect(`${line}`.replace(/^Potassium: (?!no value|very|\()/, '')).toBe(words)
    },
  )

  it.each(Object.keys(members).filter((name) => !/^(code|interpretation|referenceRange)$/.test(name)))(
    'that cannot be read ends the line with that not all is shown: %s',
    (name) => {
      expect(`${read({ [name]: { odd: true } })[0]}`).toContain(notAll)
    },
  )
})

it.each([
  ['Dosage', dosage({ text: 'One', asNeededFor: [text('pain')] })],
  ['Dosage.doseAndRate', inDose({ doseQuantity: mg('5'), doseString: 'five' })],
  ['Timing', inTiming({ code: text('BID'), calendar: 'x' })],
  ['Timing.repeat', inRepeat({ count: 2, cron: '* *' })],
])('a member that R4 does not know ends the line with that not all is shown: %s', (_element, [line]) => {
  expect(line?.endsWith(` · ${notAll}`)).toBe(true)
})

it('ids and extensions, which everybody may ignore, say nothing', () => {
  expect(dosage({ id: 'a', text: 'One', _text: { id: 'b' }, extension: [{ url: 'urn:x' }] })).toEqual(['One'])
})

describe('J55 a number beside another one has no part in its unit', () => {
  const bare = (value: string) => ({ value })
  it.each([
    [bare('5'), mg('10'), '5 no unit – 10 mg'],
    [mg('5'), bare('10'), '5 mg – 10 no unit'],
    [bare('5'), bare('10'), '5 – 10'],
    [mg('5'), { value: '10', unit: 'g' }, '5 mg – 10 g'],
  ])('in a range: %j – %j', (low, high, words) => {
    expect(inDose({ doseRange: { low, high } })).toEqual([words])
  })

  it.each([
    [bare('5'), bare('10'), '5 – 10 no unit'],
    [bare('5'), mg('10'), '5 no unit – 10'],
    [mg('5'), bare('10'), '5 mg – 10 no unit'],
    [mg('5'), mg('10'), '5 – 10'],
    [undefined, bare('10'), '≤ 10 no unit'],
  ])('in the range beside a value: %j – %j', (low, high, words) => {
    const range = { referenceRange: [{ low, high }], valueQuantity: mg('7') }
    expect(shown('Observation', range).row.range).toContain(words)
  })

  it('in a ratio', () => {
    const ratio = (numerator: object, denominator: object) =>
      asValue({ valueRatio: { numerator, denominator } })
    expect(ratio(bare('5'), mg('10'))).toEqual(['5 no unit : 10 mg'])
    expect(ratio(mg('5'), bare('10'))).toEqual(['5 mg : 10 no unit'])
  })
})

describe('a dosage', () => {
  const oxycodone = {
    doseAndRate: [{ doseQuantity: mg('2.5') }],
    timing: { repeat: { frequency: 1, period: 12, periodUnit: 'h', boundsDuration: days('1') } },
    asNeededBoolean: true,
    maxDosePerPeriod: perDay,
  }

  it('is said in the language of the page', () => {
    expect(dosage(oxycodone)).toEqual([
      '2.5 mg · every 12 hours · for 1 day · as needed · at most 10 mg per day',
    ])
    speak(spanish)
    expect(dosage(oxycodone)).toEqual([
      '2,5 mg · cada 12 horas · durante 1 día · si es necesario · como máximo 10 mg por día',
    ])
    expect(inRepeat({ frequency: 1, period: 1, periodUnit: 'wk', dayOfWeek: ['sat'] })).toEqual([
      'una vez por semana · cada sábado',
    ])
  })

  it.each([
    [{ frequency: 1, period: 1, periodUnit: 'wk', dayOfWeek: ['mon'] }, 'once per week · every Monday'],
    [{ frequency: 2, frequencyMax: 3, period: 1, periodUnit: 'd' }, '2–3 times per day'],
    [{ frequency: 2, frequencyMax: 2, period: 1, periodUnit: 'd' }, '2 times per day'],
    [{ period: 4, periodMax: 4, periodUnit: 'h' }, 'every 4 hours'],
    [{ period: 0.0004, periodUnit: 'd' }, 'every 0.0004 days'],
    [{ period: 0.01667, periodMax: 0.01668, periodUnit: 'h' }, 'every 0.01667–0.01668 hours'],
    [{ period: 1, periodUnit: 'mo' }, 'every month'],
    [{ frequency: 1, period: 4, periodMax: 6, periodUnit: 'h' }, 'every 4–6 hours'],
    [{ frequency: 2, period: 3, periodUnit: 'd' }, '2 times every 3 days'],
    [{ frequencyMax: 3, period: 1, periodUnit: 'd' }, `every day · ${notAll}`],
    [{ frequency: 1, period: 1, periodUnit: 'constructor' }, notAll],
    [{ duration: 30, durationMax: 60, durationUnit: 'min' }, 'each time for 30–60 minutes'],
    [{ count: 2, countMax: 4 }, '2–4 times in all'],
    [{ when: ['AC'], offset: 30 }, '30 minutes before meals'],
    [{ when: ['MORN'], offset: 30 }, notAll],
    [{ dayOfWeek: ['mon', 'x'] }, notAll],
    [{ dayOfWeek: ['mon', 7] }, notAll],
    [{ timeOfDay: ['08:00:00', {}] }, notAll],
    [{ when: ['AC', null] }, notAll],
    [{ boundsPeriod: { start: '2026-01' } }, 'from Jan 2026'],
    [{ boundsPeriod: { end: '2026-01' } }, 'until Jan 2026'],
  ])('is repeated as %j says', (repeat, words) => {
    expect(inRepeat(repeat)).toEqual([words])
  })

  it('hides nothing behind its text', () => {
    expect(
      dosage({
        text: 'See note',
        patientInstruction: 'Never more than two a day',
        additionalInstruction: [text('Not with alcohol')],
        doseAndRate: [{ doseRange: range }],
        asNeededBoolean: false,
      }),
    ).toEqual(['See note · Never more than two a day · 5.5 – 10 mg · Not with alcohol'])
    expect(dosage({ text: 'One', patientInstruction: 'One' })).toEqual(['One'])
  })

  it('says its place in the order if there are several', () => {
    expect(dosage({ sequence: 1, text: 'One' })).toEqual(['One'])
    expect(dosage({ sequence: 1, text: 'One' }, { sequence: 2, text: 'Two' })).toEqual([
      'step 1 · One',
      'step 2 · Two',
    ])
  })
})

describe('a part of a result', () => {
  const high = {
    valueQuantity: { value: '7.1', unit: 'mmol/L' },
    referenceRange: [{ low: { value: 3.5 }, high: { value: 5.1 } }],
    interpretation: [{ coding: [{ code: 'HH' }] }],
  }

  it('keeps its flag in the row and among the details', () => {
    const { row, lines } = component(high)
    expect(row.parts).toBe('Potassium: 7.1 mmol/L (3.5 – 5.1 no unit), very high')
    expect(lines).toEqual(['Potassium: 7.1 mmol/L (3.5 – 5.1 no unit), very high'])
  })

  it('leaves the flag of the whole, which has no value, in sight', () => {
    const { lines } = shown('Observation', { ...high, valueQuantity: undefined, component: [high] })
    expect(lines).toContain('Meaning: very high')
  })
})
