import type { RecordEntry, RecordList, RecordType } from '../../../extension/messages/record-lists.ts'
import type { Source } from '../../../extension/messages/vitals.ts'
import { entryOf } from '../../fixtures/entries.ts'
import { now } from './people.ts'
import { type Answers, problem, yes } from './scene.ts'

const list = (entries: RecordEntry[], change: Partial<RecordList> = {}) =>
  yes({ entries, cut: false, readAt: now, ...change })

const loinc = (code: string) => [`http://loinc.org|${code}`]

const atMost = (number: string) => ({ terms: ['≤', { number }], by: ' ' })

/** What the clinic holds of each type, and for one entry also the other organization. */
export const recordAnswers = ({ clinic, device }: { clinic: Source; device: Source }): Answers => {
  const at =
    (source: Source) =>
    (type: RecordType, name: string, change: Partial<RecordEntry> = {}) =>
      entryOf(type, name, { source, ...change })
  const [one, other] = [at(clinic), at(device)]
  const hypertension = { codes: ['icd|I10'], date: '2023-12' }
  const ldl = (id: string, date: string, value: string, high = false) =>
    one('Observation', 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation', {
      id,
      codes: loinc('13457-7'),
      state: '',
      date,
      value: {
        value: { number: value },
        unit: 'mg/dL',
        range: atMost('130'),
        ...(high && { flag: 'high' as const }),
      },
      details: [{ what: 'by', text: 'Dr. Morgan Lee' }],
    })
  return {
    'record-list Condition': list([
      one('Condition', 'High blood pressure', {
        ...hypertension,
        details: [
          { what: 'severity', text: 'Moderate' },
          { what: 'by', text: 'Dr. Morgan Lee' },
          { what: 'note', text: 'Family history on both sides. Measures at home, mornings and evenings.' },
        ],
        narrative:
          '<div><p><b>High blood pressure</b>, since December 2023</p><ul><li>Treated with lisinopril</li><li>Well controlled</li></ul></div>',
      }),
      one('Condition', 'High cholesterol', {
        date: '2023-02',
        details: [{ what: 'verification', text: 'provisional' }],
      }),
      one('Condition', 'Childhood asthma', { state: 'resolved', age: '6 a' }),
      one('Condition', 'Fracture of the left wrist', { state: 'resolved', date: '2009' }),
    ]),
    'record-list Condition c2': list([other('Condition', 'High blood pressure', hypertension)]),
    'record-list MedicationRequest': list([
      one('MedicationRequest', 'lisinopril 10 MG Oral Tablet', {
        date: '2024-11-25',
        details: [{ what: 'dosage', text: 'One tablet by mouth every morning' }],
      }),
      one('MedicationRequest', 'acetylsalicylic acid 100 MG Oral Tablet', {
        state: 'do-not-take on-hold',
        date: '2023-05-04',
      }),
      one('MedicationRequest', 'amoxicillin 500 MG Oral Capsule', { state: 'completed', date: '2021-03-02' }),
    ]),
    'record-list MedicationRequest c2': list([]),
    'record-list MedicationStatement': problem('refused'),
    'record-list MedicationStatement c2': list([]),
    'record-list AllergyIntolerance': list([
      one('AllergyIntolerance', 'penicillin G', {
        details: [
          { what: 'reaction', text: 'Hives' },
          { what: 'severity', text: 'severe' },
          { what: 'criticality', text: 'unable-to-assess' },
        ],
      }),
    ]),
    'record-list AllergyIntolerance c2': list([]),
    'record-list Immunization': list([]),
    'record-list Immunization c2': list([]),
    'record-list Observation': list([
      ldl('1', '2025-08-11T09:20:00Z', '162', true),
      ldl('2', '2025-02-03', '128'),
      ldl('3', '2024-08', '121'),
      one('Observation', 'Hemoglobin A1c/Hemoglobin.total in Blood', {
        codes: loinc('4548-4'),
        state: 'preliminary',
        date: '2025-08-11T09:20:00Z',
        value: { value: { number: '5.4' }, unit: '%', range: atMost('5.6') },
      }),
      one('Observation', 'Potassium', {
        codes: loinc('2823-3'),
        state: '',
        date: '2025-08-11T09:20:00Z',
        value: { value: { number: '4.10293817' }, unit: 'mmol/L' },
        unplaced: true,
      }),
      one('Observation', 'Urine test strip', {
        state: '',
        date: '2025-08-11T09:20:00Z',
        details: [
          { what: 'part', name: 'pH', text: { number: '5.5' } },
          { what: 'part', name: 'Protein', text: 'Negative' },
          { what: 'part', name: 'Glucose', text: 'Negative' },
          {
            what: 'part',
            name: 'Ketones',
            text: {
              terms: [{ terms: [{ number: '0.512938' }, 'mmol/L'], by: ' ' }, { flag: 'high' }],
              by: ', ',
            },
          },
          { what: 'part', name: 'Nitrite', text: 'Negative' },
        ],
      }),
    ]),
    'record-list Observation c2': problem('unreachable'),
    'record-list DiagnosticReport': list(
      [
        one('DiagnosticReport', 'X-ray of the chest', {
          state: '',
          date: '2019',
          details: [{ what: 'conclusion', text: 'Nothing out of the ordinary.' }],
        }),
      ],
      { missingResults: ['r7', 'r8'] },
    ),
    'record-list SocialHistory': list([
      one('SocialHistory', 'Tobacco smoking status NHIS', {
        codes: loinc('72166-2'),
        state: '',
        date: '2025-08-11',
        value: { value: 'Former smoker', unit: '' },
      }),
      one('SocialHistory', 'Tobacco smoking status NHIS', {
        id: 'earlier',
        codes: loinc('72166-2'),
        state: '',
        date: '2019-02-03',
        value: { value: 'Smokes some days', unit: '' },
      }),
      one('SocialHistory', 'Alcoholic drinks per day', {
        codes: loinc('74013-4'),
        state: '',
        date: '2025-08-11',
        value: { value: { number: '1' }, unit: '/d' },
      }),
    ]),
    'record-list SocialHistory c2': list([]),
    'record-list DiagnosticReport c2': problem('unreachable'),
    'record-list Encounter': list([
      one('Encounter', 'Check-up', {
        state: '',
        date: '2026-10-02T09:30:00Z',
        details: [
          { what: 'place', text: 'Riverside Clinic' },
          { what: 'with', text: 'Dr. Morgan Lee' },
        ],
      }),
      one('Encounter', 'First visit', { state: 'planned', date: '2026-12-04' }),
    ]),
    'record-list Encounter c2': list([]),
    'record-list Procedure': list(
      [
        one('Procedure', 'Removal of the appendix', { state: '', date: '1999' }),
        one('Procedure', 'Colonoscopy', {
          state: 'not-done',
          date: '2026-02-11',
          details: [{ what: 'why', text: 'Patient declined' }],
        }),
      ],
      { cut: true },
    ),
    'record-list Procedure c2': problem('refused'),
  }
}
