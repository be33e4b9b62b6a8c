import type { Connection } from '../../../../extension/messages/state.ts'
import { administrator, clinician, device, MINUTE, nothing, now, patient } from '../people.ts'
import { type Look, problem, type Scenes } from '../scene.ts'

export const openSheet = ({ page }: Look) => page.locator('.pill').click()

const ended = { ...device, signedIn: false, endedBy: 'time', endedAt: now - 30 * MINUTE } as const
const jane: Connection = {
  ...device,
  id: 'c5',
  person: { name: 'Jane Doe', role: 'patient' },
  patient: { id: '5', name: 'Jane Doe', birthDate: '1980-01-15', identifiers: [] },
}
const page = (managed: string) => ({ connectionId: 'c1', managed })

/** The sheet of all connections, the page of one of them, and the menu of the rest. */
export const organizations: Scenes = {
  sheet: {
    state: { connections: [{ ...patient, endsAt: now + 4.5 * MINUTE }, device] },
    act: openSheet,
    narrow: true,
  },
  'sheet-others': { state: { connections: [patient, ended, jane] }, act: openSheet },
  'sheet-home': { state: { connections: [clinician, jane], place: { home: true } }, act: openSheet },
  organization: {
    state: { connections: [{ ...patient, hasAccountPage: true }, device], place: page('c1') },
    narrow: true,
  },
  'organization-refused': {
    state: {
      connections: [
        {
          ...patient,
          hasAccountPage: true,
          can: { ...patient.can, readLists: ['Condition', 'MedicationRequest'], readAccessLog: false },
          stopped: { readVitals: false, readLists: ['AllergyIntolerance'], readAccessLog: true, limited: [] },
        },
      ],
      place: page('c1'),
    },
    answers: { 'management-page': problem('unreachable') },
    act: ({ button }) => button('shorten').click(),
  },
  'organization-nothing': { state: { connections: [{ ...patient, can: nothing }], place: page('c1') } },
  'organization-ended': { state: { connections: [patient, ended], place: page('c2') } },
  'organization-signed-out': {
    state: {
      connections: [{ ...patient, signedIn: false, endUntoldUntil: now + 20 * 60 * MINUTE }],
      place: { home: true, managed: 'c1' },
    },
  },
  'organization-administrator': { state: { connections: [administrator], place: page('c4') } },
  menu: {
    state: { lock: { by: 'pin', locked: false, after: 15 }, connections: [patient] },
    act: async ({ button }) => {
      await button('more').click()
      await button('options').focus()
    },
  },
}
