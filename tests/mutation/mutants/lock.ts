import type { Mutant } from '../mutant.ts'

const lock = { test: 'tests/integration/extension/lock.test.ts', project: 'integration' } as const

export const mutants: readonly Mutant[] = [
  {
    rule: 'Closing the lock waits for no organization: reads are aborted',
    file: 'extension/auth/under-way.ts',
    find: "  reads.abort(new ProblemError('locked'))\n",
    replace: '',
    ...lock,
    title: 'F72 is so at once',
  },
  {
    rule: 'Closing the lock waits for no organization: changes have 1.5 s',
    file: 'extension/auth/under-way.ts',
    find: "changes.abort(new ProblemError('locked'))",
    replace: 'undefined',
    ...lock,
    title: 'F72 waits a moment for a refresh',
  },
  {
    rule: 'Closing the lock waits for no pause between two tries',
    file: 'extension/fhir/client.ts',
    find: "      else signal?.addEventListener('abort', stop, { once: true })\n",
    replace: '',
    ...lock,
    title: 'F72 waits for no page',
  },
  {
    rule: 'A second closing seals nothing',
    file: 'extension/auth/lock.ts',
    find: 'if (await items.unlocked.get()) await setTogether',
    replace: 'await setTogether',
    ...lock,
    title: 'F72 is so once',
  },
  {
    rule: "A wait after wrong tries goes by this life's own clock",
    file: 'extension/auth/wrong-tries.ts',
    find: 'counted?.at === countedAt',
    replace: 'counted === undefined',
    test: 'tests/unit/extension/wrong-tries.test.ts',
    project: 'unit',
    title: 'F15',
  },
  {
    rule: "The system's clock is believed for a minute at most",
    file: 'extension/auth/wrong-tries.ts',
    find: 'Math.min(Math.max(Date.now() - countedAt, 0), longestGap)',
    replace: 'Math.max(Date.now() - countedAt, 0)',
    test: 'tests/unit/extension/wrong-tries.test.ts',
    project: 'unit',
    title: 'F15',
  },
  {
    rule: 'The lock is closed where its alarm is further away than its time',
    file: 'extension/auth/lock.ts',
    find: 'left > 0 && left <= lock.after * MINUTE + SECOND',
    replace: 'left > 0',
    ...lock,
    title: 'F15 is no longer',
  },
]
