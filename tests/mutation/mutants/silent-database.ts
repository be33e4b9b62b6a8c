import type { Mutant } from '../mutant.ts'

const silentDatabase = {
  test: 'tests/faults/silent-database.test.ts',
  project: 'faults',
  title: 'T01 .*one read says so',
}

export const mutants: readonly Mutant[] = [
  {
    rule: 'Silent connections to PostgreSQL are replaced all at once',
    file: 'server/store/postgres.ts',
    find: 'if (error instanceof Silent) replace(itsPool)',
    replace: '',
    ...silentDatabase,
  },
  {
    rule: 'A connection that owes an answer and is silent is closed',
    file: 'server/store/watched-client.ts',
    find: 'if (this.owed === 0) return',
    replace: 'if (this.owed >= 0) return',
    ...silentDatabase,
  },
]
