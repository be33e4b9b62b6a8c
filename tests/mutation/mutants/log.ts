import type { Mutant } from '../mutant.ts'

export const mutants: readonly Mutant[] = [
  {
    rule: 'The queue is cut to one batch before it is joined',
    file: 'server/audit/sequencer.ts',
    find: `eb.selectFrom('audit_queue').select('seq').orderBy('seq').limit(sql.lit(BATCH)).as('next'),`,
    replace: `eb.selectFrom('audit_queue').select('seq').as('next'),`,
    test: 'tests/attacks/log-backlog.test.ts',
    project: 'attacks-postgres',
    title: 'F61 finds a batch',
  },
  {
    rule: 'Placing before a signature ends with what waited when it was asked for',
    file: 'server/audit/sequencer.ts',
    find: 'if (placed < BATCH || highest >= end) return',
    replace: 'if (placed < BATCH) return',
    test: 'tests/attacks/log-backlog.test.ts',
    project: 'attacks',
    title: 'F61 places what waited',
  },
]
