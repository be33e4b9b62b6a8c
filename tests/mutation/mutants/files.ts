import type { Mutant } from '../mutant.ts'

const stolenKeys = { test: 'tests/attacks/stolen-keys.test.ts', project: 'attacks' }
const keyFile = { test: 'tests/unit/oauth/key-file.test.ts', project: 'unit' }
const privateFiles = { test: 'tests/faults/private-files.test.ts', project: 'faults' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A database that was used with keys takes no others',
    file: 'server/oauth/engine/keys.ts',
    find: 'if (!signing.some((each) => each.key.kid === mark))',
    replace: 'if (mark === undefined)',
    ...stolenKeys,
    title: 'F51 a copied database',
  },
  {
    rule: 'A database that was used with keys makes none because the file is missing',
    file: 'server/oauth/engine/keys.ts',
    find: 'if ((await findMark(store.db)) === undefined) return',
    replace: 'if (store.db) return',
    ...stolenKeys,
    title: 'F51 a copied database',
  },
  {
    rule: 'Keys that were in the database are replaced, and its files are written anew',
    file: 'server/store/checkpoint-worker.ts',
    find: 'VACUUM; PRAGMA',
    replace: 'PRAGMA',
    ...stolenKeys,
    title: 'F51 keys that an earlier version',
  },
  {
    rule: 'A key that was rotated stays published until nothing it signed is valid',
    file: 'server/oauth/engine/key-file.ts',
    find: '(ACCESS_TOKEN_SECONDS + 300) * 1000',
    replace: '300 * 1000',
    ...keyFile,
    title: 'F52 a key that was rotated',
  },
  {
    rule: 'Of a key that was rotated the private half is gone',
    file: 'server/oauth/engine/key-file.ts',
    find: '{ ...current, key: publicHalf(current.key) }',
    replace: '{ ...current }',
    ...keyFile,
    title: 'F52 of a key',
  },
  {
    rule: 'Every request to the engine looks for a new key file first',
    file: 'server/oauth/engine/keys.ts',
    find: 'if (stamp === seen) return',
    replace: 'if (seen !== undefined) return',
    test: 'tests/attacks/key-rotation.test.ts',
    project: 'attacks',
    title: 'F52 keys are rotated',
  },
  {
    rule: 'The database has mode 600 from the moment it is made',
    file: 'server/store/sqlite.ts',
    find: "openSync(path, 'a', PRIVATE)",
    replace: "openSync(path, 'a')",
    ...privateFiles,
    title: 'when the store makes them',
  },
  {
    rule: 'Files of earlier versions are narrowed',
    file: 'server/store/private-file.ts',
    find: '(mode & 0o077) === 0',
    replace: 'mode > 0',
    ...privateFiles,
    title: 'open to others before',
  },
]
