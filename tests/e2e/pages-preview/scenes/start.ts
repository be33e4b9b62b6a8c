import type { Flow } from '../../../../extension/messages/state.ts'
import { device, john, MINUTE, now, patient } from '../people.ts'
import { problem, type Scenes } from '../scene.ts'
import { openSheet } from './organizations.ts'

const flow: Omit<Flow, 'status'> = { providerId: 'provider-0', purpose: 'record', startedAt: now }

/** The popup's list of organizations, signing in and signing out. */
export const start: Scenes = {
  waking: { answers: { state: 'never' } },
  asleep: { answers: { state: problem('unexpected') } },
  first: { narrow: true },
  none: { state: { providers: [] } },
  'flow-open': { state: { flow: { ...flow, status: 'open' } } },
  'flow-failed': { state: { flow: { ...flow, status: 'failed', error: { code: 'denied-by-person' } } } },
  'flow-interrupted': { state: { flow: { ...flow, status: 'interrupted' } } },
  'signed-out': { state: { connections: [{ ...patient, signedIn: false }] } },
  'end-untold': {
    state: {
      connections: [{ ...patient, signedIn: false, endUntoldUntil: now + 20 * 60 * MINUTE }],
      launched: [
        { ...device, id: 'c9', person: { name: 'Dr. Morgan Lee', role: 'clinician' }, needsBanner: true },
      ],
      unrevoked: [{ id: 'u2', at: now, organization: 'Pulse Devices', person: 'Jane Doe', ended: true }],
    },
    act: ({ button }) => button('dismiss').waitFor(),
  },
  'ended-there': {
    state: {
      connections: [
        { ...patient, signedIn: false, endedBy: 'organization', endedAt: now - 90 * MINUTE },
        { ...device, signedIn: false, endedBy: 'time', endedAt: now - 30 * MINUTE },
      ],
    },
  },
  'ended-beside': {
    state: {
      connections: [
        { ...patient, signedIn: false, endedBy: 'organization', endedAt: now - 90 * MINUTE },
        device,
      ],
      flow: { ...flow, startedAt: now - 2 * MINUTE, status: 'failed', error: { code: 'unreachable' } },
    },
    act: ({ button }) => button('dismiss').waitFor(),
  },
  'ended-alone': {
    state: {
      connections: [
        { ...patient, signedIn: false, endedBy: 'organization', endedAt: now - 90 * MINUTE },
        device,
      ],
    },
  },
  moved: { state: { connections: [{ ...patient, signedIn: false, endedBy: 'provider-changed' }] } },
  'two-patients': {
    state: {
      connections: [patient, { ...patient, id: 'c6', patient: { ...john, id: '3', name: 'Amy Doe' } }],
      place: { home: true },
    },
  },
  disconnected: {
    state: { connections: [patient, device] },
    act: async (look) => {
      await openSheet(look)
      await look.button('sign_out_all').click()
      await look.button('disconnect').click()
    },
  },
  'signed-out-unrevoked': {
    state: { connections: [patient], place: { connectionId: 'c1', managed: 'c1' } },
    act: ({ button }) => button('sign_out').click(),
  },
  unrevoked: {
    state: {
      connections: [patient],
      unrevoked: [
        {
          id: 'u1',
          at: now,
          organization: 'Riverside Clinic',
          person: 'John Doe',
          page: 'https://riverside.example/account',
        },
      ],
    },
    act: ({ button }) => button('unrevoked_page').waitFor(),
  },
  remove: {
    state: { connections: [patient, device], place: { connectionId: 'c1', managed: 'c1' } },
    act: ({ button }) => button('remove_connection').click(),
  },
  'ends-soon': { state: { connections: [{ ...patient, endsAt: now + 4.5 * MINUTE }, device] } },
  'other-person': {
    state: {
      connections: [
        patient,
        device,
        {
          ...device,
          id: 'c5',
          person: { name: 'Jane Doe', role: 'patient' },
          patient: { ...john, name: 'Jane Doe' },
        },
      ],
    },
  },
}
