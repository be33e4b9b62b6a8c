import type { Mutant } from '../mutant.ts'

const ownRequests = { test: 'tests/unit/extension/own-requests.test.ts', project: 'unit' }
const reconcile = { test: 'tests/unit/extension/reconcile.test.ts', project: 'unit' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A log is held against what was sent to its own organization',
    file: 'extension/background/own-requests.ts',
    find: '(baseOf(key, connections) === base ? requests : [])',
    replace: '(baseOf(key, connections) !== undefined ? requests : [])',
    ...ownRequests,
    title: 'F33 a log is held against',
  },
  {
    rule: 'An answered id counts only where no other request bears it',
    file: 'extension/background/own-requests.ts',
    find: ' && !others.some((other) => other.id === named)',
    replace: '',
    ...ownRequests,
    title: 'F33 an id that an organization gives',
  },
  {
    rule: 'An id that was sent over another connection counts once over all pages',
    file: 'extension/fhir/reconcile.ts',
    find: 'const near = sent.filter(',
    replace: 'const near = own.requests.filter(',
    ...reconcile,
    title: 'F33.*on the next page as well$',
  },
]
