import type { Mutant } from '../mutant.ts'

const logAlarms = { test: 'tests/unit/extension/log-alarms.test.ts', project: 'unit' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'An alarm of one page is not displaced by that of another',
    file: 'extension/access-log/log-alarms.ts',
    find: '[...new Set([...before, name])]',
    replace: '[name]',
    ...logAlarms,
    title: 'F73 an alarm of one page',
  },
  {
    rule: 'An alarm stays if more pages raised it than are remembered',
    file: 'extension/access-log/log-alarms.ts',
    find: ' || before.length >= mostPages',
    replace: '',
    ...logAlarms,
    title: 'F73 an alarm stays',
  },
  {
    rule: 'An alarm of an earlier version stays',
    file: 'extension/access-log/log-alarms.ts',
    find: "(page === undefined ? [] : [''])",
    replace: '[]',
    ...logAlarms,
    title: 'F73 an alarm from',
  },
]
