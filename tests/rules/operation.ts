import type { Rule } from '../mutation/rule.ts'

const keys = {
  file: 'server/keys/keys.ts',
  test: 'tests/attacks/stolen-keys.test.ts',
}
const keyFile = {
  file: 'server/keys/key-file.ts',
  test: 'tests/unit/oauth/key-file.test.ts',
}
const adminKeys = {
  file: 'server/cli/admin/keys-command.ts',
  test: 'tests/integration/admin/interrupted-rotation.test.ts',
}
const keysByCompromisedKeys = {
  file: 'server/keys/keys.ts',
  test: 'tests/attacks/compromised-keys.test.ts',
}
const tokenSealer = {
  file: 'server/sources/withings/token-sealer.ts',
  test: 'tests/long/withings/resealed-tokens.test.ts',
}
const backupTest = { test: 'tests/long/admin/backup.test.ts' }
const main = { file: 'server/main.ts', test: 'tests/unit/read-config.test.ts' }
const configFile = {
  file: 'server/start/config-file.ts',
  test: 'tests/unit/cli/config-file.test.ts',
}
const postgres = {
  file: 'server/store/postgres/postgres.ts',
  test: 'tests/unit/store/postgres-address.test.ts',
}
const readyConnectionsTest = {
  test: 'tests/faults/ready-connections.test.ts',
}
const passwordFileTest = {
  test: 'tests/faults/password-file.test.ts',
  title: 'takes its password from the password file',
}
const keysByConfig = {
  test: 'tests/long/admin/config.test.ts',
  title: 'the keys of a PostgreSQL database',
}
const importCommand = {
  file: 'server/cli/import/command.ts',
  test: 'tests/long/admin/config.test.ts',
}
const database = {
  file: 'server/start/open-database.ts',
  test: 'tests/long/admin/database.test.ts',
}
const fillSqlite = {
  file: 'server/store/sqlite/fill-sqlite.ts',
  test: 'tests/integration/import/new-database.test.ts',
}
const sqlite = {
  file: 'server/store/sqlite/sqlite.ts',
  test: 'tests/long/admin/database.test.ts',
}
const groupCommit = {
  file: 'server/store/sqlite/group-commit.ts',
  test: 'tests/unit/store/group-commit.test.ts',
}
const readiness = {
  file: 'server/readiness.ts',
  test: 'tests/long/store/ready.test.ts',
}
const app = { file: 'server/app.ts', test: 'tests/long/store/ready.test.ts' }
const postgresByPostgresServers = {
  file: 'server/store/postgres/postgres.ts',
  test: 'tests/faults/postgres-servers.test.ts',
}
const keysAtOnceTest = { test: 'tests/integration/oauth/keys-at-once.test.ts' }
const interruptedRotationTest = {
  test: 'tests/integration/admin/interrupted-rotation.test.ts',
}
const rotatedElsewhereTest = {
  test: 'tests/integration/admin/rotated-elsewhere.test.ts',
}
const compromisedKeysTest = { test: 'tests/attacks/compromised-keys.test.ts' }
const resealedTokensTest = {
  test: 'tests/long/withings/resealed-tokens.test.ts',
}
const privateFilesTest = { test: 'tests/faults/private-files.test.ts' }
const slowStartTest = { test: 'tests/faults/slow-start.test.ts' }
const newDatabaseTest = { test: 'tests/integration/import/new-database.test.ts' }
const databaseTest = { test: 'tests/long/admin/database.test.ts' }
const eraseTest = { test: 'tests/integration/admin/erase.test.ts' }
const readyLogTest = { test: 'tests/integration/store/ready-log.test.ts' }
const replacedFileTest = { test: 'tests/integration/store/replaced-file.test.ts' }
const logOutput = {
  file: 'server/log-output.ts',
  test: 'tests/faults/stopping.test.ts',
  title: 'while nobody reads the pipe',
}
const silentDatabaseTest = { test: 'tests/faults/silent-database.test.ts' }
const accountsTest = { test: 'tests/integration/admin/accounts.test.ts' }

const ownSecurity = {
  file: 'server/portal/own-security.ts',
  test: 'tests/integration/oauth/changed-password.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: 'Keys are in a file, and the database holds only a public id',
    protects: 'id_tokens, cookies, forms',
    at: ['server/keys/keys#openKeys'],
    mutants: [],
    why: 'no code writes a key to the database',
    tests: ['tests/attacks/stolen-keys.test.ts'],
  },
  {
    rule: 'A database used with one set of keys accepts no other',
    protects: 'the issuer',
    at: ['server/keys/keys#claimDatabase'],
    mutants: [
      {
        ...keys,
        find: 'if (!belongsTo(keys, mark)) throw',
        replace: 'if (mark === undefined) throw',
        title: 'F51 a copied database',
      },
      {
        ...keys,
        find: 'if ((await findKeyId(store.db)) === undefined) return',
        replace: 'if (store.db) return',
        title: 'F51 a copied database',
      },
    ],
  },
  {
    rule: 'Two configurations never share key files by default, whatever their databases are called',
    protects: 'keys, from another organization',
    at: ['server/start/database-url#basePathOf'],
    mutants: [
      {
        ...keysByConfig,
        file: 'server/start/database-url.ts',
        find: "config?.replace(/\\.json$/, '') ?? ",
        replace: '',
      },
      {
        ...keysByConfig,
        file: 'server/cli/admin/keys-command.ts',
        find: '= keys ?? defaultKeyFile(db, settings?.file)',
        replace: '= keys ?? defaultKeyFile(db)',
      },
      {
        ...keysByConfig,
        file: 'server/cli/admin/keys-command.ts',
        find: 'values.keys ?? defaultKeyFile(db, settings?.file)',
        replace: 'values.keys ?? defaultKeyFile(db)',
      },
      {
        ...keysByConfig,
        file: 'server/cli/admin/erase-command.ts',
        find: 'defaultLogKey(db, settings?.file)',
        replace: 'defaultLogKey(db)',
      },
      {
        ...keysByConfig,
        file: 'server/cli/verify/command.ts',
        find: 'defaultLogKey(db, settings?.file)',
        replace: 'defaultLogKey(db)',
      },
    ],
  },
  {
    rule: 'A rotated key stays published while needed, without its private half',
    protects: 'id_tokens',
    at: ['server/keys/key-file#addSigningKey'],
    mutants: [
      {
        ...keyFile,
        find: '(ACCESS_TOKEN_SECONDS + 300) * 1000',
        replace: '300 * 1000',
        title: 'F52 a rotated key',
      },
      {
        ...keyFile,
        find: '{ ...current, key: publicHalf(current.key) }',
        replace: '{ ...current }',
        title: 'F52 the private half',
      },
    ],
  },
  {
    rule: 'Rotations run one after another, and delete no key file in use',
    protects: 'the one set of keys',
    at: ['server/cli/admin/keys-command#rotateKeys', 'server/keys/keys#openKeys'],
    mutants: [
      {
        ...keysAtOnceTest,
        file: 'server/cli/admin/keys-command.ts',
        find: 'await lockKeys(trx)',
        replace: 'void lockKeys',
        title: 'on postgres.*F52',
      },
      {
        ...keysAtOnceTest,
        file: 'server/keys/keys.ts',
        find: 'if (isCreated && error instanceof KeysRefused)',
        replace: 'if (isCreated)',
        title: 'on sqlite.*F51',
      },
    ],
  },
  {
    rule: 'A command believes no clock that is ahead before it replaces the key file',
    protects: "the log's dates",
    at: ['server/cli/admin/keys-command#rotateKeys'],
    mutants: [
      {
        file: 'server/cli/admin/keys-command.ts',
        test: 'tests/integration/admin/clock.test.ts',
        find: 'const now = await timeOf(trx)',
        replace: 'const now = Date.now()',
        title: 'on sqlite.*T07 no command',
      },
    ],
  },
  {
    rule: "An interrupted rotation is completed by the next, never in another's database",
    protects: "the log's account of keys",
    at: [
      'server/cli/admin/keys-command#rotateKeys',
      'server/keys/key-file#belongsTo',
      'server/keys/keys#claimDatabase',
    ],
    mutants: [
      {
        ...interruptedRotationTest,
        file: 'server/keys/keys.ts',
        find: 'appendAccess(endOf(trx), access, { now: clock(), config })',
        replace: 'void [appendAccess, endOf, access, clock, config]',
        title: 'on sqlite.*the next start',
      },
      {
        ...adminKeys,
        find: 'if (isInterrupted) await use(before)',
        replace: 'if (isInterrupted && lost) await use(before)',
        title: 'on sqlite.*the next rotation',
      },
      {
        ...interruptedRotationTest,
        file: 'server/keys/key-file.ts',
        find: 'replaces === kid || ',
        replace: '(replaces === kid && false) || ',
        title: 'on sqlite.*can be repeated',
      },
      {
        ...adminKeys,
        find: 'if (before && !belongsTo(before, mark))',
        replace: 'if (before && mark === undefined)',
        title: 'on sqlite.*keys of another database',
      },
    ],
  },
  {
    rule: 'Every use of a key first checks for a new key file',
    protects: 'what a stolen key signs',
    at: ['server/keys/keys#keyring'],
    mutants: [
      {
        file: 'server/keys/keys.ts',
        test: 'tests/attacks/key-rotation.test.ts',
        find: 'if (stamp === lastStamp) {',
        replace: 'if (lastStamp !== undefined) {',
        title: 'F52 keys are rotated',
      },
      {
        file: 'server/keys/keys.ts',
        test: 'tests/integration/oauth/keys-at-once.test.ts',
        find: '      readFault = { stamp, words',
        replace: '      lastStamp = stamp\n      readFault = { stamp, words',
        title: 'on sqlite.* that could not be read once',
      },
    ],
  },
  {
    rule: '`keys rotate --compromised` ends at once what the old keys signed or sealed',
    protects: 'people, from a stolen key file',
    at: [
      'server/sign-in/visit/own-session#rowIdOf',
      'server/keys/key-file#replaceAllKeys',
      'server/keys/keys#keyring',
    ],
    covers: 'sessions, forms, page links, pending authorizations',
    mutants: [
      {
        ...keysByCompromisedKeys,
        find: 'return read().forms',
        replace: "return Buffer.from(initial.forms, 'base64url')",
        title: 'J21 .* what the old keys signed or sealed ends at once',
      },
      {
        ...keysByCompromisedKeys,
        find: 'return read().cookies',
        replace: 'return initial.cookies',
        title: 'J21 .* what the old keys signed or sealed ends at once',
      },
      {
        ...compromisedKeysTest,
        file: 'server/sign-in/visit/own-session.ts',
        find: 'formToken(Buffer.from(cookies), `session',
        replace: 'formToken(Buffer.from(cookies.slice(0, 0)), `session',
        title: 'J21 .* what the old keys signed or sealed ends at once',
      },
      {
        ...compromisedKeysTest,
        file: 'server/keys/key-file.ts',
        find: 'until: isoTime(now) },',
        replace: 'until: isoTime(now + OVERLAP) },',
        title: 'J21 .* what the old keys signed or sealed ends at once',
      },
      {
        ...compromisedKeysTest,
        file: 'server/app.ts',
        find: 'pageKey: () => keys.pages',
        replace: 'pageKey: ((key) => () => key)(keys.pages)',
        title: 'J21 .* what the old keys signed or sealed ends at once',
      },
      {
        file: 'server/sign-in/partner/partner-state.ts',
        test: 'tests/unit/oauth/partner-state.test.ts',
        find: "const sealer = () => createSealer(keys.forms, 'sign-in with another company')",
        replace:
          "const sealer = ((it) => () => it)(createSealer(keys.forms, 'sign-in with another company'))",
        title: 'J21',
      },
    ],
  },
  {
    rule: 'Tokens of Withings outlive such a rotation, sealed anew',
    protects: 'people, from signing in again',
    at: [
      'server/keys/keys#finishRotation',
      'server/sources/withings/token-sealer#resealTokens',
      'server/sources/withings/tokens#sealPair',
    ],
    mutants: [
      {
        ...tokenSealer,
        find: 'if (token === undefined) continue',
        replace: "if (token !== '') continue",
        title: 'on sqlite.*are sealed anew',
      },
      {
        ...resealedTokensTest,
        file: 'server/keys/keys.ts',
        find: 'if (current.pages === content.pages) await replaceKeyFile(file, current)',
        replace: "if (current.pages === '') await replaceKeyFile(file, current)",
        title: 'on sqlite.*are sealed anew',
      },
      {
        ...tokenSealer,
        find: 'for (const key of [pages, ...resealing]) {',
        replace: 'for (const key of [pages, ...resealing.slice(0, 0)]) {',
        title: 'on sqlite.*interrupted when the file was replaced',
      },
      {
        ...resealedTokensTest,
        file: 'server/sources/withings/tokens.ts',
        find: 'await keys.hold(trx)\n    return {',
        replace: 'return {',
        title: 'on postgres.*sealed in a transaction',
      },
      {
        ...resealedTokensTest,
        file: 'server/app.ts',
        find: 'await finishRotation(store, keyFile, resealTokens)',
        replace: 'void finishRotation',
        title: 'on sqlite.*interrupted when the database was told',
      },
    ],
  },
  {
    rule: 'Only a process with the keys of the database renews or receives tokens of Withings',
    protects: 'connections, while keys are replaced on another machine',
    at: [
      'server/keys/keys#hold',
      'server/sources/withings/tokens#beginRenewal',
      'server/sources/withings/sign-in#redeem',
      'server/sources/withings/feed#begin',
    ],
    mutants: [
      {
        ...resealedTokensTest,
        file: 'server/keys/keys.ts',
        find: 'findFault(await findKeyId(trx))',
        replace: 'findFault(undefined)',
        title: 'on sqlite.*by a process with other keys',
      },
      {
        ...resealedTokensTest,
        file: 'server/sources/withings/tokens.ts',
        find: 'await keys.hold(trx)\n      const row',
        replace: 'const row',
        title: 'on sqlite.*by a process with other keys',
      },
      {
        ...resealedTokensTest,
        file: 'server/sources/withings/tokens.ts',
        find: 'openToken(keys, row.refresh_token, found)',
        replace: 'openToken(keys, found.refresh_token, found)',
        title: 'on sqlite.*between finding them and opening them',
      },
      {
        ...resealedTokensTest,
        file: 'server/sources/withings/sign-in.ts',
        find: 'await tokens.requireKeys()',
        replace: '',
        title: 'on sqlite.*lacks the keys of --compromised',
      },
      {
        ...resealedTokensTest,
        file: 'server/sources/withings/feed.ts',
        find: 'await tokens.requireKeys()',
        replace: '',
        title: 'on sqlite.*lacks the keys of --compromised',
      },
    ],
  },
  {
    rule: 'A file with a key or the database is private from the beginning',
    protects: 'keys and records',
    at: ['server/files/private-file#narrow', 'server/store/sqlite/sqlite#openSqlite'],
    mutants: [
      {
        ...privateFilesTest,
        file: 'server/files/private-file.ts',
        find: '(mode & 0o077) === 0',
        replace: 'mode > 0',
        title: 'F50 .* when others could',
      },
      {
        ...privateFilesTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: "openSync(path, 'a', PRIVATE_MODE)",
        replace: "openSync(path, 'a')",
        title: 'when the store makes them',
      },
    ],
  },
  {
    rule: 'Until the app is ready, only `/healthz` is 200',
    protects: 'requests; monitoring',
    at: ['server/http/listen#answerUnready'],
    mutants: [
      {
        ...slowStartTest,
        file: 'server/http/listen.ts',
        find: 'isHealth ? 200 : 503',
        replace: '200',
        title: 'F53 a start.*waits for another process',
      },
    ],
  },
  {
    rule: 'Waiting for a SQLite lock never blocks the process',
    protects: "everybody's answers",
    at: ['server/store/sqlite/sqlite#connect'],
    mutants: [
      {
        ...slowStartTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: 'options: DatabaseSyncOptions = {}',
        replace: 'options: DatabaseSyncOptions = { timeout: 5_000 }',
        title: 'F53 a start.*waits for another process',
      },
    ],
  },
  {
    rule: 'A demo is served at loopback addresses only, its database only as a demo',
    protects: "other people's machines and data",
    at: ['server/demo/seed#requireNoDemo', 'server/main#readConfig'],
    mutants: [
      {
        ...main,
        find: 'if (demo && !isLoopback(requireUrl(publicUrl))) {',
        replace: 'if (demo && publicUrl === undefined) {',
        title: 'F24 .+ as a demo',
      },
      {
        ...slowStartTest,
        file: 'server/demo/seed.ts',
        find: '  if (demo)\n    throw new NotThisDemo(\n      `This database holds the demo',
        replace: "  if (demo === '')\n    throw new NotThisDemo(\n      `This database holds the demo",
        title: 'F24',
      },
    ],
  },
  {
    rule: 'Passwords, records and credentials leave this machine only encrypted',
    protects: 'records and credentials on the way',
    at: [
      'server/start/config-file#requireEncryption',
      'server/start/config-file#requirePublicUrl',
      'server/store/postgres/postgres#requireEncryption',
    ],
    mutants: [
      {
        file: 'server/start/config-file.ts',
        test: 'tests/unit/read-config.test.ts',
        find: "if (url.protocol === 'http:' && !isLoopback(url)) {",
        replace: "if (url.protocol === 'ftp:' && !isLoopback(url)) {",
        title: 'F24 .+ in clear',
      },
      {
        ...configFile,
        find: "if (source.authentication.kind !== 'none') requireEncryption(",
        replace: "if (source.authentication.kind === 'basic') requireEncryption(",
        title: 'G16 .+ travel unencrypted',
      },
      {
        ...postgres,
        find: "return isLocal || ssl || sslMode === 'disable'",
        replace: 'return Boolean(host)',
        title: 'F54',
      },
      {
        ...postgres,
        find: 'serversOf(url).every(isSafe)',
        replace: 'serversOf(url).slice(0, 1).every(isSafe)',
        title: 'F54 .*localhost,db',
      },
    ],
  },
  {
    rule: 'A secret is read only from a file closed to other users',
    protects: 'credentials',
    at: ['server/files/read-secret#requireClosed'],
    mutants: [
      {
        file: 'server/files/read-secret.ts',
        test: 'tests/unit/read-secret.test.ts',
        find: '(isHandedOver ? 0o037 : 0o077)',
        replace: '0o002',
        title: 'G16 a secret is refused',
      },
    ],
  },
  {
    rule: 'The server does not start with a secret that it cannot use',
    protects: 'the organization',
    at: ['server/main#readConfig'],
    mutants: [
      {
        ...main,
        find: 'if (settings) await requireSecrets({ ...settings, source })',
        replace: 'void requireSecrets',
        title: 'G16',
      },
    ],
  },
  {
    rule: 'A configuration in which a name occurs twice is refused',
    protects: 'the operator',
    at: ['server/start/read-json#requireTokens'],
    mutants: [
      {
        file: 'server/start/read-json.ts',
        test: 'tests/unit/cli/config-file.test.ts',
        find: 'if (inner.names.has(inner.at))',
        replace: "if (inner.at === '')",
        title: 'G16 .+ twice',
      },
    ],
  },
  {
    rule: 'A configuration contains no password of the database',
    protects: "the database's password",
    at: ['server/start/config-file#resolveDatabase'],
    mutants: [
      {
        ...configFile,
        find: 'if (url.password || ',
        replace: 'if (',
        title: 'G16 .+ db must not hold a password',
      },
    ],
  },
  {
    rule: "An import fills only a database that holds the organization's records",
    protects: 'people, from unread records',
    at: ['server/cli/import/command#runImportCommand'],
    mutants: [
      {
        ...importCommand,
        find: "if (kind !== 'embedded') {",
        replace: "if (kind === 'withings') {",
        title: 'G8',
      },
      {
        ...importCommand,
        find: 'const kind = await findSourceKind(store)',
        replace: 'const kind = command.source?.kind ?? (await findSourceKind(store))',
        title: 'G8',
      },
    ],
  },
  {
    rule: 'Only the server and an import create a database, or bring one up to date',
    protects: 'accounts; an earlier server',
    at: ['server/start/open-database#withStore'],
    mutants: [
      {
        ...database,
        find: '  await withReader(url, async () => undefined)\n  return closing(',
        replace: '  return closing(',
        title: 'says that there is none, and creates none',
      },
      {
        ...database,
        find: 'await withReader(url, async () => undefined)',
        replace: 'await requireDatabase(url)',
        title: 'T14 .* an older one',
      },
    ],
  },
  {
    rule: "A killed import leaves no database, and replaces or deletes no other's",
    protects: 'records',
    at: [
      'server/store/sqlite/fill-sqlite#fillSqlite',
      'server/store/sqlite/sqlite#removeLeftovers',
      'server/store/sqlite/sqlite#openSqlite',
    ],
    mutants: [
      {
        ...fillSqlite,
        find: '          linkSync(file, path)\n',
        replace: '          rmSync(path, { force: true })\n          linkSync(file, path)\n',
        title: 'a database that another process made meanwhile is not replaced',
      },
      {
        ...fillSqlite,
        find: '  const file = fillingFile(path)\n',
        replace: '  const file = path\n',
        title: 'a new database that an import is killed in does not exist',
      },
      {
        ...newDatabaseTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: '  removeLeftovers(path)\n',
        replace: '',
        title: 'what a killed import left',
      },
      {
        ...newDatabaseTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: 'if (!isLocked(file)) rmSync',
        replace: 'rmSync',
        title: 'what a killed import left',
      },
    ],
  },
  {
    rule: '`audit:verify` opens the database for reading alone',
    protects: 'evidence',
    at: ['server/store/postgres/postgres#readPostgres', 'server/store/sqlite/sqlite#readSqlite'],
    mutants: [
      {
        ...databaseTest,
        file: 'server/store/postgres/postgres.ts',
        find: 'set default_transaction_read_only = on',
        replace: 'set default_transaction_read_only = off',
        title: 'audit:verify on postgres .*changes nothing',
      },
      {
        ...sqlite,
        find: 'PRAGMA query_only = ON',
        replace: 'PRAGMA query_only = OFF',
        title: 'audit:verify on sqlite .*changes nothing',
      },
      {
        ...sqlite,
        find: 'readOnly: hasLog',
        replace: 'readOnly: false',
        title: 'leaves the write-ahead log of a killed server',
      },
    ],
  },
  {
    rule: "`log erase` says what will be lost, and waits for the patient's id",
    protects: 'who read a record',
    at: ['server/audit/erase/erase#findErasable', 'server/cli/admin/read-password#requireTyped'],
    mutants: [
      {
        ...eraseTest,
        file: 'server/cli/admin/read-password.ts',
        find: 'if (value?.trim() !== word)',
        replace: 'if (value === word.repeat(2))',
        title: 'on sqlite .*erases nothing if',
      },
      {
        ...eraseTest,
        file: 'server/audit/erase/erase.ts',
        find: 'return mentions > 0 ? { entries: 0, mentions } : undefined',
        replace: 'return mentions > 0 ? { entries: 0, mentions, dates: { first: 0, last: 0 } } : undefined',
        title: 'log erase, on sqlite.*J09 says so',
      },
    ],
  },
  {
    rule: 'A closed store accepts no work',
    protects: 'writes, from waiting for ever',
    at: ['server/store/sqlite/group-commit#enqueue'],
    mutants: [
      {
        ...groupCommit,
        find: 'if (isClosed) return reject(',
        replace: 'if (!isClosed) void (',
        title: 'continues committing when work',
      },
    ],
  },
  {
    rule: 'A failure between two transactions does not end the process',
    protects: 'the process',
    at: ['server/store/sqlite/group-commit#run'],
    mutants: [
      {
        ...groupCommit,
        find: 'await betweenTransactions().catch(() => undefined)',
        replace: 'await betweenTransactions()',
        title: 'continues committing when work',
      },
    ],
  },
  {
    rule: 'The entries of a work that throws are dropped with it',
    protects: 'the log',
    at: ['server/store/sqlite/group-commit#inSavepoint'],
    mutants: [
      {
        file: 'server/store/sqlite/group-commit.ts',
        test: 'tests/integration/audit/placed-at-once.test.ts',
        find: '    await connection.executeQuery(RESTORE).catch(',
        replace: '    end.include(own)\n    await connection.executeQuery(RESTORE).catch(',
        title: 'is gone if the work that recorded it throws',
      },
    ],
  },
  {
    rule: 'What root writes belongs to the owner of what it replaces, or of the folder',
    protects: 'a server that runs as another user, from keys that it cannot read',
    at: ['server/files/private-file#giveToOwner'],
    mutants: [
      {
        file: 'server/files/private-file.ts',
        find: '    await giveToOwner(handle, file)\n',
        replace: '    void giveToOwner\n',
        test: 'tests/faults/private-files.test.ts',
        title: 'root rotates the keys',
      },
    ],
  },
  {
    rule: 'A server whose keys were replaced on another machine is not ready',
    protects: 'people, from a stolen key file',
    at: ['server/app#findFault', 'server/keys/keys#keyring'],
    mutants: [
      {
        ...rotatedElsewhereTest,
        file: 'server/app.ts',
        find: 'keys.findFault(mark)',
        replace: 'keys.findFault(undefined)',
        title: 'J21 .* on sqlite',
      },
      {
        ...rotatedElsewhereTest,
        file: 'server/keys/keys.ts',
        find: '    read()\n    return readFault?.words',
        replace: '    return readFault?.words',
        title: 'J21 .* on sqlite',
      },
    ],
  },
  {
    rule: 'A key file that is missing or unreadable is a readiness warning, and nothing stops working',
    protects: 'the next start',
    at: ['server/keys/keys#stampOf', 'server/files/private-file#findUnreadable'],
    mutants: [
      {
        ...rotatedElsewhereTest,
        file: 'server/keys/keys.ts',
        find: '      readFault = undefined\n      return keys',
        replace: '      return keys',
        title: 'key files cannot be read',
      },
      {
        ...rotatedElsewhereTest,
        file: 'server/app.ts',
        find: 'keys.findReadFault() ?? (await findUnreadable(logKey.file))',
        replace: 'keys.findReadFault()',
        title: 'key files cannot be read',
      },
    ],
  },
  {
    rule: 'Readiness tries a whole entry, leaves none, and answers without the database',
    protects: 'everybody, from refused requests',
    at: ['server/readiness#tryEntry', 'server/readiness#createReadiness'],
    mutants: [
      {
        ...readyLogTest,
        file: 'server/readiness.ts',
        find: '        await tryEntry(trx)\n',
        replace: '',
        title: 'T03 .* on sqlite',
      },
      {
        ...readyLogTest,
        file: 'server/readiness.ts',
        find: '  await sql`rollback to savepoint entry`.execute(trx)\n',
        replace: '',
        title: 'T03 .* on sqlite',
      },
      {
        ...readiness,
        find: 'await store.write(async (trx) => {',
        replace: 'await Promise.resolve(store.db).then(async (trx) => {',
        title: 'T03 a server that cannot write',
      },
      {
        file: 'server/readiness.ts',
        test: 'tests/faults/full-disk.test.ts',
        find: "await putSetting(trx, 'readiness', ROOM)",
        replace: '',
        title: 'with a limit of pages',
      },
      {
        ...readiness,
        find: 'Promise.race([acting, late])',
        replace: 'late && acting',
        title: 'T03 it answers within',
      },
      {
        ...readiness,
        find: 'if (latest && (isActing || now - latest.at < ACT_INTERVAL)) return latest.answer',
        replace: '',
        title: 'T03 it acts once',
      },
    ],
  },
  {
    rule: 'A server whose database files were replaced writes no more, and is not alive',
    protects: 'answers in deleted files',
    at: ['server/app#createApp', 'server/store/sqlite/sqlite#sameFiles', 'server/store/sqlite/sqlite#sync'],
    mutants: [
      {
        ...replacedFileTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: 'of opened)',
        replace: 'of opened.slice(0, 1))',
        title: 'T04 .* lost its write-ahead log',
      },
      {
        ...replacedFileTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: '    requireSameFiles()\n',
        replace: '',
        title: 'T04 .* was replaced',
      },
      { ...app, find: 'isLost = true', replace: 'isLost = false', title: 'T04' },
    ],
  },
  {
    rule: '`/readyz` says why: a full disk, a log key that cannot be stored',
    protects: 'the operator',
    at: ['server/app#findFault', 'server/app#findWarning'],
    mutants: [
      {
        ...app,
        find: "if (keyFault !== undefined) return notReady('log-key-unusable', keyFault)",
        replace: '',
        title: 'T03 a log key',
      },
      { ...app, find: 'if (low)\n        return', replace: 'if (!low)\n        return', title: 'F37' },
    ],
  },
  {
    rule: 'A server whose PostgreSQL refuses further connections is not ready, until it takes one',
    protects: 'requests; the operator',
    at: ['server/readiness#createReadiness', 'server/store/postgres/watch-connects#watchConnects'],
    mutants: [
      {
        ...readyConnectionsTest,
        file: 'server/readiness.ts',
        find: 'if (connectFault) return unreadyBy(connectFault)',
        replace: '',
        title: 'T03 .*nologin',
      },
      {
        ...readyConnectionsTest,
        file: 'server/store/postgres/watch-connects.ts',
        find: 'isRefused ||= !isForLack(error)',
        replace: 'isRefused = true',
        title: 'T03 .*connection limit',
      },
      {
        ...readyConnectionsTest,
        file: 'server/store/postgres/watch-connects.ts',
        find: 'const failure = fail(error)',
        replace: 'const failure = new NotConnected(error)',
        title: 'T03 .*nologin',
      },
      {
        file: 'server/store/store.ts',
        test: 'tests/long/store/ready.test.ts',
        find: "if (code === 'XX000' && message?.includes('No space left on device')) return 'full'",
        replace: '',
        title: 'T03 .*store-full',
      },
    ],
  },
  {
    rule: 'With a password file of PostgreSQL, too, a server writes nothing but its log',
    protects: 'whatever reads the log, a JSON object a line',
    at: ['server/store/postgres/password-file-client#PasswordFileClient'],
    mutants: [
      {
        ...passwordFileTest,
        file: 'server/store/postgres/password-file-client.ts',
        find: 'if (!this.password) Object.assign(this, { password: readPassword })',
        replace: '',
      },
      {
        ...passwordFileTest,
        file: 'server/store/postgres/postgres.ts',
        find: ', Client: PasswordFileClient }',
        replace: ' }',
      },
    ],
  },
  {
    rule: 'A field of a line of the log has at most 4,000 characters',
    protects: 'the disk, from what another server says',
    at: ['server/log-output#boundedLine'],
    mutants: [
      {
        file: 'server/log-output.ts',
        find: 'add(boundedLine(line))',
        replace: 'add(line)',
        test: 'tests/integration/upstream/other-base.test.ts',
        title: 'is cut in the log',
      },
      {
        file: 'server/log-output.ts',
        find: 'const text = typeof value === ',
        replace: "if (typeof value === 'object') return value\n    const text = typeof value === ",
        test: 'tests/unit/log-output.test.ts',
        title: 'many texts',
      },
    ],
  },
  {
    rule: 'A server that stops gives running requests 3 s, and then cuts them off',
    protects: 'requests that run, and the restart',
    at: ['server/http/listen#listen', 'server/sources/withings/create-withings#createWithings'],
    mutants: [
      {
        file: 'server/http/listen.ts',
        find: '    await Promise.race([ended, sleep(TO_FINISH, undefined, { ref: false })])\n',
        replace: '    void [TO_FINISH]\n',
        test: 'tests/faults/stopping.test.ts',
        title: 'finishes a request',
      },
      {
        file: 'server/http/listen.ts',
        find: '    setTimeout(cut, TO_FAIL).unref()\n',
        replace: '    void [cut, TO_FAIL]\n',
        test: 'tests/faults/stopping.test.ts',
        title: 'cuts off a request',
      },
      {
        file: 'server/sources/withings/create-withings.ts',
        find: '      setTimeout(client.end, LONGEST_FAREWELL).unref()\n',
        replace: '      void LONGEST_FAREWELL\n',
        test: 'tests/long/withings/feed.test.ts',
        title: 'does not wait for Withings',
      },
    ],
  },
  {
    rule: 'A process that ends writes the lines that wait, for half a second at most',
    protects: 'the lines that say why it ended',
    at: ['server/log-output#openOutput'],
    mutants: [
      {
        file: 'server/log-output.ts',
        find: "process.on('exit', ",
        replace: "process.on('beforeExit', ",
        test: 'tests/unit/log-output.test.ts',
        title: 'after an error',
      },
      {
        file: 'server/log-output.ts',
        find: 'bytes > 0 && performance.now() < deadline',
        replace: 'bytes > 0',
        test: 'tests/unit/log-output.test.ts',
        title: 'although nobody reads',
      },
    ],
  },
  {
    rule: 'A server never waits for its output, and drops lines beyond 0.5 MB that wait',
    protects: 'answers and the end, while a log disk is full or nobody reads the pipe',
    at: ['server/log-output#openOutput'],
    mutants: [
      { ...logOutput, find: 'if (bytes < MOST_WAITING) ', replace: 'if (bytes >= 0) ' },
      { ...logOutput, find: '} catch {', replace: '} finally {', title: 'on a full disk' },
    ],
  },
  {
    rule: 'Silent connections to PostgreSQL are replaced, unless their statement runs',
    protects: "everybody's requests",
    at: ['server/store/postgres/postgres#preparePool', 'server/store/postgres/watched-client#constructor'],
    mutants: [
      {
        ...silentDatabaseTest,
        file: 'server/store/postgres/postgres.ts',
        find: 'if (error instanceof Silent || isStandby) replace(itsPool)',
        replace: 'if (isStandby) replace(itsPool)',
        title: 'T01 .*one read says so',
      },
      {
        ...silentDatabaseTest,
        file: 'server/store/postgres/watched-client.ts',
        find: 'if (this.owed === 0) return',
        replace: 'if (this.owed >= 0) return',
        title: 'T01 .*one read says so',
      },
    ],
  },
  {
    rule: 'The database server that takes writes is used, then the next',
    protects: "everybody's requests; entries",
    at: ['server/store/postgres/postgres#preparePool'],
    mutants: [
      { ...postgresByPostgresServers, find: '    at++\n', replace: '', title: 'T12 .*also after a failover' },
      {
        ...postgresByPostgresServers,
        find: 'await requireWritable(client)',
        replace: 'void requireWritable',
        title: 'T12 .*also after a failover',
      },
      {
        ...postgresByPostgresServers,
        find: 'left <= 1 || !isOfServer(error)',
        replace: 'left <= 1',
        title: 'T12 .*all in use',
      },
    ],
  },
  {
    rule: 'A database from before the first release is refused by name',
    protects: 'the operator',
    at: ['server/store/tables/migrate#refusalOf'],
    mutants: [
      {
        ...databaseTest,
        file: 'server/store/tables/migrate.ts',
        find: 'names.includes(FIRST)',
        replace: 'names.length > 0',
        title: 'T14 .* one from before',
      },
    ],
  },
  {
    rule: 'Migrations have no time limit',
    protects: 'large databases',
    at: ['server/store/postgres/postgres#withoutLimit'],
    mutants: [
      {
        file: 'server/store/postgres/postgres.ts',
        test: 'tests/integration/store/contract.test.ts',
        find: 'preparePool(url, { max: 1, types: { getTypeParser: typeParser }, ...options })',
        replace:
          'preparePool(url, { max: 1, types: { getTypeParser: typeParser }, ...options, statement_timeout: 30_000 })',
        title: 'F54',
      },
    ],
  },
  {
    rule: 'No package runs anything when npm installs it',
    protects: 'the machine that builds',
    at: ['scripts/setup#install'],
    mutants: [
      {
        file: 'scripts/setup.mjs',
        test: 'tests/unit/lockfile.test.ts',
        find: "['ci', '--ignore-scripts', '--no-audit'",
        replace: "['ci', '--no-audit'",
        title: 'F56 .+ runs nothing',
      },
    ],
  },
  {
    rule: 'A password link is spent once, for the account as it was then',
    protects: 'accounts',
    at: ['server/grants/accounts#boundRecords', 'server/sign-in/password/password-link#spendPasswordLink'],
    mutants: [
      {
        file: 'server/sign-in/password/own-password.ts',
        test: 'tests/attacks/password-links.test.ts',
        find: ".where('generation', '=', generation)",
        replace: ".where('id', '=', id)",
        title: 'P06 when 12 browsers',
      },
      {
        ...accountsTest,
        file: 'server/grants/accounts.ts',
        find: ".onRef('account.generation', '=', 'record.account_generation')",
        replace: ".onRef('account.id', '=', 'record.account_id')",
        title: 'on sqlite.*a disabled person',
      },
    ],
  },
  {
    rule: 'Unsuitable passwords at one link fill no log',
    protects: 'the log; the disk',
    at: ['server/portal/password-link-routes#tried'],
    mutants: [
      {
        file: 'server/portal/password-link-routes.ts',
        test: 'tests/attacks/password-links.test.ts',
        find: "'wait' in tried ? 'too_many_attempts' : 'unsuitable_password'",
        replace: "'unsuitable_password'",
        title: 'P06 unsuitable passwords beyond ten',
      },
    ],
  },
  {
    rule: 'A new password is not easy to guess, nor a known name',
    protects: 'accounts',
    at: [
      'server/sign-in/password/password#findPasswordFault',
      'server/portal/password-link-routes#fault',
      'server/portal/own-security#fault',
    ],
    mutants: [
      {
        ...accountsTest,
        file: 'server/sign-in/password/password.ts',
        find: "isGuessablePassword(password, names) ? 'guessable' : undefined",
        replace: 'undefined',
        title: 'on sqlite.*an invited person can choose',
      },
      {
        ...accountsTest,
        file: 'server/portal/password-link-routes.ts',
        find: '[link.username, config.organization.name]',
        replace: '[link.username]',
        title: 'on sqlite.*an invited person can choose',
      },
      {
        ...ownSecurity,
        find: '[username, config.organization.name]',
        replace: '[username]',
        title: 'on sqlite.*is held to the rules',
      },
    ],
  },
  {
    rule: 'A password is changed with the current one, which counts as a guess at the sign-in',
    protects: 'somebody who left a browser open',
    at: ['server/portal/own-security#ownSecurity'],
    mutants: [
      {
        ...ownSecurity,
        find: "if (!('account' in result)) {",
        replace: "if (!('account' in result) && result.reason !== 'wrong_password') {",
        title: 'on sqlite.*guesses at the current one',
      },
      {
        ...ownSecurity,
        find: 'address: request.ip, device }',
        replace: 'address: request.ip }',
        title: 'on sqlite.*guesses at the current one',
      },
    ],
  },
  {
    rule: 'A changed password ends what was open before, in this browser as well',
    protects: 'somebody who had another sign-in, or their cookie',
    at: ['server/portal/own-security#ownSecurity', 'server/sign-in/password/own-password#setPassword'],
    mutants: [
      {
        ...ownSecurity,
        file: 'server/sign-in/password/own-password.ts',
        find: ".where('generation', '=', generation)",
        replace: ".where('id', '=', id)",
        title: 'on sqlite.*in two tabs at once',
      },
    ],
  },
  {
    rule: 'An account without a password has none to change',
    protects: 'accounts of people who sign in with another company',
    at: ['server/sign-in/password/own-password#findPasswordName'],
    mutants: [
      {
        ...ownSecurity,
        file: 'server/sign-in/password/own-password.ts',
        find: 'row && !hasNoPassword(row.password_hash) ? row.username : undefined',
        replace: 'row?.username',
        title: 'on sqlite.*needs one',
      },
    ],
  },
  {
    rule: 'No password is hashed before its link is known to be valid',
    protects: 'the hashing workers',
    at: ['server/portal/password-link-routes#passwordLinkRoutes'],
    mutants: [],
    why: 'a mutant would have to move code, not to remove it',
    tests: ['tests/attacks/password-links.test.ts'],
  },
  {
    rule: 'A change of an account at the terminal is logged in its transaction',
    protects: 'the log',
    at: ['server/cli/admin/users-command#change'],
    mutants: [
      {
        ...accountsTest,
        file: 'server/cli/admin/users-command.ts',
        find: "await logChange(trx, config, { kind: 'account', details }, account.patient)",
        replace: 'void [logChange, details]',
        title: 'on sqlite.*a reset',
      },
    ],
  },
  {
    rule: 'A restore replaces nothing before the backup is checked, nor while another program has the database open',
    protects: 'the records and the log that stand',
    at: [
      'server/store/sqlite/copy-sqlite#restoreSqlite',
      'server/store/postgres/dump-postgres#restorePostgres',
      'server/cli/admin/restore-command#requireSound',
    ],
    mutants: [
      {
        ...backupTest,
        file: 'server/store/sqlite/copy-sqlite.ts',
        find: '  await checkCopy(copy, check)\n  mkdirSync',
        replace: '  mkdirSync',
        title: 'on sqlite.*that is damaged',
      },
      {
        ...backupTest,
        file: 'server/store/sqlite/copy-sqlite.ts',
        find: 'if (existsSync(path)) removeLog(path)',
        replace: 'void [existsSync, removeLog]',
        title: 'on sqlite.*replaces what stands only when',
      },
      {
        ...backupTest,
        file: 'server/cli/admin/restore-command.ts',
        find: '(await hashOf(join(folder, BACKUP.database))) !== manifest.sha256',
        replace: '(await hashOf(join(folder, BACKUP.database))) === ""',
        title: 'on sqlite.*that is damaged',
      },
    ],
  },
  {
    rule: 'A restore that loses entries of the log needs an option of its own, and the log records it',
    protects: 'the access log',
    at: ['server/cli/admin/restore-command#restore', 'server/cli/admin/restore-command#logSetBack'],
    mutants: [
      {
        ...backupTest,
        file: 'server/cli/admin/restore-command.ts',
        find: 'if (isBehind && !acceptRollback)',
        replace: 'if (isBehind && acceptRollback && !replace)',
        title: 'on sqlite.*replaces what stands only when',
      },
      {
        ...backupTest,
        file: 'server/cli/admin/restore-command.ts',
        find: 'if (isBehind) await logSetBack(db, own.logKey)',
        replace: 'void logSetBack',
        title: 'on sqlite.*replaces what stands only when',
      },
    ],
  },
  {
    rule: 'A metric names the pattern of an address, never the address, and no person or application',
    protects: 'records and people, from whoever watches the server',
    at: ['server/app#createApp', 'server/metrics/metrics#createMetrics'],
    mutants: [
      {
        file: 'server/app.ts',
        test: 'tests/long/admin/metrics.test.ts',
        find: 'async ({ method, routeOptions }, { statusCode: status, elapsedTime }) =>\n      metrics.answered({ route: routeOptions.url,',
        replace:
          'async ({ method, url }, { statusCode: status, elapsedTime }) =>\n      metrics.answered({ route: url,',
        title: 'O2 what a server does is measured, on sqlite',
      },
    ],
  },
  {
    rule: "Only the permissions of Carekey's own files are narrowed",
    protects: "other programs' files",
    at: ['server/files/private-file#narrowFile'],
    mutants: [],
    why: 'the rule is what the code does not do',
    tests: ['tests/faults/unusable-database.test.ts'],
  },
]
