import type { Lock } from '../../../../extension/messages/lock.ts'
import { device, MINUTE, now, patient } from '../people.ts'
import { problem, type Scenes, yes } from '../scene.ts'

const byPin: Lock = { locked: true, by: 'pin', after: 15 }
const byPasskey: Lock = { ...byPin, by: 'passkey', passkey: { id: 'AA==', salt: 'AA==' } }
const open = { connections: [patient, device] }

/** Every page while locked. */
export const locked: Scenes = {
  locked: { state: { providers: [], lock: byPin } },
  'locked-passkey': { state: { providers: [], lock: byPasskey } },
  'locked-wrong': {
    state: { providers: [], lock: byPin },
    answers: { unlock: problem('wrong-pin', { what: '3' }) },
    act: async ({ page, button }) => {
      await page.locator('input').fill('123456')
      await button('unlock').click()
    },
  },
  'locked-waiting': { state: { providers: [], lock: { ...byPin, waitUntil: now + 5 * MINUTE } } },
  'locked-forgotten': {
    state: { providers: [], lock: byPin },
    act: ({ button }) => button('forgot_lock').click(),
  },
  'lock-set': { state: { ...open, lock: { ...byPin, locked: false } } },
}

/** The part of the options page where a lock is set, changed and removed. */
export const lockSection: Scenes = {
  locked: locked.locked ?? {},
  'lock-change': {
    address: '#lock',
    state: { ...open, lock: { ...byPin, locked: false } },
    act: async ({ button, field }) => {
      await button('lock_change').click()
      await field('lock_pin_now').fill('280614')
      await field('lock_pin_new').fill('731940')
      await field('lock_pin_again').fill('731940')
    },
  },
  'lock-renewed': {
    address: '#lock',
    state: open,
    answers: {
      'set-lock': yes({
        ended: [{ organization: 'Riverside Clinic', person: 'John Doe' }],
        waiting: [{ organization: 'Pulse Devices', person: 'John Doe' }],
      }),
    },
    act: async ({ button, field, page, say }) => {
      await field('lock_pin').fill('correct horse battery staple')
      await field('lock_pin_again').fill('correct horse battery staple')
      await button('lock_with_pin').click()
      await page.getByText(say('lock_waiting', 'Pulse Devices')).waitFor()
    },
  },
  'lock-forget': {
    address: '#lock',
    state: { ...open, lock: { ...byPin, locked: false } },
    act: async ({ button }) => {
      await button('lock_remove').click()
      await button('forgot_lock').click()
    },
  },
  'lock-forgotten': {
    address: '#lock',
    state: { ...open, lock: { ...byPin, locked: false } },
    answers: {
      'forget-lock': yes([
        {
          id: 'u1',
          at: now,
          organization: 'Riverside Clinic',
          person: 'John Doe',
          page: 'https://r.example/',
        },
      ]),
    },
    act: async ({ button }) => {
      await button('lock_remove').click()
      await button('forgot_lock').click()
      await button('forgot_confirm').click()
      await button('unrevoked_page').waitFor()
    },
  },
  'lock-remove': {
    address: '#lock',
    state: { ...open, lock: { ...byPasskey, locked: false } },
    act: ({ button }) => button('lock_remove').click(),
  },
}
