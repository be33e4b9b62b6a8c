import type { Rule } from '../mutation/rule.ts'

const recorder = {
  file: 'server/audit/write/recorder.ts',
  test: 'tests/integration/audit/recorder.test.ts',
}
const appendSigned = {
  file: 'server/audit/checkpoint/append-signed.ts',
  test: 'tests/integration/audit/dated-erasures.test.ts',
}
const engineTransaction = {
  file: 'server/oauth/engine/engine-transaction.ts',
  test: 'tests/integration/oauth/refresh-again.test.ts',
}
const sequencer = {
  file: 'server/audit/write/sequencer.ts',
  test: 'tests/long/audit/unplaced-entries.test.ts',
}
const ownLog = {
  file: 'server/portal/own-log.ts',
  test: 'tests/attacks/log-downloads.test.ts',
}
const accessLog = {
  file: 'server/audit/open-log.ts',
  test: 'tests/integration/audit/rewritten-log.test.ts',
}
const checkWritten = {
  file: 'server/audit/verify/check-written.ts',
  test: 'tests/long/audit/unplaced-entries.test.ts',
}
const groupCommitTest = { test: 'tests/unit/store/group-commit.test.ts' }
const placedAtOnceTest = { test: 'tests/integration/audit/placed-at-once.test.ts' }
const unplacedEntriesTest = {
  test: 'tests/long/audit/unplaced-entries.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: 'A change and its entries are one transaction',
    protects: 'the log',
    at: ['server/audit/write/recorder#record'],
    mutants: [
      {
        ...recorder,
        find: '    await store.write(async (trx) => {\n      await work(trx)\n',
        replace: '    await store.write(work)\n    await store.write(async (trx) => {\n',
        title: 'on sqlite.*no change whose entry',
      },
    ],
  },
  {
    rule: 'What is dated takes its time in its own transaction, after what it waited for',
    protects: "the log's dates",
    at: [
      'server/audit/checkpoint/append-signed#appendSigned',
      'server/audit/checkpoint/append-signed#writeInTurn',
      'server/audit/write/gather-refusals#gather',
    ],
    mutants: [
      {
        ...recorder,
        find: '      await work(trx)\n      appendAll(endOf(trx), all, clock())',
        replace: '      const now = clock()\n      await work(trx)\n      appendAll(endOf(trx), all, now)',
        title: 'dated after whatever',
      },
      {
        ...appendSigned,
        find: 'await timeIn(trx, clock)',
        replace: 'await timeIn(trx, () => 0)',
        title: 'J09 .*on sqlite.*dates each part',
      },
      {
        file: 'server/audit/write/gather-refusals.ts',
        test: 'tests/attacks/strangers.test.ts',
        find: '    { now: endOf(trx).date(clock()), config },\n',
        replace: '    { now: minute + MINUTE, config },\n',
        title: 'F32 .* each dated',
      },
      {
        ...engineTransaction,
        find: '            await write(trx)\n            // Dated only now, because a write may wait for others.\n            await recorder.append(trx, access)',
        replace: '            await settleAll([write(trx), recorder.append(trx, access)])',
        title: 'J06 .* on postgres',
      },
      {
        ...groupCommitTest,
        file: 'server/store/postgres/share-commits.ts',
        find: '    waiting.push({ addRows, result })',
        replace:
          '    const own = rowsOf(addRows, 0)\n    waiting.push({ addRows: (end) => end.include(own), result })',
        title: 'J06 .*PostgreSQL',
      },
      {
        ...groupCommitTest,
        file: 'server/store/sqlite/group-commit.ts',
        find: 'enqueue({ addRows }),',
        replace:
          'enqueue({ addRows: ((own) => (end: LastWrites) => end.include(own))(rowsOf(addRows, 0)) }),',
        title: 'J06 .*SQLite',
      },
      {
        ...appendSigned,
        find: 'await timeIn(trx, clock)',
        replace: 'clock()',
        title: 'J09 .*on sqlite.*whose clock is ahead',
      },
      {
        ...appendSigned,
        find: 'await takeTurnLast(trx)',
        replace: '',
        title: 'J09 .*on sqlite.*does not overtake',
      },
    ],
  },
  {
    rule: 'Of two requests that disconnect a connection at once, one is a success in the log',
    protects: 'the log',
    at: ['server/oauth/terms/grants#endGrant', 'server/portal/account#endGrants'],
    mutants: [
      {
        file: 'server/oauth/terms/grants.ts',
        test: 'tests/faults/disconnected-at-once.test.ts',
        find: '  return numUpdatedRows > 0n\n}\n\ninterface StoredClient',
        replace: '  return numUpdatedRows >= 0n\n}\n\ninterface StoredClient',
        title: 'J10',
      },
    ],
  },
  {
    rule: 'A refresh is judged at one time, and spends or replaces nothing if it fails',
    protects: 'a session; the log',
    at: [
      'server/oauth/engine/engine-transaction#installTransaction',
      'server/oauth/engine/engine-transaction#settle',
    ],
    mutants: [
      {
        ...engineTransaction,
        find: '(await replay(work.usedAt))',
        replace: '(await replay(clock() - GRACE))',
        title: 'on sqlite .*when the ten seconds end',
      },
      {
        ...engineTransaction,
        find: 'work.lost.size > 0 && reason === undefined && !isFailure && ',
        replace: 'work.lost.size > 0 && ',
        title: 'on sqlite .*scope that is too wide',
      },
      {
        ...engineTransaction,
        find: 'refresh && isFailure && !endedGrant ? applyProofs : applyWrites',
        replace: "refresh?.token === '' ? applyProofs : applyWrites",
        title: 'on sqlite .*after a request that failed',
      },
    ],
  },
  {
    rule: 'Every entry gets a place in its order, whatever rows the queue holds',
    protects: 'the log',
    at: [
      'server/audit/write/sequencer#queuedEntries',
      'server/audit/write/write-entries#writeEntries',
      'server/store/tables/dialect#queueEntries',
    ],
    mutants: [
      {
        ...placedAtOnceTest,
        file: 'server/store/tables/dialect.ts',
        find: 'when not exists (select 1 from audit_leaf where audit_leaf.seq = new.seq)',
        replace: 'when new.seq is null',
        title: 'is queued if it is written without a place',
      },
      {
        ...placedAtOnceTest,
        file: 'server/audit/write/write-entries.ts',
        find: 'if (!log || (log.last_event ?? 0) > (log.last_leaf ?? 0)) {',
        replace: 'if (!log) {',
        title: 'waits behind entries',
      },
      {
        ...sequencer,
        find: ".whereRef('audit_event.seq', '=', 'audit_queue.seq'),",
        replace: '.limit(1),',
        title: 'on sqlite.*J08 is not held back',
      },
    ],
  },
  {
    rule: 'The tree in memory changes only once the commit is durable',
    protects: "the tree's hashes",
    at: ['server/audit/tree/place-entries#placeEntries'],
    mutants: [
      {
        ...placedAtOnceTest,
        file: 'server/audit/tree/place-entries.ts',
        find: 'endOf(trx).afterCommit(() => knownTrees.set(adapter, tree))',
        replace: 'knownTrees.set(adapter, tree)',
        title: 'of a commit that failed',
      },
    ],
  },
  {
    rule: 'Placing takes one batch of the queue before it joins other tables',
    protects: "the server's time",
    at: ['server/audit/write/sequencer#waitingEntries'],
    mutants: [
      {
        file: 'server/audit/write/sequencer.ts',
        test: 'tests/attacks/log-backlog.test.ts',
        project: 'attacks-postgres',
        find: "queuedEntries(db).orderBy('audit_queue.seq').limit(sql.lit(BATCH)).as('next')",
        replace: "queuedEntries(db).as('next')",
        title: 'F61 finds a batch',
      },
    ],
  },
  {
    rule: 'A person has one download of their log, and downloads share a signature',
    protects: 'other downloads; checkpoints',
    at: ['server/audit/open-log#placeAndSign', 'server/portal/own-log#ownLog'],
    mutants: [
      { ...ownLog, find: 'downloading.add(id)', replace: '', title: 'D09 one person has' },
      { ...ownLog, find: '{ exposeHeadRoute: false },', replace: '', title: 'D09 there is no HEAD' },
      {
        ...ownLog,
        find: 'finished(file, end)',
        replace: "file.once('end', end)",
        title: 'D09 a download whose reader',
      },
      {
        file: 'server/audit/open-log.ts',
        test: 'tests/integration/audit/shared-signature.test.ts',
        find: 'if (nextRun) return nextRun',
        replace: '',
        title: 'D09 is shared',
      },
    ],
  },
  {
    rule: 'Before a checkpoint only entries that already waited are placed',
    protects: 'the checkpoint every 5 seconds',
    at: ['server/audit/write/sequencer#drain'],
    mutants: [
      {
        file: 'server/audit/write/sequencer.ts',
        test: 'tests/attacks/log-backlog.test.ts',
        find: 'if (count < BATCH || highest >= end) return',
        replace: 'if (count < BATCH) return',
        title: 'F61 places the entries',
      },
    ],
  },
  {
    rule: "A request that waited in vain for a SQLite file's lock does not wait again",
    protects: 'memory',
    at: ['server/store/sqlite/group-commit#commitGroup'],
    mutants: [
      {
        file: 'server/store/sqlite/group-commit.ts',
        test: 'tests/long/store/locked-file.test.ts',
        find: 'waiting.splice(0, early)',
        replace: 'waiting.splice(0, Math.min(early, MOST_WORKS))',
        title: 'waited for the lock',
      },
    ],
  },
  {
    rule: 'The server gives each request an id of its own',
    protects: 'the log, from requests that look alike',
    at: ['server/errors#nameRequest'],
    mutants: [
      {
        file: 'server/errors.ts',
        test: 'tests/attacks/request-names.test.ts',
        find: 'const serverName = randomUUID()',
        replace: "const serverName = 'one'",
        title: 'F33 three requests',
      },
    ],
  },
  {
    rule: 'A log is signed and served only with everything signed or placed before',
    protects: 'the log; browsers',
    at: [
      'server/audit/open-log#requireNewest',
      'server/audit/checkpoint/kept-checkpoints#signLog',
      'server/audit/tree/place-entries#placedTree',
    ],
    mutants: [
      {
        file: 'server/audit/checkpoint/kept-checkpoints.ts',
        test: 'tests/integration/audit/rewritten-log.test.ts',
        find: 'for (const checkpoint of [before, outsideCheckpoint])',
        replace: 'for (const checkpoint of [before])',
        title: 'on sqlite.*D06 is not signed where an entry was edited and the checkpoints deleted',
      },
      {
        ...unplacedEntriesTest,
        file: 'server/audit/checkpoint/kept-checkpoints.ts',
        find: '    await requirePlaced(trx)\n',
        replace: '',
        title: 'on sqlite.*J06 .* leaf was changed',
      },
      {
        ...unplacedEntriesTest,
        file: 'server/audit/tree/place-entries.ts',
        find: 'if (!isContained) lostTrees.add(adapter)',
        replace: 'void isContained',
        title: 'on sqlite.*J06 .* leaf was deleted',
      },
      {
        ...accessLog,
        find: 'if (signed && stored.size < signed.size)',
        replace: 'if (false)',
        title: 'on sqlite.*D06 serves no checkpoint while',
      },
    ],
  },
  {
    rule: 'A process remembers its entries until they have their place',
    protects: 'entries not yet signed',
    at: [
      'server/audit/open-log#makeRoom',
      'server/audit/verify/check-written#checkWritten',
      'server/audit/write/sequencer#leavesOf',
    ],
    mutants: [
      {
        ...accessLog,
        find: 'await trackFaults(async () => requireNewest(stored, signed))',
        replace: '{ note: stored } as Checkpoint',
        title: 'on sqlite.*D06 serves no checkpoint that',
      },
      {
        ...checkWritten,
        find: 'if (!row) throw',
        replace: 'if (!row) continue\n      if (row.id === undefined) throw',
        title: 'on sqlite.*deleted with its row',
      },
      {
        ...checkWritten,
        find: 'if (row.queued !== null) continue',
        replace: 'if (row.queued !== 0) continue',
        title: 'on sqlite.*taken out of the queue',
      },
      {
        ...unplacedEntriesTest,
        file: 'server/audit/write/written-entries.ts',
        find: 'return this.#entries.size >= MOST',
        replace: 'return this.#entries.size < 0',
        title: 'on sqlite.*is not written if its server could not',
      },
      {
        ...unplacedEntriesTest,
        file: 'server/audit/open-log.ts',
        find: 'if (fault() === undefined) await sequencer.drain(1)',
        replace: '',
        title: 'on sqlite.*is not written if its server could not',
      },
      {
        ...sequencer,
        find: '  const known = waiting.map(',
        replace:
          '  setImmediate(() => waiting.forEach(({ id }) => unplaced?.forget(id)))\n  const known = waiting.map(',
        title: 'on sqlite.*edited while placing it failed',
      },
      {
        ...checkWritten,
        find: 'if (!Buffer.from(row.hash).equals(hash(row.count)))',
        replace: 'if (row.hash.length === 0)',
        title: 'on sqlite.*placed something else',
      },
    ],
  },
  {
    rule: 'If a server signs nothing for 45 seconds, it is not ready and says so',
    protects: 'entries not yet signed',
    at: ['server/app#findFault', 'server/audit/open-log#delay'],
    mutants: [
      {
        ...unplacedEntriesTest,
        file: 'server/audit/open-log.ts',
        find: 'if (sentence !== undefined && !isLate) onDelay(sentence)',
        replace: 'void onDelay',
        title: 'on sqlite.*is reported if',
      },
      {
        ...unplacedEntriesTest,
        file: 'server/app.ts',
        find: 'if (delay !== undefined) return',
        replace: "if (delay === '') return",
        title: 'on sqlite.*makes its server not ready',
      },
    ],
  },
  {
    rule: 'The operator is told which database error refused a request or an import',
    protects: 'the operator',
    at: ['server/cli/import/command#runImportCommand', 'server/errors#faultOf'],
    mutants: [
      {
        file: 'server/errors.ts',
        test: 'tests/attacks/audit-failure.test.ts',
        find: '...(cause && {',
        replace: '...(false && {',
        title: 'a refresh',
      },
      {
        file: 'server/cli/import/command.ts',
        test: 'tests/integration/import/stopped.test.ts',
        find: 'error instanceof StoreUnavailable ? (error.cause ?? error) : error',
        replace: 'error instanceof StoreUnavailable ? error : error',
        title: 'says why',
      },
    ],
  },
  {
    rule: 'The operator is told once an hour when a disk is nearly full',
    protects: 'the service',
    at: ['server/store/watch-disk#check'],
    mutants: [
      {
        file: 'server/store/watch-disk.ts',
        test: 'tests/unit/audit/watch-disk.test.ts',
        find: 'if (!low || clock() - warnedAt < WARN_INTERVAL) return',
        replace: 'if (!low || warnedAt > 0) return',
        title: 'F37',
      },
    ],
  },
]
