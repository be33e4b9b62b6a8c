import type { LogProof } from '../../../../extension/messages/log-entries.ts'
import { logPage } from '../access.ts'
import { DAY, daysAgo, device, MINUTE, now, patient } from '../people.ts'
import { type Answers, type Look, type Scene, type Scenes, yes } from '../scene.ts'

const open = ({ page, say }: Look) => page.getByRole('link', { name: say('who_read_it') }).click()

const log = (proof: LogProof): Scene => ({
  state: { connections: [patient] },
  answers: { 'access-log': yes(logPage), 'access-log-verdict': yes({ proof }) },
  act: open,
})

const unread: LogProof = {
  ...{ outcome: 'genuine', why: 'unread' },
  ...{ at: now, since: now - 3 * DAY, proven: 6000, pending: 0 },
}

const both = { connections: [patient, device] }
const notMine: Answers['access-log'] = yes({
  ...logPage,
  own: { foreign: ['0'], missing: [{ id: 'r', at: now - DAY, what: 'Observation' }] },
  seen: { upTo: daysAgo(2), at: now - 2 * DAY },
})

/** One organization dates an entry in 2099, lists more than is shown, and never ends its list. */
const crowded: Answers = {
  'access-log c1': yes({ ...logPage, check: '1' }),
  'access-log c2': yes({
    readAt: now,
    entries: Array.from({ length: 50 }, (_, at) => ({
      id: `loud-${at}`,
      recorded: at === 0 ? '2099-01-01T00:00:00Z' : daysAgo(0),
      kind: 'search' as const,
      outcome: 'success' as const,
      who: 'Heart Coach',
      application: 'Heart Coach',
      byItself: true as const,
      what: 'Observation?patient=2',
      by: 'others' as const,
      isNew: true,
    })),
    check: '2',
    warning: { code: 'list-too-long' },
  }),
}

const newAt = {
  connections: [
    { ...patient, newAccesses: { count: 2, more: false } },
    { ...device, newAccesses: { count: 1, more: false } },
  ],
}

/** "Who read my record", with the verdicts of its proofs. */
export const whoRead: Scenes = {
  'who-read': { state: both, act: open },
  'log-visit': {
    state: { connections: [patient] },
    act: async (look) => {
      await open(look)
      await look.page.locator('.access summary').click()
    },
  },
  'log-banner': { state: { connections: [{ ...patient, logAlarm: true }] } },
  'log-banner-ended': {
    state: {
      connections: [
        { ...patient, signedIn: false, endedBy: 'organization', endedAt: now - DAY, logAlarm: true },
        { ...device, readsMissing: true },
      ],
      place: { home: true },
    },
  },
  'log-missing': { state: { connections: [{ ...patient, readsMissing: true }, device] } },
  'log-narrowed': { state: { connections: [{ ...patient, logNarrowed: true }, device] } },
  'log-new': { state: newAt },
  'log-new-sign-ins': {
    state: { connections: [patient] },
    answers: {
      'access-log': yes({
        ...logPage,
        entries: [
          ...(['token', 'consent', 'sign-in'] as const).map((kind) => ({
            id: kind,
            recorded: daysAgo(0),
            kind,
            outcome: 'success' as const,
            who: 'John Doe',
            application: 'Carekey',
            by: 'elsewhere' as const,
            isNew: true,
          })),
          ...logPage.entries,
        ],
      }),
    },
    act: open,
  },
  'log-checking': { state: newAt, answers: { 'access-log-verdict': 'never' }, act: open },
  'log-first': log({ outcome: 'complete', at: now, proven: 50, pending: 0 }),
  'log-part': log({
    outcome: 'genuine',
    why: 'scope',
    at: now,
    since: now - 3 * DAY,
    proven: 50,
    pending: 0,
  }),
  'log-unread': {
    state: { connections: [patient] },
    answers: {
      'access-log': yes({ ...logPage, next: 'more' }),
      'access-log-verdict': yes({ proof: unread, next: 'more' }),
    },
    act: open,
  },
  'log-unread-empty': {
    state: { connections: [patient] },
    answers: {
      'access-log': yes({ ...logPage, entries: [], next: 'more' }),
      'access-log-verdict': yes({ proof: { ...unread, proven: 0 }, next: 'more' }),
    },
    act: open,
  },
  'log-withheld': log({ outcome: 'alarm', reason: 'withheld', since: now - 3 * DAY }),
  'log-altered': log({
    outcome: 'alarm',
    reason: 'altered',
    entry: { id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1', recorded: daysAgo(1) },
  }),
  'log-shrank': log({ outcome: 'alarm', reason: 'shrank', since: now - 3 * DAY }),
  'log-unchecked': log({ outcome: 'unchecked', problem: { code: 'too-slow' } }),
  'log-interrupted': log({ outcome: 'unchecked', problem: { code: 'check-interrupted' } }),
  'log-unprovable': log({ outcome: 'unprovable' }),
  'log-forked': { state: { connections: [{ ...patient, logForked: true }, device] } },
  'log-reordered': log({
    outcome: 'alarm',
    reason: 'reordered',
    entry: { id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1', recorded: daysAgo(1) },
    since: now - 3 * DAY,
  }),
  'log-misdated': log({
    outcome: 'alarm',
    reason: 'misdated',
    entry: { id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1', recorded: daysAgo(400) },
  }),
  'log-other-patient': log({
    outcome: 'alarm',
    reason: 'other-patient',
    entry: { id: '0b7c9c1e-6f0e-4d53-9f6a-1f5f6f4be2b1', recorded: daysAgo(1) },
  }),
  'log-crowded': { state: both, answers: crowded, act: open },
  'log-crowded-end': {
    state: both,
    answers: crowded,
    act: async (look) => {
      await open(look)
      await look.button('show_earlier_at', 'Pulse Devices').scrollIntoViewIfNeeded()
    },
  },
  'log-new-and-ending': {
    state: {
      connections: [
        { ...patient, endsAt: now + 4.5 * MINUTE, newAccesses: { count: 2, more: false } },
        { ...device, logAlarm: true, newAccesses: { count: 50, more: true } },
      ],
    },
  },
  'log-others-none': {
    state: { connections: [patient, { ...device, can: { ...device.can, readAccessLog: false } }] },
    answers: {
      'access-log': yes({
        readAt: now,
        entries: logPage.entries
          .filter(({ by }) => by !== 'others')
          .map((entry) => (entry.kind === 'consent' ? { ...entry, by: 'unsure' as const } : entry)),
        check: '1',
        next: 'more',
      }),
      'access-log-verdict': yes({ proof: { outcome: 'complete', at: now, proven: 36, pending: 4 } }),
    },
    act: async (look) => {
      await open(look)
      await look.button('access_by_others').click()
    },
  },
  'log-own-reads': { state: both, answers: { 'access-log': notMine }, act: open },
}
