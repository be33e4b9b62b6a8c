import type { Mutant } from '../mutant.ts'

const ask = { test: 'tests/unit/extension/ask.test.ts', project: 'unit' }
const endedWorker = { test: 'tests/thorough/ended-worker.test.ts', project: 'thorough' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A request that the worker could not answer because it stopped is repeated once',
    file: 'extension/messages/ask.ts',
    find: 'if (!answer && isRepeatable(name)) {',
    replace: 'if (answer && isRepeatable(name)) {',
    ...ask,
    title: 'is asked once more',
  },
  {
    rule: 'A request that may have changed something is not sent twice',
    file: 'extension/messages/ask.ts',
    find: 'if (!answer && isRepeatable(name)) {',
    replace: 'if (!answer) {',
    ...ask,
    title: 'F44 .* is reported, and',
  },
  {
    rule: 'A lost request is noticed',
    file: 'extension/messages/ask.ts',
    find: 'if (isInHand === false) return undefined',
    replace: '',
    ...ask,
    title: 'F44',
  },
  {
    rule: 'A sign-in that the worker could not finish because it stopped leaves nobody’s name',
    file: 'extension/background/settle.ts',
    find: '    await forgetIncomplete()\n',
    replace: '',
    ...endedWorker,
    title: 'signing in',
  },
  {
    rule: 'A rotation in which the organization returns the old secret counts as failed',
    file: 'extension/administration/registrations.ts',
    find: ' || isOld)',
    replace: ')',
    test: 'tests/integration/extension/registrations.test.ts',
    project: 'integration',
    title: 'F45',
  },
]
