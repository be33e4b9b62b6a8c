import { recordTypes } from '../../../../extension/messages/record-lists.ts'
import { DAY, device, deviceUnasked, janes, john, nothing, now, patient, patientUnasked } from '../people.ts'
import { recordAnswers } from '../record-answers.ts'
import { problem, type Scenes, yes } from '../scene.ts'
import { clinicVitals, deviceVitals, noVitals, oldVitals, sources, vitalsOf } from '../vitals.ts'

const [jane] = janes
const lists = recordAnswers(sources)
const both = { connections: [patient, device] }
const short = {
  ...deviceVitals,
  bloodPressure: deviceVitals.bloodPressure.slice(0, 8),
  weight: deviceVitals.weight.slice(-6),
}

/** A record on paper, or as files. */
export const summary: Scenes = {
  waking: { answers: { state: 'never' } },
  nobody: {},
  loading: { state: both, answers: { vitals: 'never' } },
  both: {
    state: both,
    answers: { ...lists, ...vitalsOf(yes(clinicVitals), yes(short)) },
    print: true,
  },
  family: {
    state: {
      connections: [
        patient,
        {
          ...device,
          id: 'c5',
          person: { name: 'Jane Doe', role: 'patient' },
          ...(jane && { patient: jane }),
        },
      ],
      place: { connectionId: 'c5' },
    },
    answers: {
      ...recordAnswers({ clinic: { ...sources.device, connectionId: 'c5' }, device: sources.device }),
      vitals: yes(oldVitals),
    },
    print: true,
  },
  personal: {
    state: {
      connections: [
        {
          ...patient,
          patient: {
            ...john,
            deceased: '2026-11-01',
            identifiers: [
              { label: 'MR', value: '112130' },
              { label: 'Social Security Number', value: '999-12-3456', personal: true },
            ],
          },
        },
      ],
    },
    answers: { ...lists, vitals: yes(oldVitals) },
    act: ({ page, say }) => page.getByLabel(say('summary_personal')).check(),
  },
  namesakes: {
    state: { connections: [patientUnasked, deviceUnasked] },
    answers: { ...lists, vitals: yes(oldVitals) },
  },
  absent: {
    state: {
      connections: [patient, { ...device, can: nothing }, { ...device, id: 'c7', providerName: 'Hillside' }],
    },
    answers: {
      ...lists,
      ...Object.fromEntries(recordTypes.map((type) => [`record-list ${type} c7`, problem('unreachable')])),
      vitals: yes(noVitals),
      'vitals c7': problem('unreachable'),
    },
  },
  copy: {
    state: { connections: [patient] },
    answers: {
      ...lists,
      vitals: yes({ ...oldVitals, readAt: now - 2 * DAY, copyBecause: { code: 'unreachable' } }),
    },
  },
  taken: {
    state: both,
    answers: {
      ...lists,
      vitals: yes(oldVitals),
      'export-record': yes({
        entries: [{ fullUrl: 'urn:1', json: '{}' }],
        resources: 1_204,
        leftOut: { type: 'DiagnosticReport', problem: { code: 'refused' } },
      }),
      'export-record c2': problem('unreachable'),
    },
    act: ({ button }) => button('summary_record').click(),
  },
}
