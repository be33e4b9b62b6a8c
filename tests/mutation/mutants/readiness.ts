import type { Mutant } from '../mutant.ts'

const ready = { test: 'tests/integration/store/ready.test.ts', project: 'integration' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'Readiness takes as much room as an entry',
    file: 'server/readiness.ts',
    find: "await putSetting(trx, 'readiness', ROOM)",
    replace: '',
    test: 'tests/faults/full-disk.test.ts',
    project: 'faults',
    title: 'with a limit of pages',
  },
  {
    rule: 'Readiness tries what a request needs: an entry of the log',
    file: 'server/readiness.ts',
    find: '        await tryEntry(trx)\n',
    replace: '',
    test: 'tests/integration/store/ready-log.test.ts',
    project: 'integration',
    title: 'T03 .* on sqlite',
  },
  {
    rule: 'Readiness leaves no entry in the log',
    file: 'server/audit/try-entry.ts',
    find: '  await sql`rollback to savepoint entry`.execute(trx)\n',
    replace: '',
    test: 'tests/integration/store/ready-log.test.ts',
    project: 'integration',
    title: 'T03 .* on sqlite',
  },
  {
    rule: 'Readiness is an act',
    file: 'server/readiness.ts',
    find: 'await store.write(async (trx) => {',
    replace: 'await Promise.resolve(store.db).then(async (trx) => {',
    ...ready,
    title: 'T03 a server that cannot write',
  },
  {
    rule: 'Readiness acts once a second at most',
    file: 'server/readiness.ts',
    find: 'if (latest && (isActing || now - latest.at < ACT_INTERVAL)) return latest.answer',
    replace: '',
    ...ready,
    title: 'T03 it acts once',
  },
  {
    rule: 'Readiness answers although the database does not',
    file: 'server/readiness.ts',
    find: 'Promise.race([acting, late])',
    replace: 'late && acting',
    ...ready,
    title: 'T03 it answers within',
  },
  {
    rule: 'A log key whose checkpoint cannot be stored is named',
    file: 'server/app.ts',
    find: "if (keyFault !== undefined) return notReady('log-key-unusable', keyFault)",
    replace: '',
    ...ready,
    title: 'T03 a log key',
  },
  {
    rule: 'A server that can write no more is not alive',
    file: 'server/app.ts',
    find: 'isLost = true',
    replace: 'isLost = false',
    ...ready,
    title: 'T04',
  },
]
