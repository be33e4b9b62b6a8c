import type { Mutant } from '../mutant.ts'

const ownRequests = { test: 'tests/unit/extension/own-requests.test.ts', project: 'unit' }
const reconcile = { test: 'tests/unit/extension/reconcile.test.ts', project: 'unit' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A log is held against what was sent to its own organization',
    file: 'extension/access-log/own-requests.ts',
    find: '(baseOf(key, connections) === base ? requests : [])',
    replace: '(baseOf(key, connections) !== undefined ? requests : [])',
    ...ownRequests,
    title: 'F33 a log is held against',
  },
  {
    rule: 'An answered id counts only where no other request bears it',
    file: 'extension/access-log/own-requests.ts',
    find: ' && !others.some((other) => other.id === named)',
    replace: '',
    ...ownRequests,
    title: 'F33 an id that an organization gives',
  },
  {
    rule: 'An id that was sent over another connection counts once over all pages',
    file: 'extension/access-log/reconcile.ts',
    find: 'const near = sent.filter(',
    replace: 'const near = own.requests.filter(',
    ...reconcile,
    title: 'F33.*on the next page as well$',
  },
  {
    rule: 'Of an address only the type is kept',
    file: 'extension/fhir/client.ts',
    find: "/^[A-Z][A-Za-z]{0,63}$/.test(segment) ? segment : ''",
    replace: 'segment',
    ...ownRequests,
    title: 'F57 of an address',
  },
  {
    rule: 'A read that finds no room to be written down is answered all the same',
    file: 'extension/access-log/own-requests.ts',
    find: 'if (!isFull(error)) throw error',
    replace: 'throw error',
    ...ownRequests,
    title: 'F57 where no room is left',
  },
  {
    rule: 'What begins anew says nothing of what was under way',
    file: 'extension/access-log/own-requests.ts',
    find: 'Math.max(now, lostAt + together)',
    replace: 'now',
    ...ownRequests,
    title: 'F57 where no room is left',
  },
  {
    rule: 'A read whose connection is gone is not kept',
    file: 'extension/access-log/own-requests.ts',
    find: 'if (!(await findLiving())(key)) return',
    replace: '',
    ...ownRequests,
    title: 'F46 a read whose connection is gone',
  },
  {
    rule: 'A connection that goes while a read is written down takes it along',
    file: 'extension/access-log/own-requests.ts',
    find: '    await forgetUnconnected()\n  },\n\n  answered',
    replace: '  },\n\n  answered',
    ...ownRequests,
    title: 'F46 a read whose connection is gone',
  },
  {
    rule: 'A sign-in that came to nothing leaves no trace of where it was',
    file: 'extension/access-log/own-requests.ts',
    find: ' || items.flow.key in changes',
    replace: '',
    ...ownRequests,
    title: 'F46 a sign-in that came to nothing',
  },
]
