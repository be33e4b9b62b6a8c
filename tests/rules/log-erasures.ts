import type { Rule } from '../mutation/rule.ts'

const logErasure = {
  file: 'extension/access-log/proof/log-erasure.ts',
  test: 'tests/unit/extension/erased-entries.test.ts',
}
const verifyErasures = {
  file: 'server/audit/verify/verify-erasures.ts',
  test: 'tests/integration/audit/erasure.test.ts',
}
const mentionPlaces = {
  file: 'server/audit/erase/mention-places.ts',
  test: 'tests/integration/audit/own-words.test.ts',
}
const signedEntry = {
  file: 'server/audit/checkpoint/signed-entry.ts',
  test: 'tests/integration/audit/own-words.test.ts',
}
const mentions = {
  file: 'server/audit/erase/mentions.ts',
  test: 'tests/integration/audit/erased-canaries.test.ts',
}
const mentionPlacesByErasedCanaries = {
  file: 'server/audit/erase/mention-places.ts',
  test: 'tests/integration/audit/erased-canaries.test.ts',
}
const postgres = {
  file: 'server/store/postgres/postgres.ts',
  test: 'tests/long/audit/erased-traces.test.ts',
}
const erase = {
  file: 'server/audit/erase/erase.ts',
  test: 'tests/long/audit/continued-erasure.test.ts',
}
const checkpointWorker = {
  file: 'server/store/sqlite/checkpoint-worker.ts',
  test: 'tests/long/store/wipe.test.ts',
}
const reconcile = {
  file: 'extension/access-log/own/reconcile.ts',
  test: 'tests/unit/extension/reconcile.test.ts',
}
const erasedCanariesTest = { test: 'tests/integration/audit/erased-canaries.test.ts' }
const erasedCanariesInThorough = { test: 'tests/thorough/erased-canaries.test.ts' }
const erasedTracesTest = { test: 'tests/long/audit/erased-traces.test.ts' }
const continuedErasureTest = {
  test: 'tests/long/audit/continued-erasure.test.ts',
}
const erasedWithAnotherTest = {
  test: 'tests/integration/audit/erased-with-another.test.ts',
}
const erasedPersonTest = { test: 'tests/attacks/erased-person.test.ts' }
const wipeTest = { test: 'tests/long/store/wipe.test.ts' }
const unreadableRowsTest = { test: 'tests/long/audit/unreadable-rows.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'An entry without its salt is erased only if an intact erasure commits to it',
    protects: 'names, from vanishing unseen',
    at: ['extension/access-log/proof/log-erasure', 'server/audit/verify/verify-erasures#require'],
    mutants: [
      {
        ...logErasure,
        find: 'erasure && commitment && erasure.commitments.has(commitment) && erasure.index > proof.index',
        replace: 'erasure && commitment && erasure.index > proof.index',
        title: 'F30 .* if the erasure is about',
      },
      {
        ...verifyErasures,
        find: 'commitments?.has(commitmentOf(row.nonce, entry.index)) &&',
        replace: 'commitments &&',
        title: 'on sqlite.*is an alarm where its nonce shows nothing',
      },
      {
        ...verifyErasures,
        find: 'row.place > entry.index',
        replace: 'row.place >= 0',
        title: 'on sqlite.*raises an alarm if only',
      },
      {
        ...logErasure,
        find: "if ((await verifyInclusion({ ...proof, leaf, size, root })) !== 'proven') return undefined",
        replace: 'await verifyInclusion({ ...proof, leaf, size, root })',
        title: 'when the erasure was edited',
      },
      {
        file: 'extension/access-log/proof/log-erasure.ts',
        test: 'tests/long/extension/hidden-accesses.test.ts',
        find: '!proof?.salt || proof.count !== 1',
        replace: 'proof?.count !== 1',
        title: 'is no new beginning',
      },
    ],
  },
  {
    rule: 'An erasure has its place before anybody can see what it erased',
    protects: 'the check, from a false alarm',
    at: ['server/audit/erase/log-erasure#logErasure'],
    mutants: [],
    why: 'a mutant would have to split one transaction',
    tests: ['tests/integration/audit/erasure.test.ts'],
  },
  {
    rule: 'An erasure reveals a place only with its nonce, and names no patient',
    protects: "other patients' entries",
    at: ['server/audit/erase/log-erasure', 'server/audit/checkpoint/proven-entries'],
    mutants: [],
    why: 'the entry has no member for a patient, nor a place without its nonce',
    tests: ['tests/integration/audit/erasure.test.ts'],
  },
  {
    rule: 'What the server and the organization say mentions nobody',
    protects: "everybody's entries, from chosen names",
    at: ['server/audit/erase/mention-places#placesOf'],
    covers: 'codes, scopes, reasons, names, addresses',
    mutants: [
      {
        ...mentionPlaces,
        find: '.map((scope) => limitsIn(scope))',
        replace: "\n      .map((scope = '') => scope)",
        title: 'on sqlite.*J09 whose id is openid',
      },
      {
        ...mentionPlaces,
        find: "...valuesOf('account'),",
        replace: '...details.map(({ valueString }) => valueString),',
        title: 'on sqlite.*J09 whose id is zed or password',
      },
      {
        ...mentionPlaces,
        find: 'names: valuesIn(search, NAME_PARAMETERS)',
        replace: 'names: text',
        title: 'on sqlite.*J09 who calls themselves Vital',
      },
      {
        ...mentionPlaces,
        find: '.map((reference) => ({ reference })),',
        replace: '.map((reference) => ({ names: reference })),',
        title: 'on sqlite.*J09 who calls themselves Practitioner',
      },
    ],
  },
  {
    rule: 'No erasure takes an entry about the log itself',
    protects: 'the log',
    at: [
      'server/audit/erase/erase#mentioning',
      'server/audit/checkpoint/signed-entry#LOG_KINDS',
      'server/audit/verify/verify-entries#verifyRow',
    ],
    mutants: [
      {
        ...signedEntry,
        find: "['clock', 'erasure', 'rollback']",
        replace: "['erasure', 'rollback']",
        title: 'on sqlite.*J09 whose id is the seconds',
      },
      {
        ...signedEntry,
        find: "['clock', 'erasure', 'rollback']",
        replace: "['clock', 'erasure']",
        title: 'on sqlite.*J09 .* accepts a rollback',
      },
      {
        file: 'server/audit/verify/verify-entries.ts',
        test: 'tests/integration/audit/erasure.test.ts',
        find: 'else if (isAboutLog(event))',
        replace: 'else if (!event)',
        title: 'on sqlite.*J09 raises an alarm if it was about the log',
      },
      {
        file: 'server/audit/erase/erase.ts',
        test: 'tests/integration/audit/own-words.test.ts',
        find: "      .where('subtype', 'not in', LOG_KINDS)\n      .orderBy('seq')",
        replace: "      .orderBy('seq')",
        title: 'F30 .*on sqlite.*whose record number stands',
      },
    ],
  },
  {
    rule: 'Every text of an entry may be personal, except its codes, times and organization',
    protects: 'personal values',
    at: ['extension/access-log/proof/log-leaf#impersonal', 'server/audit/entry/leaf#KEPT'],
    mutants: [
      {
        ...erasedCanariesTest,
        file: 'server/audit/entry/leaf.ts',
        find: 'detail: { type: true }',
        replace: 'detail: true',
        title: 'J09 .* on sqlite.* nothing .* about them',
      },
      {
        ...erasedCanariesInThorough,
        file: 'server/audit/entry/leaf.ts',
        find: '  entity: { detail: { type: true }, role: true, type: true },\n',
        replace: '  entity: { detail: true, role: true, type: true },\n',
        title: 'J09 .* on sqlite',
      },
      {
        file: 'extension/access-log/proof/log-leaf.ts',
        test: 'tests/unit/extension/log-leaf.test.ts',
        find: '(Object.hasOwn(inside, name) && inside[name]) || nothing',
        replace: '(Object.hasOwn(inside, name) && inside[name]) || impersonal',
        title: 'hides every text',
      },
    ],
  },
  {
    rule: 'A list of the log names nobody who was erased, whoever took its entries',
    protects: 'ids of patients',
    at: ['server/audit/erase/erase#hasErased', 'server/audit/erase/erase#renamePatient'],
    mutants: [
      {
        ...erasedWithAnotherTest,
        file: 'server/audit/erase/erase.ts',
        find: '!(await hasErased(trx, patient))',
        replace: 'patient',
        title: 'J09 .* on sqlite.* account: true',
      },
      {
        ...erasedWithAnotherTest,
        file: 'server/audit/erase/erase.ts',
        find: '.where((eb) => isOwn(eb, person.patient))\n',
        replace: ".where((eb) => isOwn(eb, person.patient))\n    .where('salt', 'is not', null)\n",
        title: 'J09 .* on sqlite.* account: false',
      },
      {
        ...erasedWithAnotherTest,
        file: 'server/audit/erase/erase.ts',
        find: '  await markUnwiped(trx)\n  if (entries.length === 0) return 0\n',
        replace: '  if (entries.length === 0) return 0\n  await markUnwiped(trx)\n',
        title: 'J09 .* on sqlite.* account: false',
      },
    ],
  },
  {
    rule: 'An erasure reaches every committed entry that mentions the person, and its columns',
    protects: "the person's values",
    at: [
      'server/audit/entry/columns#erasedColumns',
      'server/audit/erase/erase#erasePerson',
      'server/audit/erase/erase#mentioning',
    ],
    mutants: [
      {
        file: 'server/audit/erase/erase.ts',
        test: 'tests/integration/audit/late-entries.test.ts',
        find: 'of [0, size])',
        replace: 'of [0, size].slice(0, 1))',
        title: 'J09 .* on sqlite',
      },
      {
        ...erasedCanariesTest,
        file: 'server/audit/entry/columns.ts',
        find: '({ ...ERASED, json, salt: null })',
        replace: '({ agent: null, client_id: null, json, salt: null })',
        title: 'J09 .* on sqlite.* nothing .* about them',
      },
      {
        ...erasedCanariesTest,
        file: 'server/audit/erase/erase.ts',
        find: 'others.filter(({ json, patient }) => isMentioned(json, patient))',
        replace: 'others.filter(() => false)',
        title: 'J09 .* on sqlite.* nothing .* about somebody else',
      },
      {
        ...mentions,
        find: 'if (DATE.test(value)) return',
        replace: "if (value === '') return",
        title: 'J09 .*on sqlite.*a birth date is found with a prefix',
      },
      {
        ...erasedCanariesInThorough,
        file: 'server/audit/erase/mentions.ts',
        find: "holdsName(place.names ?? '')",
        replace: 'false',
        title: 'J09 .* on sqlite',
      },
      {
        ...mentionPlacesByErasedCanaries,
        find: "parameter.kind === 'string' ||",
        replace: '',
        title: 'J09 .*on sqlite.*every parameter',
      },
    ],
  },
  {
    rule: 'No entry keeps a value by which somebody else might be known, or an erasure finds it',
    protects: "the person's values",
    at: [
      'server/audit/erase/mention-places#placesOf',
      'server/fhir/log/logged-query#loggedValueOf',
      'server/fhir/search/named-patients#knownPatients',
    ],
    covers: "a relative's number, a birth date compared with, a number typed as an id or a code",
    mutants: [
      {
        ...erasedPersonTest,
        file: 'server/fhir/log/logged-query.ts',
        find: '!TYPES_BY_PATIENT.includes(type) || ',
        replace: '',
        title: 'RelatedPerson.identifier',
      },
      {
        ...erasedPersonTest,
        file: 'server/fhir/log/logged-query.ts',
        find: ' || isComparison(filter)',
        replace: '',
        title: 'Patient.birthdate=ne',
      },
      {
        ...erasedPersonTest,
        file: 'server/fhir/search/named-patients.ts',
        find: '(known.has(id) || (isPatient && isElsewhere))',
        replace: '(known.has(id) || isPatient)',
        title: 'Patient._id=MRN',
      },
      {
        ...erasedPersonTest,
        file: 'server/fhir/log/search-log.ts',
        find: 'compartments, isElsewhere)',
        replace: 'compartments, true)',
        title: 'AuditEvent.patient=MRN',
      },
      {
        ...erasedPersonTest,
        file: 'server/audit/erase/mention-places.ts',
        find: 'numbers: text, names: text })),\n    ...texts(accounts)',
        replace: 'names: text })),\n    ...texts(accounts)',
        title: 'Patient/MRN-777123$',
      },
      {
        ...erasedPersonTest,
        file: 'server/audit/erase/mention-places.ts',
        find: 'numbers: text, names: text })),\n    ...texts(accounts)',
        replace: 'numbers: text })),\n    ...texts(accounts)',
        title: 'Patient/Quentin',
      },
      {
        ...erasedPersonTest,
        file: 'server/audit/erase/mention-places.ts',
        find: ', numbers: valuesIn(search, CODE_PARAMETERS)',
        replace: '',
        title: 'code=MRN',
      },
    ],
  },
  {
    rule: 'A reference, id or number mentions only whom it stands for, whatever its letters',
    protects: 'entries of others',
    at: ['server/audit/erase/mention-places#placesOf', 'server/audit/erase/mentions'],
    mutants: [
      {
        ...mentionPlacesByErasedCanaries,
        find: '.map((reference) => ({ reference }))',
        replace: ".map((reference) => ({ ids: reference.replace(/.*\\//, '') }))",
        title: 'J09 .* on sqlite.*1001 is another person',
      },
      {
        ...mentions,
        find: '(?:\\b[A-Z][A-Za-z]+\\/)?',
        replace: '(?:Patient\\/)?',
        title: 'J09 .* on sqlite.*1001 is another person',
      },
      {
        ...mentionPlaces,
        find: '    ...texts(references).map(',
        replace:
          '    ...texts(agent.map(({ who }) => who?.display)).map((text) => ({ ids: text })),\n    ...texts(references).map(',
        title: 'on sqlite.*J09 .* or of the server’s own',
      },
      {
        ...mentionPlacesByErasedCanaries,
        find: '.map((account) => ({ account }))',
        replace: '.map((account) => ({ ids: account }))',
        title: 'J09 .* on sqlite.*1001 is another person',
      },
      {
        ...mentions,
        find: 'longIds.map(fold)',
        replace: 'longIds',
        title: 'J09 .* on sqlite.*the id PAT0012345 is found',
      },
      {
        ...mentions,
        find: "folded.replace(CODES, ' ')",
        replace: 'folded',
        title: 'J09 .* on sqlite.*a short id is not found in a UUID',
      },
      {
        ...mentions,
        find: 'folded, id, WORD)',
        replace: 'folded, id, innerOf(id))',
        title: 'J09 .* on sqlite.*the id zed99 is found',
      },
      {
        ...mentions,
        find: 'value.length < SHORTEST_IN_CODES',
        replace: 'value.length < 0',
        title: 'J09 .*on sqlite.*a short number is not found',
      },
    ],
  },
  {
    rule: 'Erased values leave every file and statistic, or the command says so',
    protects: 'values in freed pages',
    at: [
      'server/cli/admin/erase-command#wipe',
      'server/store/sqlite/checkpoint-worker#wipe',
      'server/store/postgres/postgres#rewriteTables',
    ],
    mutants: [
      {
        ...erasedTracesTest,
        file: 'server/cli/admin/erase-command.ts',
        find: 'await wipeMarked(store)',
        replace: '',
        title: 'F30 .* on sqlite',
      },
      {
        ...erasedTracesTest,
        file: 'server/store/sqlite/checkpoint-worker.ts',
        find: 'VACUUM; PRAGMA',
        replace: 'PRAGMA',
        title: 'F30 .* on sqlite',
      },
      {
        ...postgres,
        find: 'vacuum (full, analyze, verbose)',
        replace: 'vacuum (full, verbose)',
        title: 'J09 .* remain in no statistics',
      },
      {
        ...postgres,
        find: "await rewrite('pg_catalog.pg_statistic', '0')",
        replace: '',
        title: 'J09 .* remain in no statistics',
      },
      {
        ...postgres,
        find: "if ((kept ?? ifSkipped) === '0') return",
        replace: 'if (kept !== undefined || ifSkipped) return',
        title: 'J09 log erase fails .* on postgres from setting',
      },
      {
        ...postgres,
        find: 'lock_timeout: LOCK_TIMEOUT, onConnect',
        replace: 'onConnect',
        title: 'J09 log erase fails .* on postgres from audit_event',
      },
    ],
  },
  {
    rule: 'An interrupted erasure is finished by the next call',
    protects: 'erased values, from staying',
    at: [
      'server/audit/erase/erase#erasePerson',
      'server/cli/admin/erase-command#confirm',
      'server/audit/erase/erase#wipeMarked',
    ],
    mutants: [
      {
        ...erase,
        find: 'entries.length > MOST_ERASED',
        replace: 'entries.length >= MOST_ERASED',
        title: 'on sqlite .* as many entries',
      },
      {
        ...continuedErasureTest,
        file: 'server/audit/erase/erase.ts',
        find: ".where('value', '=', mark)",
        replace: '',
        title: 'on sqlite.* of another process',
      },
      {
        ...erase,
        find: '  await markUnwiped(trx)\n',
        replace: '',
        title: 'on sqlite.* is finished by a call for somebody else',
      },
      {
        ...erase,
        find: "eb('subtype', '=', 'erasure'), 'desc'",
        replace: "eb('subtype', '=', 'erasure'), 'asc'",
        title: 'on sqlite .* one more, the notice',
      },
      {
        ...continuedErasureTest,
        file: 'server/cli/admin/erase-command.ts',
        find: 'if (!erasable && isUnfinished) return\n',
        replace: '\n',
        title: 'on sqlite.* is finished by a call for somebody else',
      },
    ],
  },
  {
    rule: 'Temporary files of SQLite lie in the folder of the database',
    protects: 'the database, from other disks',
    at: ['server/store/sqlite/sqlite#openFile'],
    mutants: [
      {
        ...wipeTest,
        file: 'server/store/sqlite/sqlite.ts',
        find: '  process.env.SQLITE_TMPDIR ??= dirname(path)\n',
        replace: '',
        title: 'J09 what SQLite sorts',
      },
    ],
  },
  {
    rule: 'A SQLite file counts as rewritten only if its log was emptied',
    protects: 'deleted values',
    at: ['server/store/sqlite/checkpoint-aside#runInWorker', 'server/store/sqlite/checkpoint-worker#wipe'],
    mutants: [
      {
        ...checkpointWorker,
        find: 'if (busy === 0) return',
        replace: 'if (busy >= 0) return',
        title: 'still holds them while another process reads',
      },
      {
        ...checkpointWorker,
        find: 'if (log >= 0) throw',
        replace: 'throw',
        title: 'while another process moves its log',
      },
      {
        ...wipeTest,
        file: 'server/store/sqlite/checkpoint-aside.ts',
        find: 'const run = last.then(() => send(message))',
        replace: 'const run = send(message)',
        title: 'a checkpoint runs before it',
      },
    ],
  },
  {
    rule: 'An erasure explains missing reads only as the oldest entry of a list',
    protects: 'reads, from being hidden',
    at: ['extension/access-log/own/reconcile#erasureCoversUntil'],
    mutants: [
      {
        ...reconcile,
        find: 'const first = events.at(-1)',
        replace: 'const first = events.find(isErasure)',
        title: 'F30',
      },
      {
        ...reconcile,
        find: ' || hasErasedValue(first)',
        replace: '',
        title: 'erasure that was erased itself',
      },
    ],
  },
  {
    rule: 'What is no entry stops no erasure, and is erased with the person it mentions',
    protects: 'people, from a planted row',
    at: ['server/audit/erase/erase#erasedText', 'server/audit/erase/mention-places#placesIn'],
    mutants: [
      {
        ...unreadableRowsTest,
        file: 'server/audit/erase/mention-places.ts',
        find: '  } catch {\n    const text = String(json)',
        replace: '  } catch (error) {\n    if (json) throw error\n    const text = String(json)',
        title: 'stops no erasure',
      },
      {
        ...unreadableRowsTest,
        file: 'server/audit/erase/erase.ts',
        find: "  } catch {\n    return '{}'",
        replace: "  } catch (error) {\n    if (json) throw error\n    return '{}'",
        title: 'is erased with the person',
      },
    ],
  },
]
