import type { Mutant } from '../mutant.ts'

const badge = { test: 'tests/unit/extension/badge.test.ts', project: 'unit' }
const logWatch = { test: 'tests/integration/extension/log-watch.test.ts', project: 'integration' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'An alarm, then new accesses, then the minutes that are left',
    file: 'extension/background/badge.ts',
    find: "isAlarmed ? '!' : isNew ? sumOf",
    replace: "isAlarmed ? '!' : isNew && !isSoon ? sumOf",
    ...badge,
    title: 'F78',
  },
  {
    rule: 'The next look and its alarm are set before the first request leaves',
    file: 'extension/background/log-watch.ts',
    find: '    await setAlarm(sessions)\n    return taken',
    replace: '    return taken',
    ...logWatch,
    title: 'F74',
  },
]
