import type { Mutant } from '../mutant.ts'

const silentDatabase = {
  test: 'tests/faults/silent-database.test.ts',
  project: 'faults',
  title: 'T01 .*one read says so',
}

const servers = {
  test: 'tests/faults/postgres-servers.test.ts',
  project: 'faults',
  title: 'T12 .*also after a failover',
}

export const mutants: readonly Mutant[] = [
  {
    rule: 'A standby is passed over',
    file: 'server/store/postgres/postgres.ts',
    find: 'await requireWritable(client)',
    replace: 'void requireWritable',
    ...servers,
  },
  {
    rule: 'A server whose connections are all in use is kept',
    file: 'server/store/postgres/postgres.ts',
    find: 'left <= 1 || !isOfServer(error)',
    replace: 'left <= 1',
    ...servers,
    title: 'T12 .*all in use',
  },
  {
    rule: 'A server that fails is left for the next',
    file: 'server/store/postgres/postgres.ts',
    find: '    at++\n',
    replace: '',
    ...servers,
  },
  {
    rule: 'Encryption is required for each server of a database',
    file: 'server/store/postgres/postgres.ts',
    find: 'serversOf(url).every(isSafe)',
    replace: 'serversOf(url).slice(0, 1).every(isSafe)',
    test: 'tests/unit/store/postgres-address.test.ts',
    project: 'unit',
    title: 'F54 .*localhost,db',
  },
  {
    rule: 'Silent connections to PostgreSQL are replaced all at once',
    file: 'server/store/postgres/postgres.ts',
    find: 'if (error instanceof Silent || isStandby) replace(itsPool)',
    replace: 'if (isStandby) replace(itsPool)',
    ...silentDatabase,
  },
  {
    rule: 'A connection that owes an answer and is silent is closed',
    file: 'server/store/postgres/watched-client.ts',
    find: 'if (this.owed === 0) return',
    replace: 'if (this.owed >= 0) return',
    ...silentDatabase,
  },
]
