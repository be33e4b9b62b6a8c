import { device, deviceUnasked, LONG_NAME, patient, patientUnasked } from '../people.ts'
import { type Look, type Scenes, yes } from '../scene.ts'
import { clinicVitals, deviceVitals, vitalsOf } from '../vitals.ts'

const answers = vitalsOf(yes(clinicVitals), yes(deviceVitals))
const apart = { connections: [patientUnasked, { ...deviceUnasked, apartFrom: ['c1'] }] }

const seeChoice = ({ button }: Look) => button('same_person_again', 'Pulse Devices').scrollIntoViewIfNeeded()

/** The question whether two people of the same name are one person. */
export const samePerson: Scenes = {
  'same-person': {
    state: { connections: [patientUnasked, deviceUnasked], place: { connectionId: 'c2' } },
    answers,
    act: ({ button }) => button('same_person_yes').waitFor(),
  },
  'same-person-third': {
    state: {
      connections: [
        patient,
        device,
        { ...deviceUnasked, id: 'c5', providerId: 'provider-2', providerName: LONG_NAME, hue: 2 },
      ],
    },
    answers,
    act: ({ button }) => button('same_person_yes').waitFor(),
  },
  'same-person-joined': {
    state: { connections: [patient, device] },
    answers,
    act: ({ button }) => button('same_person_part', 'Pulse Devices').scrollIntoViewIfNeeded(),
  },
  'same-person-apart': { state: apart, answers, act: seeChoice },
  'same-person-again': {
    state: apart,
    answers,
    act: async (look) => {
      await look.button('same_person_again', 'Pulse Devices').click()
      await look.button('same_person_no').scrollIntoViewIfNeeded()
    },
  },
}
