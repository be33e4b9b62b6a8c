import type { Mutant } from '../mutant.ts'

const unannounced = {
  test: 'tests/integration/extension/unannounced-accesses.test.ts',
  project: 'integration',
} as const
const file = { test: 'tests/unit/extension/record-file.test.ts', project: 'unit' } as const

/** What could keep an access or a missing read from being announced, and a file from being made. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'A look that ends at a page with open numbers counts as failed',
    file: 'extension/access-log/known-log.ts',
    find: ' || endsWithOpenNumbers(page)))',
    replace: '))',
    ...unannounced,
    title: 'J51 a list that leaves a number out',
  },
  {
    rule: 'An entry behind the tree of the first look is new, whatever its date',
    file: 'extension/access-log/known-log.ts',
    find: ' || (size !== undefined && index >= size)',
    replace: '',
    ...unannounced,
    title: 'J53 an access from before the sign-in',
  },
  {
    rule: 'Under a grant for a part of the log, what was on screen is known one by one, and stays seen',
    file: 'extension/access-log/new-accesses.ts',
    find: 'const mostSeen = 2000',
    replace: 'const mostSeen = 500',
    ...unannounced,
    title: 'J52 accesses that were on screen',
  },
  {
    rule: 'Whoever was a patient stays one over the same connection, so that the watch over the log goes on',
    file: 'extension/auth/begin-connection.ts',
    find: "stored?.person.role === 'patient' ? 'patient' : person.person.role",
    replace: 'person.person.role',
    ...unannounced,
    title: 'J50 a later sign-in that names another role',
  },
  {
    rule: 'Whoever is not named, and whose token is about a patient, is that patient',
    file: 'extension/auth/person.ts',
    find: '!claims || (claims.fhirUser === undefined && patient)',
    replace: '!claims',
    ...unannounced,
    title: 'J50 a patient whom the organization does not name',
  },
  {
    rule: 'What another connection to the same record had not on screen is new over the next one',
    file: 'extension/access-log/look-at-log.ts',
    find: ', ...(await seenOverOthers(connection))',
    replace: '',
    ...unannounced,
    title: 'J50 a later sign-in with another name',
  },
  {
    rule: 'The toolbar announces nothing that a policy forbids to show',
    file: 'extension/background/badge.ts',
    find: 'limitByPolicy(session, policy)',
    replace: 'session',
    ...unannounced,
    title: 'J52 the toolbar announces nothing',
  },
  {
    rule: 'A read of an unknown time is missing if no list had it by the time that what is newer was read',
    file: 'extension/access-log/missing-reads.ts',
    find: ', ...late.map(({ id }) => id)',
    replace: '',
    ...unannounced,
    title: 'F33 a read that the log leaves out',
  },
  {
    rule: 'A read of an unknown time is missing if no list had it by the time that what is newer was read: it is remembered if one had it',
    file: 'extension/access-log/missing-reads.ts',
    find: 'foundReads: foundReads.length > 0 ? foundReads : undefined,',
    replace: '',
    ...unannounced,
    title: 'F33 a read that the log has',
  },
  {
    rule: 'Of an organization that is signed out while the record is read, nothing is kept, and all of the others',
    file: 'extension/summary/record-file.ts',
    find: '        entries.length = 0\n',
    replace: '',
    ...file,
    title: 'F72 keeps nothing of an organization',
  },
]
