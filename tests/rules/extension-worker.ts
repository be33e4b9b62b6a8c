import type { Rule } from '../mutation/rule.ts'

const ask = { file: 'extension/messages/ask.ts', test: 'tests/unit/extension/ask.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'A lost request is repeated once, only if that changes nothing, or reported',
    protects: 'people, from doing things twice',
    at: ['extension/messages/ask#ask', 'extension/messages/ask#untilLost'],
    mutants: [
      {
        ...ask,
        find: 'if (!answer && isRepeatable(name)) {',
        replace: 'if (answer && isRepeatable(name)) {',
        title: 'is asked once more',
      },
      { ...ask, find: 'if (isInHand === false) return undefined', replace: '', title: 'F44' },
      {
        ...ask,
        find: 'if (!answer && isRepeatable(name)) {',
        replace: 'if (!answer) {',
        title: 'F44 .* is reported, and',
      },
    ],
  },
  {
    rule: "A worker that ends in a sign-in leaves nobody's name",
    protects: 'names of people who never signed in',
    at: ['extension/background/settle#settleUnlocked'],
    mutants: [
      {
        file: 'extension/background/settle.ts',
        test: 'tests/thorough/ended-worker.test.ts',
        find: '    await forgetIncomplete()\n',
        replace: '',
        title: 'signing in',
      },
    ],
  },
  {
    rule: 'A dismissal ends only the sign-in whose failure was on screen',
    protects: 'people, from a failure that nobody told them',
    at: ['extension/auth/sign-in/flow#dismissFlow'],
    mutants: [
      {
        file: 'extension/auth/sign-in/flow.ts',
        test: 'tests/integration/extension/sign-in.test.ts',
        find: ' || flow?.startedAt !== startedAt',
        replace: '',
        title: 'says that John did not allow it',
      },
    ],
  },
  {
    rule: 'What a stored sign-in tells is told by nothing else, so a dismissed failure does not come back',
    protects: 'people, from a second failure that there was not',
    at: ['extension/auth/sign-in/flow#runFlow', 'extension/messages/errors#toProblem'],
    mutants: [
      {
        file: 'extension/auth/sign-in/flow.ts',
        test: 'tests/integration/extension/sign-in.test.ts',
        find: 'throw new FailedFlow(error)',
        replace: 'throw error',
        title: 'says that John did not allow it',
      },
      {
        file: 'extension/messages/errors.ts',
        test: 'tests/integration/extension/sign-in.test.ts',
        find: 'return inFlow ? new FailedFlow(error) : error',
        replace: 'return error',
        title: 'says that John did not allow it',
      },
    ],
  },
  {
    rule: 'Pages that a launch opens empty their address before other code loads',
    protects: 'a launch, from being repeated',
    at: ['extension/launch/main', 'extension/find/main'],
    mutants: [],
    why: 'only a browser shows it, and mutants run without one',
    tests: ['tests/attacks/launch-address.spec.ts'],
  },
  {
    rule: 'A launch sends nothing before the person clicks on our page',
    protects: 'people, from a foreign sign-in',
    at: ['extension/launch/launch#ConfirmLaunch'],
    mutants: [],
    why: 'only a browser shows it, and mutants run without one',
    tests: ['tests/e2e/launch.spec.ts'],
  },
  {
    rule: 'A rotation that returns the old secret counts as failed',
    protects: 'an administrator',
    at: ['extension/administration/registrations#rotateSecret'],
    mutants: [
      {
        file: 'extension/administration/registrations.ts',
        test: 'tests/integration/extension/registrations.test.ts',
        find: ' || isOld)',
        replace: ')',
        title: 'F45',
      },
    ],
  },
]
