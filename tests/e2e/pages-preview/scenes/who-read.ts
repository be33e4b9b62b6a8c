import type { LogProof } from '../../../../extension/messages/access-log.ts'
import { logPage } from '../access.ts'
import { DAY, daysAgo, device, now, patient } from '../people.ts'
import { type Answers, type Look, type Scene, type Scenes, yes } from '../scene.ts'

const open = ({ page, say }: Look) => page.getByRole('link', { name: say('who_read_it') }).click()

const log = (proof: LogProof): Scene => ({
  state: { connections: [patient] },
  answers: { 'access-log': yes(logPage), 'access-log-verdict': yes({ proof }) },
  act: open,
})

const both = { connections: [patient, device] }
const notMine: Answers['access-log'] = yes({
  ...logPage,
  own: { foreign: ['0'], missing: [{ id: 'r', at: now - DAY, what: 'Observation' }] },
  seen: { upTo: daysAgo(2), at: now - 2 * DAY },
})

const newAt = {
  connections: [
    { ...patient, newAccesses: { count: 2, more: false } },
    { ...device, newAccesses: { count: 1, more: false } },
  ],
}

/** "Who read my record", and what its proofs say. */
export const whoRead: Scenes = {
  'who-read': { state: both, act: open },
  'log-banner': { state: { connections: [{ ...patient, logAlarm: true }] } },
  'log-missing': { state: { connections: [{ ...patient, readsMissing: true }, device] } },
  'log-new': { state: newAt },
  'log-checking': { state: newAt, answers: { 'access-log-verdict': 'never' }, act: open },
  'log-first': log({ outcome: 'proven', at: now, proven: 50, pending: 0 }),
  'log-altered': log({
    outcome: 'alarm',
    reason: 'altered',
    entry: { id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1', recorded: daysAgo(1) },
  }),
  'log-shrank': log({ outcome: 'alarm', reason: 'shrank', since: now - 3 * DAY }),
  'log-unchecked': log({ outcome: 'unchecked', problem: { code: 'too-slow' } }),
  'log-interrupted': log({ outcome: 'unchecked', problem: { code: 'check-interrupted' } }),
  'log-unprovable': log({ outcome: 'unprovable' }),
  'log-own-reads': { state: both, answers: { 'access-log': notMine }, act: open },
}
