import type { Mutant } from '../mutant.ts'

const ownRequests = { test: 'tests/unit/extension/own-requests.test.ts', project: 'unit' }
const reconcile = { test: 'tests/unit/extension/reconcile.test.ts', project: 'unit' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A log is checked against the reads sent to its own organization',
    file: 'extension/access-log/own-requests.ts',
    find: 'baseOf(name, connections) === fhirBase',
    replace: 'baseOf(name, connections) !== undefined',
    ...ownRequests,
    title: 'F33 a log is',
  },
  {
    rule: 'An answered id counts only where no other request bears it',
    file: 'extension/access-log/own-requests.ts',
    find: 'return others.every((key) => String(key) === String(own))',
    replace: 'return others !== undefined',
    ...ownRequests,
    title: 'F33 an id that an organization gives',
  },
  {
    rule: 'An id that was sent over another connection counts once over all pages',
    file: 'extension/access-log/reconcile.ts',
    find: 'const concurrentOrNewer = sent.filter(',
    replace: 'const concurrentOrNewer = own.requests.filter(',
    ...reconcile,
    title: 'F33.*on the next page as well$',
  },
  {
    rule: 'Only the FHIR type of an address is kept',
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
    title: 'F57 when the journal does',
  },
  {
    rule: 'A journal that begins anew claims nothing about running requests',
    file: 'extension/access-log/own-requests.ts',
    find: '(): number => fullAt + concurrency',
    replace: '(): number => 0',
    ...ownRequests,
    title: 'F57 when the journal does',
  },
  {
    rule: 'A read whose connection is gone is not kept',
    file: 'extension/access-log/own-requests.ts',
    find: 'if (!(await findCurrentJournals())(name)) return',
    replace: '',
    ...ownRequests,
    title: 'F46 a read whose',
  },
  {
    rule: 'A connection that goes while a read is written down takes it along',
    file: 'extension/access-log/own-requests.ts',
    find: '      await forgetUnconnected(store)\n    },\n\n    recordAnswer',
    replace: '    },\n\n    recordAnswer',
    ...ownRequests,
    title: 'F46 a read whose',
  },
  {
    rule: 'A read whose connection goes while it is answered is not kept',
    file: 'extension/access-log/own-requests.ts',
    find: 'await store.replace(key, {',
    replace: 'await store.put(key, {',
    ...ownRequests,
    title: 'F46 a read whose',
  },
  {
    rule: 'A sign-in that came to nothing leaves no trace of where it was',
    file: 'extension/access-log/own-requests.ts',
    find: ' || items.flow.key in changes',
    replace: '',
    ...ownRequests,
    title: 'F46 a sign-in that',
  },
]
