import { afterEach, describe, expect, it, vi } from 'vitest'
import english from '../../../extension/_locales/en/messages.json' with { type: 'json' }
import spanish from '../../../extension/_locales/es/messages.json' with { type: 'json' }
import { noMedications, entryOf as read } from '../../../extension/fhir/record-entry.ts'
import { resultValueOf } from '../../../extension/fhir/result-value.ts'
import {
  cutMark,
  type DetailKind,
  type RecordEntry,
  type RecordType,
} from '../../../extension/messages/record-lists.ts'
import {
  detailLines,
  lineWords,
  nameWords,
  partWords,
  rowWords,
  stateWords,
  valueWords,
} from '../../../extension/record/lists/entry-words.ts'
import { foldEntries } from '../../../extension/record/lists/fold-entries.ts'
import { entryOf } from '../../fixtures/entries.ts'
import { pulse, riverside } from '../../fixtures/readings.ts'
import { speak } from '../../fixtures/speak.ts'

afterEach(() => vi.restoreAllMocks())

const long = 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation'
const ldl = (name: string, codes = ['http://loinc.org|13457-7']) => entryOf('Observation', name, { codes })
const labels = (entry: RecordEntry) => detailLines(entry).map(({ label, text }) => `${label}: ${text}`)

describe("LOINC's long name", () => {
  it('is replaced by a plain name in the row, and is among the details in full', () => {
    expect(nameWords(ldl(long))).toBe('LDL cholesterol')
    expect(labels(ldl(long))).toEqual([`Full name: ${long}`])
    expect(nameWords(ldl('13457-7'))).toBe('LDL cholesterol')
    const a1c = entryOf('Observation', 'Hemoglobin A1c/Hemoglobin.total in Blood', {
      codes: ['urn:lab|7', 'http://loinc.org|4548-4'],
    })
    expect(nameWords(a1c)).toBe('Hemoglobin A1c')
    const smoking = entryOf('SocialHistory', 'Tobacco smoking status NHIS', {
      codes: ['http://loinc.org|72166-2'],
    })
    expect([nameWords(smoking), labels(smoking)]).toEqual([
      'Smoking status',
      ['Full name: Tobacco smoking status NHIS'],
    ])
    const drinks = entryOf('SocialHistory', 'Alcoholic drinks per day', {
      codes: ['http://loinc.org|74013-4'],
    })
    expect(labels(drinks)).toEqual([])
  })

  it.each([
    ["the laboratory's own name", ldl('LDL, fasting')],
    ['a long name of no known code', ldl(long, ['http://loinc.org|1-8'])],
    ['a long name of another system', ldl(long, ['http://snomed.info/sct|13457-7'])],
    ['a code that is none', ldl(long, ['http://loinc.org|../13457-7'])],
  ])('stays as it is: %s', (_what, entry) => {
    expect(nameWords(entry)).toBe(entry.name)
    expect(labels(entry)).toEqual([])
  })
})

describe('a text', () => {
  const long = `${'A lung of normal size. '.repeat(300)}Malignant until proven otherwise.`
  const inRow = `${long.slice(0, 500)}…`

  it('that is long stands in full among the details, if the row begins it', () => {
    const value = { value: long, unit: '' }
    const entry = entryOf('Observation', long, { value })
    expect([nameWords(entry), valueWords(value)]).toEqual([inRow, inRow])
    expect(labels(entry)).toEqual([`Full name: ${long}`, `Recorded as: ${long}`])
    const undone = entryOf('Procedure', 'X', { state: 'not-done', details: [{ what: 'why', text: long }] })
    expect(stateWords(undone)).toBe(`${`not done: ${long}`.slice(0, 500)}…`)
    expect(labels(undone)).toEqual([`Why: ${long}`])
    const panel = entryOf('Observation', 'X', { details: [{ what: 'part', text: long }] })
    expect(partWords(panel)).toBe(inRow)
    expect(labels(panel)).toEqual([`Part: ${long}`])
  })

  it('that is cut says so, and where to read all of it', () => {
    const says = '… not all of it is shown here; read it at Riverside Clinic'
    const details = [
      { what: 'dosage' as const, text: `Take it${cutMark}` },
      { what: 'note' as const, text: cutMark },
    ]
    const entry = entryOf('MedicationRequest', 'X', { details, dateSaid: `in childhood${cutMark}` })
    expect(labels(entry)).toEqual([`How to take it: Take it${says}`, `Note: ${says}`])
    expect(rowWords(entry).when).toBe(`in childhood${says}`)
  })
})

describe('a value', () => {
  it.each([
    ['132.091', '132.1'],
    ['4.39281173', '4.393'],
    ['0.000512345678', '0.0005123'],
    ['98765.4321', '98765'],
    ['5.40', '5.40'],
    ['12.345', '12.345'],
    ['0.00512', '0.00512'],
    ['123456', '123456'],
    ['<5.000000', '<5.000000'],
    ['0.000000123456', '0.000000123456'],
    ['>1234.567', '>1234.567'],
  ])('recorded as %s is shown as %s', (number, words) => {
    const value = { value: { number }, unit: 'mg/dL' }
    expect(valueWords(value)).toBe(`${words} mg/dL`)
    const lines = labels(entryOf('Observation', 'X', { value }))
    expect(lines).toEqual(number === words ? [] : [`Recorded as: ${number} mg/dL`])
  })

  it.each<[string, object, string]>([
    ['a Range', { valueRange: { low: { value: '132.0912' }, high: { value: '140' } } }, '132.1 – 140'],
    ['a Ratio', { valueRatio: { numerator: { value: '1' }, denominator: { value: '128' } } }, '1 : 128'],
    ['an integer', { valueInteger: '7' }, '7'],
    ['a boolean', { valueBoolean: true }, 'yes'],
  ])('that is %s is shown with its numbers', (_what, observation, words) => {
    const value = resultValueOf({ ...observation })
    expect(value && valueWords(value)).toBe(words)
  })
})

describe('a text that holds numbers', () => {
  const texts = [
    '125.000 copies/mL (one hundred and twenty-five thousand)',
    'NM_024675.3:c.1592delT',
    '1.500',
    '-0.000',
    '10.07.2026: 125.001',
    'plan',
    '2024-05',
  ]
  const shown = (observation: object) => {
    const resource = { resourceType: 'Observation', id: '1', code: { text: 'Panel' }, ...observation }
    const entry = read('Observation', resource, { source: riverside, medications: noMedications })
    if (typeof entry !== 'object') throw new Error('not read')
    return { row: rowWords(entry), lines: labels(entry) }
  }

  it.each(texts)('is shown as it is written, in either language: %s', (text) => {
    for (const messages of [english, spanish]) {
      speak(messages)
      expect(shown({ valueString: text })).toMatchObject({ row: { value: text }, lines: [] })
      expect(shown({ component: [{ code: { text: 'DNA' }, valueString: text }] })).toMatchObject({
        row: { parts: `DNA: ${text}` },
        lines: [`DNA: ${text}`],
      })
      expect(shown({ note: [{ text }] }).lines).toEqual([`${messages.detail_note.message}: ${text}`])
    }
  })

  it('is told from a number, which has the decimal mark of the language', () => {
    speak(spanish)
    const [low, high] = [{ value: '1.5' }, { value: '2.5' }]
    const quantity = { value: '1.500', unit: 'mL/min/1.73' }
    const result = { valueQuantity: quantity, referenceRange: [{ low, high }] }
    expect(shown(result).row).toMatchObject({
      value: '1,500 mL/min/1.73',
      range: 'Valores de referencia 1,5 – 2,5 sin unidad',
    })
    expect(shown({ component: [{ code: { text: 'GFR' }, ...result }] }).row.parts).toBe(
      'GFR: 1,500 mL/min/1.73 (1,5 – 2,5 sin unidad)',
    )
    expect(shown({ valueInteger: 'about 1.500' }).row.value).toBe('about 1.500')
  })
})

describe('a state', () => {
  it.each<[RecordType, string, string]>([
    ['Immunization', 'not-done', 'not given'],
    ['Procedure', 'not-done', 'not done'],
    ['Procedure', 'stopped', 'stopped before the end'],
    ['MedicationRequest', 'stopped', 'stopped'],
    ['MedicationRequest', 'do-not-take', 'must not be taken'],
    ['MedicationRequest', 'do-not-take on-hold', 'order not to take it (on hold)'],
    ['MedicationRequest', 'do-not-take completed', 'order not to take it (completed)'],
    ['Encounter', 'triaged', 'being assessed'],
    ['Encounter', 'onleave', 'on leave'],
    ['Condition', 'x-unknown', 'x-unknown'],
  ])('of %s, %s, is said as %s', (type, state, words) => {
    expect(stateWords(entryOf(type, 'X', { state }))).toBe(words)
  })

  it('says why in the row, and is not repeated among the details', () => {
    const why = { details: [{ what: 'why' as const, text: 'Patient declined' }] }
    const refusal = entryOf('Procedure', 'Colonoscopy', { state: 'not-done', ...why })
    expect(stateWords(refusal)).toBe('not done: Patient declined')
    expect(labels(refusal)).toEqual([])
    const entry = entryOf('Procedure', 'Colonoscopy', { state: '', ...why })
    expect([stateWords(entry), labels(entry).length]).toEqual(['', 1])
  })

  it.each<[RecordType, DetailKind, string, string]>([
    ['Condition', 'verification', 'differential', 'one of several possibilities'],
    ['AllergyIntolerance', 'verification', 'unconfirmed', 'not confirmed'],
    ['MedicationRequest', 'intent', 'proposal', 'proposed, not prescribed'],
  ])('of %s is no fact in the row, on paper or in a line if its %s is %s', (type, what, text, words) => {
    const entry = entryOf(type, 'X', { details: [{ what, text }] })
    expect(rowWords(entry).state).toBe(`active · ${words}`)
    expect(lineWords(entry).words).toBe(`X (${words})`)
    expect(labels(entry)).toEqual([])
  })

  it('that nobody states leaves the doubt', () => {
    const entry = entryOf('Condition', 'X', {
      state: '',
      details: [{ what: 'verification', text: `odd${cutMark}` }],
    })
    expect(rowWords(entry).state).toBe('odd… not all of it is shown here; read it at Riverside Clinic')
  })

  it('has words of its own for each of FHIR’s codes that a list shows', () => {
    const codes: Partial<Record<RecordType, string>> = {
      Condition: 'active recurrence relapse inactive remission resolved refuted',
      AllergyIntolerance: 'active inactive resolved refuted',
      MedicationRequest: 'active on-hold cancelled completed stopped draft unknown',
      MedicationStatement: 'active completed intended stopped on-hold unknown not-taken',
      Immunization: 'not-done',
      Observation: 'registered preliminary amended corrected unknown',
      DiagnosticReport: 'registered partial preliminary amended corrected appended unknown',
      Encounter: 'planned arrived triaged in-progress onleave cancelled unknown',
      Procedure: 'preparation in-progress not-done on-hold stopped unknown',
    }
    const keys = Object.keys(english)
    const wordless = Object.entries(codes).flatMap(([type, list]) =>
      list
        .split(' ')
        .map((code) => code.replaceAll('-', '_'))
        .filter((code) => !keys.includes(`state_${code}`) && !keys.includes(`state_${type}_${code}`)),
    )
    expect(wordless).toEqual([])
  })
})

describe('the parts of a result', () => {
  const panel = (texts: string[], change: Partial<RecordEntry> = {}) =>
    entryOf('Observation', 'Panel', {
      codes: ['urn:lab|p'],
      date: '2026-01-02',
      details: texts.map((text) => {
        const [, name, number, unit] = /^(\w+): ([\d.]+)(.*)$/.exec(text) ?? []
        if (name === undefined || number === undefined) return { what: 'part', text }
        return { what: 'part', name, text: { terms: [{ number }, unit ?? ''], by: '' } }
      }),
      ...change,
    })

  it('are shown in its row if it has no value of its own, the first four of them', () => {
    expect(partWords(panel(['Sodium: 140 mmol/L', 'Potassium: 4.102938 mmol/L']))).toBe(
      'Sodium: 140 mmol/L · Potassium: 4.103 mmol/L',
    )
    expect(partWords(panel(['a', 'b', 'c', 'd', 'e', 'f']))).toBe('a · b · c · d · 2 more')
    expect(partWords(panel(['a'], { value: { value: '7', unit: '' } }))).toBe('')
  })

  it('have their own names as labels below it', () => {
    expect(labels(panel(['Sodium: 140 mmol/L', 'pH: 5.5', 'not named']))).toEqual([
      'Sodium: 140 mmol/L',
      'pH: 5.5',
      'Part: not named',
    ])
  })

  it('F70 keep the results of two organizations apart if they differ', () => {
    const rows = (text: string) => foldEntries([panel(['a: 1']), panel([text], { source: pulse })]).length
    expect([rows('a: 1'), rows('a: 2')]).toEqual([1, 2])
  })
})
