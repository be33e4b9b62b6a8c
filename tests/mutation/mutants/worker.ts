import type { Mutant } from '../mutant.ts'

const ask = { test: 'tests/unit/extension/ask.test.ts', project: 'unit' }
const endedWorker = { test: 'tests/thorough/ended-worker.test.ts', project: 'thorough' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A question that the worker did not live to answer is repeated once',
    file: 'extension/messages/ask.ts',
    find: 'if (!answer && isRepeatable(name)) {',
    replace: 'if (answer && isRepeatable(name)) {',
    ...ask,
    title: 'is asked once more',
  },
  {
    rule: 'A question that may have changed something is not sent twice',
    file: 'extension/messages/ask.ts',
    find: 'if (!answer && isRepeatable(name)) {',
    replace: 'if (!answer) {',
    ...ask,
    title: 'F44 .* is reported, and',
  },
  {
    rule: 'A question that vanished is found out',
    file: 'extension/messages/ask.ts',
    find: 'if (isInHand === false) return undefined',
    replace: '',
    ...ask,
    title: 'F44',
  },
  {
    rule: 'A sign-in that the worker did not live to end leaves nobody’s name',
    file: 'extension/background/settle.ts',
    find: '    await forgetIncomplete()\n',
    replace: '',
    ...endedWorker,
    title: 'signing in',
  },
  {
    rule: 'A secret that the organization gave before does not count as new',
    file: 'extension/administration/registrations.ts',
    find: ' || isOld)',
    replace: ')',
    test: 'tests/integration/extension/registrations.test.ts',
    project: 'integration',
    title: 'F45',
  },
]
