import type { AccessEntry, AccessPage, LogProof } from '../../../extension/messages/log-entries.ts'
import { DAY, daysAgo, now } from './people.ts'

interface Access {
  kind: string
  who: string
  application?: string
  byItself?: true
  agentKey?: string
  what?: string
  /** Milliseconds before now. */
  days: number
  outcome?: string
}

const byWhom = ({ who, application }: Pick<Access, 'who' | 'application'>): AccessEntry['by'] =>
  who !== 'John Doe' ? 'others' : application === 'Chart Viewer' ? 'elsewhere' : 'you'

const accesses: Access[] = [
  { kind: 'read', who: 'John Doe', application: 'Carekey', what: 'Patient/2', days: 0 },
  ...['AuditEvent', 'AllergyIntolerance', 'Condition', 'Observation', 'Patient'].map((type) => ({
    kind: 'search',
    who: 'John Doe',
    application: 'Carekey',
    agentKey: 'john through carekey',
    what: `${type}?patient=2`,
    days: 0,
  })),
  {
    kind: 'search',
    who: 'Dr. Lee',
    application: 'Chart Viewer',
    what: 'Observation?patient=2&code=85354-9',
    days: 0,
  },
  {
    kind: 'search',
    who: 'Heart Coach',
    application: 'Heart Coach',
    byItself: true,
    what: 'Condition?patient=2',
    days: 1,
    outcome: 'refused',
  },
  { kind: 'search', who: 'John Doe', application: 'Chart Viewer', what: 'Condition?patient=2', days: 1 },
  { kind: 'consent', who: 'John Doe', application: 'Carekey', days: 1 },
  { kind: 'sign-in', who: 'John Doe', days: 12, outcome: 'failed' },
]

const entries = accesses.map(({ days, outcome, ...entry }, index) => ({
  ...entry,
  kind: entry.kind as AccessEntry['kind'],
  id: String(index),
  recorded: daysAgo(days),
  outcome: (outcome ?? 'success') as 'success',
  by: byWhom(entry),
  isNew: entry.who !== 'John Doe',
}))

export const logPage: AccessPage = { readAt: now, entries, check: '1' }

export const proven: LogProof = { outcome: 'complete', at: now, since: now - 3 * DAY, proven: 48, pending: 2 }
