import type { Mutant } from '../mutant.ts'

const file = 'server/cli/records.ts'
const records = { project: 'integration', test: 'tests/integration/import/records.test.ts' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A file that is not UTF-8 is refused.',
    ...records,
    file,
    find: '{ fatal: true }',
    replace: '{ fatal: false }',
    title: 'latin1.json, which cannot be read',
  },
]
