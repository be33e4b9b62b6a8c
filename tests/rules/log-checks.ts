import type { Rule } from '../mutation/rule.ts'

const storedEvent = {
  file: 'server/audit/entry/stored-event.ts',
  test: 'tests/thorough/log-bytes.test.ts',
}
const verifyCheckpoints = {
  file: 'server/audit/verify/verify-checkpoints.ts',
  test: 'tests/integration/audit/rewritten-log.test.ts',
}
const watchLog = {
  file: 'server/audit/verify/watch-log.ts',
  test: 'tests/long/audit/checked-log.test.ts',
}
const verifyCommand = {
  file: 'server/cli/verify/command.ts',
  test: 'tests/integration/audit/verify.test.ts',
}
const accessLog = {
  file: 'server/audit/open-log.ts',
  test: 'tests/integration/audit/kept-away-checks.test.ts',
}
const checkpoint = {
  file: 'server/audit/checkpoint/checkpoint.ts',
  test: 'tests/unit/audit/checkpoint-notes.test.ts',
}
const checkLogTest = { test: 'tests/unit/extension/check-log.test.ts' }
const changedLogTest = { test: 'tests/long/store/changed-log.test.ts' }
const checkedLogTest = { test: 'tests/long/audit/checked-log.test.ts' }
const unreadableRowsTest = { test: 'tests/long/audit/unreadable-rows.test.ts' }
const oddValuesTest = { test: 'tests/long/audit/odd-values.test.ts' }
const strayRowsTest = {
  test: 'tests/integration/audit/stray-rows.test.ts',
}
const replacedTablesTest = { test: 'tests/integration/audit/replaced-tables.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'An entry is read only in canonical JSON, and so are answers with proofs',
    protects: 'who read the record',
    at: [
      'extension/access-log/proof/log-answers#readJson',
      'extension/access-log/proof/log-leaf#leafOf',
      'server/audit/entry/stored-event#openEvent',
    ],
    covers: 'both programs',
    mutants: [
      {
        file: 'server/audit/entry/stored-event.ts',
        test: 'tests/unit/audit/stored-event.test.ts',
        find: 'if (canonicalJson(event) !== json)',
        replace: "if (json === '')",
        title: 'J07 .*is not read in another spelling',
      },
      {
        file: 'extension/access-log/proof/log-leaf.ts',
        test: 'tests/integration/extension/proven-log.test.ts',
        find: '  if (text !== canonicalJson(event)) return undefined\n',
        replace: '',
        title: 'J07',
      },
      {
        ...checkLogTest,
        file: 'extension/access-log/proof/log-answers.ts',
        find: 'isObject(value) && JSON.stringify(value) === text ? value : undefined',
        replace: 'isObject(value) ? value : undefined',
        title: 'J07',
      },
      {
        ...storedEvent,
        find: 'if (canonicalJson(event) !== json)',
        replace: "if (json === '')",
        title: 'J07 .* audit:verify .* on sqlite',
      },
      {
        ...storedEvent,
        find: 'if (canonicalJson(event) !== json)',
        replace: "if (json === '')",
        title: 'J07 .* 5,000 other spellings',
      },
      {
        file: 'extension/access-log/proof/log-leaf.ts',
        test: 'tests/thorough/log-bytes.test.ts',
        find: '  if (text !== canonicalJson(event)) return undefined\n',
        replace: '',
        title: 'J07 .* 5,000 other spellings',
      },
      {
        file: 'server/fhir/log/search-log.ts',
        test: 'tests/attacks/log-bytes.test.ts',
        find: 'for await (const [{ id, json }] of openEvents(rows))',
        replace: 'for (const { id, json } of rows)',
        title: 'J07',
      },
    ],
  },
  {
    rule: "What excuses a fault is signed with the log's key, at its place",
    protects: 'dates, erasures, checkpoints',
    at: [
      'extension/access-log/proof/check-log#prove',
      'extension/access-log/proof/log-signature#isSigned',
      'server/audit/checkpoint/signed-entry#requireSigned',
    ],
    mutants: [
      {
        ...verifyCheckpoints,
        find: "columnsOf(event).subtype === 'rollback' && isSigned(event, index, key)",
        replace: "columnsOf(event).subtype === 'rollback'",
        title: 'on sqlite.*J06',
      },
      {
        ...checkLogTest,
        file: 'extension/access-log/proof/check-log.ts',
        find: '  await requireSigned(events, proofs, key, giveWay)\n',
        replace: '',
        title: 'J06 raises an alarm',
      },
      {
        file: 'server/audit/verify/verify-erasures.ts',
        test: 'tests/integration/audit/erasure.test.ts',
        find: 'isLogged && isCredible(event, place, key)',
        replace: 'isLogged',
        title: 'on sqlite.*J06 raises an alarm if the erasure',
      },
      {
        file: 'extension/access-log/proof/log-erasure.ts',
        test: 'tests/unit/extension/erased-entries.test.ts',
        find: ' || !(await isSigned(event, proof.index, key))',
        replace: '',
        title: 'J06',
      },
      {
        file: 'server/audit/checkpoint/signed-entry.ts',
        test: 'tests/unit/audit/signed-entry.test.ts',
        find: 'place}\\n$',
        replace: '0}\\n$',
        title: 'J06 .* counts at its place',
      },
      {
        file: 'server/audit/verify/verify-entries.ts',
        test: 'tests/integration/audit/excuses.test.ts',
        find: 'if (row.salt !== null) requireSigned(event, index, key)',
        replace: 'if (row.salt !== null) void key',
        title: 'on sqlite.*accepts the clock',
      },
      {
        ...checkLogTest,
        file: 'extension/access-log/proof/log-signature.ts',
        find: "valueString === 'clock_accepted'",
        replace: 'valueString !== undefined',
        title: 'F73.*operator set the clock back',
      },
    ],
  },
  {
    rule: 'After a fault nothing is signed and the server is not ready, until accepted',
    protects: 'the log',
    at: ['server/app#findFault', 'server/audit/open-log#fault', 'server/audit/verify/watch-log#checkFrom'],
    mutants: [
      {
        ...watchLog,
        find: 'await inTurn(() => storeChecked(file, key, NOTHING)).catch(onFault)',
        replace: 'await inTurn(() => storeChecked(file, key, NOTHING))',
        title: 'on sqlite .*goes on with what was added',
      },
      {
        ...watchLog,
        find: '      await inTurn(() => storeChecked(file, key, NOTHING)).catch(onFault)\n',
        replace: '',
        title: 'on sqlite.*finds an entry that was edited',
      },
      {
        ...changedLogTest,
        file: 'server/app.ts',
        find: 'if (fault !== undefined) return',
        replace: "if (fault === '') return",
        title: 'D07',
      },
      {
        ...changedLogTest,
        file: 'server/audit/open-log.ts',
        find: '      return await work()\n',
        replace: '      const done = await work()\n      changed = undefined\n      return done\n',
        title: 'D07',
      },
      {
        ...checkedLogTest,
        file: 'server/audit/verify/verify-worker.ts',
        find: '(await findRollbacks(reader.db, key))[0]?.index ?? 0',
        replace: '0',
        title: 'on sqlite.*goes on once the operator',
      },
    ],
  },
  {
    rule: 'Another key than the one that signed is accepted only by its own word',
    protects: 'the log, from a wrong key',
    at: ['server/audit/open-log-key#requireAccepted'],
    mutants: [
      {
        file: 'server/audit/open-log-key.ts',
        test: 'tests/integration/audit/lost-log-key.test.ts',
        find: 'if (isKey ? isLost : acceptRollback) return',
        replace: 'if (acceptRollback || isLost) return',
        title: 'D07 .* on sqlite',
      },
    ],
  },
  {
    rule: 'Before a new key took the place of a lost one, no signature is compared; from there on, each is',
    protects: 'the check of a log whose key was lost',
    at: [
      'server/audit/checkpoint/signed-entry#isCredible',
      'server/audit/verify/verify-checkpoints#findRollbacks',
    ],
    mutants: [
      {
        file: 'server/audit/checkpoint/signed-entry.ts',
        test: 'tests/integration/audit/lost-log-key.test.ts',
        find: 'place < since || isSigned(event, place, key)',
        replace: 'isSigned(event, place, key)',
        title: 'D07 .* on sqlite',
      },
      {
        file: 'server/audit/verify/verify-log.ts',
        test: 'tests/integration/audit/lost-log-key.test.ts',
        find: 'rollbacks.find(({ isNewKey }) => isNewKey)',
        replace: 'rollbacks[0]',
        title: 'D07 .* on sqlite',
      },
      {
        file: 'server/audit/verify/verify-log.ts',
        test: 'tests/integration/audit/lost-log-key.test.ts',
        find: 'newKey?.index ?? 0 }',
        replace: 'size }',
        title: 'D07 .* on sqlite',
      },
    ],
  },
  {
    rule: 'A start reads the entries since the last check, and later the whole log',
    protects: 'entries that were changed',
    at: [
      'server/audit/checkpoint/log-key#findChecked',
      'server/audit/open-log-key#findFault',
      'server/audit/verify/watch-log#watchLog',
    ],
    mutants: [
      {
        ...checkedLogTest,
        file: 'server/audit/open-log-key.ts',
        find: 'const fault = checked && (await',
        replace: 'const fault = checked && checked.size < 0 && (await',
        title: 'on sqlite.*is not ready at once .* edited',
      },
      {
        ...watchLog,
        find: 'setInterval(whole.run, DAY)',
        replace: 'setInterval(() => undefined, DAY)',
        title: 'on sqlite.*and with the whole log, every day',
      },
      {
        ...watchLog,
        find: 'setTimeout(whole.run, SOON)',
        replace: 'setTimeout(() => added.run(), SOON)',
        title: 'on sqlite.*finds an entry that was edited',
      },
      {
        ...checkedLogTest,
        file: 'server/audit/checkpoint/log-key.ts',
        find: 'openCheckpoint(note, key, CHECKED)',
        replace: 'openCheckpoint(note, key)',
        title: 'on sqlite.*does not take a checkpoint',
      },
    ],
  },
  {
    rule: 'Whatever makes a check fail is a fault of the log, named by its row',
    protects: 'every check, from planted rows',
    at: [
      'server/audit/open-log-key#findDifference',
      'server/audit/verify/verify-aside#verifyAside',
      'server/store/store#isOfContent',
    ],
    mutants: [
      {
        ...unreadableRowsTest,
        file: 'server/audit/open-log-key.ts',
        find: "const fault = faultOfReading(error, 'the log')",
        replace: 'const fault = error',
        title: 'a stored tree that is a text',
      },
      {
        ...unreadableRowsTest,
        file: 'server/audit/verify/verify-aside.ts',
        find: "signal.aborted || begun[0] === 0 ? error : faultOfReading(error, 'the log')",
        replace: 'error',
        title: 'a version of the schema that nobody made',
      },
      {
        ...oddValuesTest,
        file: 'server/store/store.ts',
        find: "return typeof code === 'string' && OF_CONTENT.test(code)",
        replace: 'return false',
        title: 'audit_leaf, count',
      },
      {
        ...unreadableRowsTest,
        file: 'server/store/store.ts',
        find: 'return !STATES.has(errcode & 0xff)',
        replace: 'return false',
        title: 'a table that is gone',
      },
      {
        ...oddValuesTest,
        file: 'server/audit/verify/verify-log.ts',
        find: "throw faultOfReading(error, 'the log')",
        replace: 'throw error',
        title: 'audit_leaf, seq',
      },
      {
        ...unreadableRowsTest,
        file: 'server/audit/verify/verify-entries.ts',
        find: 'throw faultOfReading(error, nameOf(row))',
        replace: 'throw error',
        title: 'an entry that is an empty object is named',
      },
    ],
  },
  {
    rule: 'The log is checked only in its own tables: no views, policies or rules',
    protects: 'people, from a shorter log',
    at: ['server/audit/verify/verify-log#readLog', 'server/audit/verify/verify-tables#postgresTables'],
    mutants: [
      {
        ...replacedTablesTest,
        file: 'server/audit/verify/verify-log.ts',
        find: '  if (replaced) throw replaced\n',
        replace: '',
        title: 'on sqlite.*a view',
      },
      {
        ...replacedTablesTest,
        file: 'server/audit/verify/verify-tables.ts',
        find: ' and not (relrowsecurity or relhasrules or relhassubclass)',
        replace: '',
        title: 'on postgres.*a policy',
      },
    ],
  },
  {
    rule: 'Every entry has a number that lists of the log reach',
    protects: 'people, from hidden entries',
    at: ['server/audit/entry/entry-limits#parseNumber', 'server/audit/verify/verify-rows#STRAY'],
    mutants: [
      {
        file: 'server/audit/verify/verify-rows.ts',
        test: 'tests/integration/audit/verify.test.ts',
        find: 'or seq > ',
        replace: 'or seq < -',
        title: 'on sqlite.*D05 an entry that was moved out of every list',
      },
      {
        file: 'server/audit/entry/entry-limits.ts',
        test: 'tests/unit/audit/entry-number.test.ts',
        find: 'number > LARGEST_NUMBER',
        replace: 'number >= LARGEST_NUMBER',
        title: 'every number',
      },
    ],
  },
  {
    rule: 'Every checkpoint in the database is opened',
    protects: 'the log; the start of a server',
    at: ['server/audit/verify/verify-rows#STRAY', 'server/audit/verify/verify-checkpoints#openStored'],
    mutants: [
      {
        file: 'server/audit/verify/verify-rows.ts',
        test: 'tests/integration/audit/verify.test.ts',
        find: 'or not (size between 0 and ',
        replace: 'or (size between -1 and -',
        title: 'on sqlite.*D06 a checkpoint is found whose size',
      },
    ],
  },
  {
    rule: "Rows that somebody else put into the log's tables stop nothing, and are named",
    protects: 'the log; true numbers',
    at: [
      'server/audit/verify/verify-rows#STRAY',
      'server/audit/write/sequencer#queuedEntries',
      'server/audit/tree/patient-counts#countEntries',
      'server/audit/tree/stored-tree#findTiles',
      'server/audit/erase/log-erasure#logErasure',
    ],
    covers: 'each table of the log',
    mutants: [
      {
        ...strayRowsTest,
        file: 'server/audit/verify/verify-log.ts',
        find: '  await verifyRows(db, from)\n',
        replace: '',
        title: 'on sqlite.*J08 in audit_queue, an entry that has its place',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/write/sequencer.ts',
        find: ".whereRef('audit_leaf.seq', '=', 'audit_queue.seq'),",
        replace: ".where('audit_leaf.seq', '<', 0),",
        title: 'on sqlite.*J08 in audit_queue, an entry that has its place',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/tree/patient-counts.ts',
        find: 'isLost ? await correctCount(trx, patient, more) : entries - more',
        replace: 'entries - more',
        title: 'on sqlite.*J08 in audit_patient, a count that is gone',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/tree/patient-counts.ts',
        find: 'const isLost = entries - more < newest',
        replace: 'const isLost = entries - more !== newest',
        title: 'on sqlite.*J08 in audit_patient, a count that is too high',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/verify/verify-places.ts',
        find: "leftJoin('audit_patient'",
        replace: "innerJoin('audit_patient'",
        title: 'on sqlite.*J08 in audit_patient, a count that is gone',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/tree/stored-tree.ts',
        find: 'if (level > 0 || hashes.length === TILE_WIDTH * HASH)',
        replace: 'if (level >= 0)',
        title: 'on sqlite.*J08 in audit_tile, a tile of leaves that is not full',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/erase/log-erasure.ts',
        find: "conflict.column('seq').doUpdateSet",
        replace: "conflict.column('nonce').doUpdateSet",
        title: 'on sqlite.*J08 in audit_erasure',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/open-log.ts',
        find: '    await removeStrayRows(trx)\n',
        replace: '',
        title: 'on sqlite.*J08 in audit_tile, a tile above the tree',
      },
      {
        ...strayRowsTest,
        file: 'server/audit/verify/verify-rows.ts',
        find: '    if (level > 0 && index >= 0) await rebuildTile(',
        replace: '    if (level > 1 && index >= 0) await rebuildTile(',
        title: 'on sqlite.*J08 a tile above the leaves',
      },
    ],
  },
  {
    rule: 'An entry with a number has a patient, also if it was erased',
    protects: "a patient's list",
    at: ['server/audit/verify/verify-places#verifyNumbers'],
    mutants: [
      {
        file: 'server/audit/verify/verify-places.ts',
        test: 'tests/integration/audit/hidden-entry.test.ts',
        find: "  if (hidden)\n    throw new Finding(\n      'edited',",
        replace: "  if (hidden?.id === '')\n    throw new Finding(\n      'edited',",
        title: 'on sqlite.*is missed',
      },
    ],
  },
  {
    rule: 'Without the key, a checkpoint or a signature, no log passes a check',
    protects: 'whoever checks a copy',
    at: ['server/audit/verify/verify-log#readLog', 'server/cli/verify/command#runVerifyCommand'],
    mutants: [
      {
        ...verifyCommand,
        find: 'log.entries > 0 && log.unsigned === log.entries',
        replace: 'false',
        title: 'on sqlite.*D06 of a copy',
      },
      {
        file: 'server/audit/verify/verify-log.ts',
        test: 'tests/integration/audit/rewritten-log.test.ts',
        find: 'size > 0 && checkpoints === 0',
        replace: 'size < 0 && checkpoints === 0',
        title: 'on sqlite.*D06 is not valid',
      },
      {
        ...verifyCommand,
        find: 'key && verifyLog(reader.db, key,',
        replace: 'verifyLog(reader.db, key as never,',
        title: 'on sqlite.*D06 without the key',
      },
    ],
  },
  {
    rule: 'An operator who calls the log an older copy leaves an entry, whatever the server can tell',
    protects: 'the log, restored elsewhere',
    at: ['server/audit/open-log-key#openLogKey'],
    mutants: [
      {
        file: 'server/audit/open-log-key.ts',
        test: 'tests/integration/audit/set-back-log.test.ts',
        find: 'logKey.acceptRollback ? accepted(fault) : undefined',
        replace: 'logKey.acceptRollback && fault ? accepted(fault) : undefined',
        title: 'D07 .*older copy.* on sqlite',
      },
    ],
  },
  {
    rule: 'A copy that one server accepted is named to the others, which need not accept it again',
    protects: 'the log, from a second setting back',
    at: ['server/audit/open-log-key#requireAccepted'],
    mutants: [
      {
        file: 'server/audit/open-log-key.ts',
        test: 'tests/integration/audit/set-back-log.test.ts',
        find: 'existing && (await lastAcceptedAt(store.db, existing))',
        replace: 'undefined',
        title: 'D07 after one server',
      },
    ],
  },
  {
    rule: 'A rollback has an entry with a place, which states what it leaves behind',
    protects: 'the log',
    at: ['server/audit/verify/verify-checkpoints#findRollbacks'],
    mutants: [
      {
        file: 'server/audit/verify/verify-checkpoints.ts',
        test: 'tests/integration/audit/set-back-log.test.ts',
        find: 'Number(detailOf(event, LAST_CHECKPOINT) ?? 0)',
        replace: '0',
        title: 'D07 .* on sqlite',
      },
    ],
  },
  {
    rule: 'A node of the tree is computed from two hashes of 32 bytes',
    protects: 'the root',
    at: ['server/audit/tree/tree#nodeHash'],
    mutants: [
      {
        file: 'server/audit/tree/tree.ts',
        test: 'tests/unit/audit/tree.test.ts',
        find: "if (left.length !== HASH || right.length !== HASH) throw new TypeError('A hash has 32 bytes.')",
        replace: '',
        title: 'J08 .* 32 bytes',
      },
    ],
  },
  {
    rule: 'A connection that was refused says nothing about the log, whatever its error is',
    protects: 'the service, from a false alarm that stays',
    at: ['server/store/store#NotConnected', 'server/store/postgres/watch-connects#watchConnects'],
    mutants: [
      {
        file: 'server/store/postgres/postgres.ts',
        test: 'tests/integration/audit/kept-away-checks.test.ts',
        find: 'throw connects.fail(error)',
        replace: 'throw new StoreUnavailable(error)',
        title: 'J08 a log whose checks .* taken away',
      },
    ],
  },
  {
    rule: 'A check that cannot begin says nothing about the log',
    protects: 'the service, from a false alarm that stays',
    at: ['server/audit/verify/verify-aside#verifyAside'],
    mutants: [
      {
        file: 'server/audit/verify/verify-aside.ts',
        test: 'tests/integration/audit/machine-at-its-limit.test.ts',
        find: ' || begun[0] === 0',
        replace: '',
        title: 'J08 a check that can open no more files',
      },
      {
        ...unreadableRowsTest,
        file: 'server/audit/verify/verify-worker.ts',
        find: 'begun[0] = 1',
        replace: '',
        title: 'a version of the schema that nobody made',
      },
    ],
  },
  {
    rule: 'If checks have not succeeded for too long, nothing is signed',
    protects: 'entries, from hindered checks',
    at: ['server/audit/open-log#delay', 'server/audit/verify/watch-log#LONGEST'],
    mutants: [
      {
        file: 'server/audit/verify/watch-log.ts',
        test: 'tests/integration/audit/kept-away-checks.test.ts',
        find: 'whole: 2 * DAY',
        replace: 'whole: Number.POSITIVE_INFINITY',
        title: 'J08 a check of what is new .* on sqlite',
      },
      {
        ...accessLog,
        find: 'if (overdue !== undefined) return overdue',
        replace: "if (overdue === '') return overdue",
        title: 'J08 a log whose checks',
      },
      { ...accessLog, find: '    watch?.requireChecked()\n', replace: '', title: 'J08 nothing is signed' },
    ],
  },
  {
    rule: 'What waits for a place is checked every minute',
    protects: 'entries of ended processes',
    at: ['server/audit/verify/watch-log#createCheck'],
    mutants: [
      {
        ...watchLog,
        find: 'return before ? checkFrom(before, before.size)',
        replace:
          'return before && before.size < (newestSigned()?.size ?? 0) ? checkFrom(before, before.size)',
        title: 'on sqlite.*goes on with what was added',
      },
    ],
  },
  {
    rule: 'A check with `--from` goes on from what the last sound one wrote',
    protects: 'entries that no check reads',
    at: ['server/cli/verify/command#runVerifyCommand'],
    mutants: [
      {
        ...verifyCommand,
        find: 'await replacePrivateFile(from, log.confirmed)',
        replace: 'void replacePrivateFile',
        title: 'on sqlite.*T10 where the file',
      },
      {
        ...verifyCommand,
        file: 'server/audit/verify/verify-log.ts',
        find: 'confirmed = note ?? confirmed',
        replace: 'confirmed ??= note',
        title: 'on sqlite.*T10 what an earlier check has read',
      },
    ],
  },
  {
    rule: 'A note has one spelling, few signatures, and only valid ones by the key',
    protects: 'agreement of server and browser',
    at: ['extension/access-log/proof/log-checkpoint#splitNote', 'server/audit/checkpoint/checkpoint'],
    mutants: [
      {
        ...checkpoint,
        find: 'signatures.every(',
        replace: 'signatures.some(',
        title: 'with a second signature',
      },
      {
        ...checkpoint,
        find: 'if (all.length > MOST_SIGNATURES)',
        replace: 'if (all.length > 1000)',
        title: 'with 17 signatures',
      },
      {
        ...checkpoint,
        find: "return bytes.toString('base64') === text ? bytes : undefined",
        replace: 'return bytes',
        title: 'with a root spelled in another way',
      },
      {
        file: 'extension/access-log/proof/log-checkpoint.ts',
        test: 'tests/unit/audit/checkpoint-notes.test.ts',
        find: ' || controlCharacters.test(note)',
        replace: '',
        title: 'with CR in its origin',
      },
      {
        ...checkpoint,
        find: " || (size === '0' && !hash.equals(joinSubtrees([])))",
        replace: '',
        title: 'of no entry with another root',
      },
      {
        ...checkpoint,
        find: ' || !Number.isSafeInteger(Number(size))',
        replace: '',
        title: 'of 2.53 entries',
      },
    ],
  },
]
