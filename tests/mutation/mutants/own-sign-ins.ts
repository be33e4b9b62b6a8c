import type { Mutant } from '../mutant.ts'

const file = 'extension/access-log/own/own-sign-ins.ts'
const judged = { test: 'tests/unit/extension/own-sign-ins.test.ts', project: 'unit' } as const
const ownSignIns = {
  test: 'tests/integration/extension/own-sign-ins.test.ts',
  project: 'integration',
} as const

export const mutants: readonly Mutant[] = [
  {
    rule: 'A sign-in in the person’s name outside of the time of this browser’s is announced',
    file,
    find: "if (!span) return 'other'",
    replace: "if (!span) return 'own'",
    ...judged,
    title: 'J54 a sign-in at another time',
  },
  {
    rule: 'Of more entries than sign-ins, none is certain',
    file,
    find: "return count(true) + count(false) <= most ? 'own' : 'doubtful'",
    replace: "return 'own'",
    ...judged,
    title: 'J54 of two sign-ins at one time',
  },
  {
    rule: 'A token with the id that this browser sent is its own, and no other in its place',
    file,
    find: ' && span?.ids.includes(id) === true',
    replace: ' && span !== undefined',
    ...judged,
    title: 'J54 of two sign-ins at one time',
  },
  {
    rule: 'Sign-ins are counted over all pages',
    file,
    find: 'const counts = { ...before }',
    replace: 'const counts: SignInCounts = {}',
    ...judged,
    title: 'J54 an entry of one kind on the next page',
  },
  {
    rule: 'An entry at the exact time of a sign-in is its own rather than another one close by',
    file,
    find: "if (!isExact) return 'other'",
    replace: "if (!isExact) return 'own'",
    ...judged,
    title: 'J54 a sign-in less than a minute',
  },
  {
    rule: 'A sign-in elsewhere in the person’s name counts as new',
    file: 'extension/access-log/watch/look-at-log.ts',
    find: 'isNews = isOfOthers || isSignIn',
    replace: 'isNews = isOfOthers',
    ...ownSignIns,
    title: 'J54 .*are “You elsewhere”, and new',
  },
  {
    rule: 'Sign-ins of this browser are in its journal',
    file: 'extension/auth/sign-in/sign-in-journal.ts',
    find: "  await journal.recordSent({ id, what: 'sign-in' })\n",
    replace: '',
    ...ownSignIns,
    title: 'J54 .*are “You” if this browser',
  },
]
