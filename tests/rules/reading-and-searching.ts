import type { Rule } from '../mutation/rule.ts'

const access = {
  file: 'server/fhir/access/decide-access.ts',
  test: 'tests/unit/fhir/access.test.ts',
}
const searchRecords = {
  file: 'server/fhir/search/search-records.ts',
  test: 'tests/attacks/concerned.test.ts',
}
const disclosure = {
  file: 'server/fhir/access/disclosure.ts',
  test: 'tests/unit/fhir/disclosure.test.ts',
}
const searchLog = {
  file: 'server/fhir/log/search-log.ts',
  test: 'tests/integration/fhir/log-names.test.ts',
}
const logNames = {
  file: 'server/fhir/log/log-names.ts',
  test: 'tests/attacks/log-names.test.ts',
}
const loggedQuery = {
  file: 'server/fhir/log/logged-query.ts',
  test: 'tests/attacks/concerned.test.ts',
}
const batchRequest = {
  file: 'server/fhir/http/batch-request.ts',
  test: 'tests/attacks/batch.test.ts',
}
const loggedQueryByBatch = {
  file: 'server/fhir/log/logged-query.ts',
  test: 'tests/attacks/batch.test.ts',
}
const totalRecords = {
  file: 'server/fhir/search/total-records.ts',
  test: 'tests/attacks/concerned.test.ts',
}
const countedInOneRecordTest = {
  test: 'tests/integration/fhir/counted-in-one-record.test.ts',
}
const totalUpstream = {
  file: 'server/sources/upstream/total-upstream.ts',
  test: 'tests/integration/upstream/stray-rows.test.ts',
}
const loggedRequest = {
  file: 'server/fhir/log/logged-request.ts',
  test: 'tests/attacks/linked-patients.test.ts',
}
const lateText = {
  file: 'server/fhir/search/late-text.ts',
  test: 'tests/attacks/large-answers.test.ts',
}
const putResource = {
  file: 'server/fhir/index/put-resource.ts',
  test: 'tests/integration/fhir/writers-at-once.test.ts',
}
const bundle = { file: 'server/fhir/http/bundle.ts', test: 'tests/unit/fhir/bundle.test.ts' }
const reply = { file: 'server/fhir/http/reply.ts', test: 'tests/unit/fhir/bundle.test.ts' }
const entryLimits = {
  file: 'server/audit/entry/entry-limits.ts',
  test: 'tests/unit/audit/entry-limits.test.ts',
}
const searchLogByLookThroughLog = {
  file: 'server/fhir/log/search-log.ts',
  test: 'tests/integration/fhir/look-through-log.test.ts',
}
const lookThroughLog = {
  file: 'server/fhir/log/look-through-log.ts',
  test: 'tests/integration/fhir/look-through-log.test.ts',
}
const searchLogByLogPages = {
  file: 'server/fhir/log/search-log.ts',
  test: 'tests/attacks/log-pages.test.ts',
}
const savedNotice = {
  file: 'server/portal/visitor.ts',
  test: 'tests/attacks/said-by-link.test.ts',
}
const concernedTest = { test: 'tests/attacks/concerned.test.ts' }
const movedWhileReadTest = { test: 'tests/integration/fhir/moved-while-read.test.ts' }
const patientDirectory = {
  file: 'server/fhir/patient-directory.ts',
  test: 'tests/integration/fhir/patient-directory.test.ts',
}
const failedPagesTest = { ...patientDirectory, test: 'tests/integration/upstream/failed-pages.test.ts' }
const lookedAtTest = { test: 'tests/attacks/looked-at.test.ts' }
const personTest = { test: 'tests/integration/withings/person.test.ts' }
const linkedPatientsTest = { test: 'tests/attacks/linked-patients.test.ts' }
const largeAnswersTest = { test: 'tests/attacks/large-answers.test.ts' }
const refreshBesideWritersTest = {
  test: 'tests/integration/fhir/refresh-beside-writers.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: 'Each role reads only its part of the records and the log',
    protects: 'every record; the log',
    at: ['server/fhir/access/decide-access#alternativeOf'],
    covers: 'search, batch, `$everything`, includes, own pages',
    mutants: [
      {
        ...access,
        find: "if (account.role === 'clinician' && log) return 'role'",
        replace: '',
        title: 'who may read what',
      },
      {
        ...access,
        find: "return account.role === 'clinician' ? {} : compartmentAlternative(account.patient, type)",
        replace: 'return {}',
        title: 'who may read what',
      },
      {
        ...access,
        find: "scope.context === 'user' && log ? {} : 'role'",
        replace: "scope.context === 'user' ? {} : 'role'",
        title: 'who may read what',
      },
    ],
  },
  {
    rule: 'A `patient/` scope needs a patient, a `system/` scope an application of its own',
    protects: 'every record',
    at: [
      'server/fhir/access/decide-access#alternativeOf',
      'server/fhir/access/decide-access#compartmentAlternative',
    ],
    mutants: [
      {
        ...access,
        find: "if (patient === undefined) return 'no_patient'",
        replace: 'if (patient === undefined) return {}',
        title: 'who may read what',
      },
      {
        ...access,
        find: "    case 'system':\n      return 'insufficient_scope'",
        replace: "    case 'system':\n      return {}",
        title: 'who may read what',
      },
    ],
  },
  {
    rule: 'An unsupported interaction is refused by its name, alike for every id',
    protects: 'which ids exist',
    at: ['server/fhir/http/interaction#interactionOf'],
    mutants: [
      {
        file: 'server/fhir/http/interaction.ts',
        test: 'tests/attacks/compartment.test.ts',
        find: 'if (form !== undefined) return refuse(',
        replace: 'if (form === "") return refuse(',
        title: 'F60',
      },
    ],
  },
  {
    rule: 'Every patient on whom an answer depends, or who is named, gets an entry',
    protects: "the patient's knowledge of readers",
    at: ['server/fhir/access/disclosure#openFor', 'server/fhir/search/search-records#searchRecords'],
    covers: 'counts, names in a search, the next page',
    mutants: [
      {
        ...concernedTest,
        file: 'server/fhir/access/disclosure.ts',
        find: 'concerned.push(this.#concerned)',
        replace: 'concerned.push({ ...this.#concerned, patients: this.#concerned.matched ?? [] })',
        title: 'F62',
      },
      {
        ...searchRecords,
        find: 'new Set(await patientsOfRows(db, rows, reachOfType))',
        replace: 'new Set(await patientsOfRows(db, pageOfRows, reachOfType))',
        title: 'F62',
      },
      {
        ...searchRecords,
        find: 'compartments ?? allPatientsIn(named)',
        replace: 'compartments ?? []',
        title: 'F62',
      },
      {
        ...concernedTest,
        file: 'server/fhir/search/named-patients.ts',
        find: "const self = types.includes('Patient') &&",
        replace: 'const self = isPatient &&',
        title: 'F62 .*whom nothing but the log',
      },
      {
        ...concernedTest,
        file: 'server/fhir/search/named-patients.ts',
        find: "select('patient as id')\n        .where('patient', 'in', [...ids]),\n    ),",
        replace: "select('patient as id')\n        .where('patient', 'in', []),\n    ),",
        title: 'F62 .*whom nothing but the log',
      },
    ],
  },
  {
    rule: 'What concerns over 600 patients is refused, and has at most 601 entries',
    protects: "everybody's time; the log's space",
    at: ['server/fhir/access/disclosure#Disclosure', 'server/fhir/access/disclosure#of'],
    mutants: [
      { ...disclosure, find: 'patients.slice(0, MOST_CONCERNED + 1)', replace: 'patients', title: 'J41' },
      {
        ...disclosure,
        find: 'concerned.patients.length > MOST_CONCERNED',
        replace: 'concerned.patients.length > 1_000_000',
        title: 'J41',
      },
    ],
  },
  {
    rule: 'Reading is logged for all patients of the very version or entry read',
    protects: "the patient's knowledge of readers",
    at: ['server/fhir/search/concerned-patients#patientsOfRows', 'server/fhir/log/search-log#patientIn'],
    mutants: [
      {
        ...concernedTest,
        file: 'server/fhir/search/concerned-patients.ts',
        find: 'for (const patient of owners) patients.add(patient)',
        replace: 'for (const patient of compartments ? [] : owners) patients.add(patient)',
        title: 'F62 .* within one compartment',
      },
      {
        file: 'server/fhir/search/concerned-patients.ts',
        test: 'tests/integration/fhir/many-owners.test.ts',
        find: 'owners.length > MOST_LISTED || (row',
        replace: 'false || (row',
        title: 'on sqlite.*concerns all 40',
      },
      {
        ...movedWhileReadTest,
        file: 'server/fhir/search/concerned-patients.ts',
        find: 'if (Number(current?.versions) !== rowsToLookUp.reduce((sum, { version }) => sum + version, 0))',
        replace: 'if (current === undefined)',
        title: 'on sqlite.*search',
      },
      {
        ...concernedTest,
        file: 'server/fhir/log/search-log.ts',
        find: 'patient === null || salt === null ? [] : [patient]',
        replace: 'patient === "" || salt === null ? [] : []',
        title: 'F62 .* an administrator reads',
      },
      {
        ...concernedTest,
        file: 'server/fhir/log/search-log.ts',
        find: 'patients: compartmentsOf(reach) ?? [...new Set(entries',
        replace: 'patients: compartmentsOf(reach) ?? [...new Set(entries.slice(1)',
        title: 'F62 .* an administrator has entries proven',
      },
      {
        ...concernedTest,
        file: 'server/fhir/log/log-proofs.ts',
        find: 'entry.patient === patient ? entry.id : []',
        replace: 'entry.id',
        title: 'F62 .* an administrator has entries proven',
      },
    ],
  },
  {
    rule: 'What own pages read of a record is logged before the page is sent, also if they fail',
    protects: "the patient's knowledge of readers",
    at: [
      'server/fhir/patient-directory#view',
      'server/portal/partner-pages#ownPerson',
      'server/oauth/consent/interaction-steps#viewOf',
    ],
    covers: 'consent, launch, choice of a patient',
    mutants: [
      {
        ...lookedAtTest,
        file: 'server/fhir/patient-directory.ts',
        find: 'await viewer.record(sight.seen(), result)',
        replace: "await viewer.record(viewer.account.role === 'patient' ? [] : sight.seen(), result)",
        title: 'J16 patients see their own name',
      },
      {
        ...patientDirectory,
        find: '          await viewer.record(sight.seen(failureOf(error)))\n',
        replace: '',
        title: 'on sqlite .*J16 .*after it has read a patient',
      },
      {
        ...patientDirectory,
        find: 'await viewer.record(sight.seen(failureOf(error)))',
        replace: 'await viewer.record(sight.seen(failureOf(error))).catch(() => {})',
        title: 'on sqlite .*J16 .*unless they cannot be written',
      },
      {
        ...patientDirectory,
        find: 'if (!failure && !this.#refused',
        replace: 'if (!this.#refused',
        title: 'on sqlite .*J16 .*before it has read anything',
      },
      {
        ...failedPagesTest,
        find: '      ...failure,\n',
        replace: '',
        title: "J16 .*a patient's page",
      },
      {
        ...lookedAtTest,
        file: 'server/oauth/consent/interaction-steps.ts',
        find: "account.role === 'patient' ? ownAccess(step.request, view, account) : accessOf(step, view, account)",
        replace: 'accessOf(step, view, account)',
        title: 'J16 patients see their own name',
      },
      {
        ...personTest,
        file: 'server/portal/partner-pages.ts',
        find: "await change(visitor, { kind: 'read'",
        replace: "void (visitor, { kind: 'read'",
        title: 'J16 sees the birth date',
      },
      {
        ...personTest,
        file: 'server/pages/account/account-page.ts',
        find: '.person}</p>`',
        replace: '.person}, 4 Mar 1972</p>`',
        title: 'J16 sees the birth date',
      },
    ],
  },
  {
    rule: 'A page that the record refuses is no fault of the server',
    protects: "the operator's attention",
    at: ['server/sign-in/visit/page-error#findProblem'],
    mutants: [
      {
        ...failedPagesTest,
        file: 'server/sign-in/visit/page-error.ts',
        find: 'error.status < 500 || isBusy(error)',
        replace: 'isBusy(error)',
        title: 'the page of a patient who was deleted',
      },
    ],
  },
  {
    rule: 'Only a reader of the whole log searches by name, logged for each found',
    protects: "the patient's knowledge of readers",
    at: ['server/fhir/log/log-names#findPeopleNamed', 'server/fhir/log/search-log#isByName'],
    mutants: [
      {
        ...searchLog,
        find: 'if (byName && !isWhole(reach))',
        replace: 'if (byName && compartments)',
        title: 'on sqlite.*only a reader of the whole log',
      },
      {
        file: 'server/fhir/log/log-names.ts',
        test: 'tests/integration/upstream/log-by-name.test.ts',
        find: 'if (refusal) return { condition: sql`1 = 0`, ways: [], named: patientsByFilter, nobody: [], refusal }',
        replace: 'if (refusal) throw refusal',
        title: 'if not everybody',
      },
      {
        ...searchLog,
        find: '...(people?.named ?? [])',
        replace: '',
        title: 'on sqlite.*logged for the patients who have it',
      },
    ],
  },
  {
    rule: 'A name searches the log by whole words only',
    protects: "patients' names",
    at: ['server/fhir/log/log-names#nameTest', 'server/query/parameters#words'],
    mutants: [
      {
        file: 'server/query/parameters.ts',
        test: 'tests/attacks/log-names.test.ts',
        find: "    words: true,\n    doc: 'Name of the patient",
        replace: "    doc: 'Name of the patient",
        title: 'J17 no name of a patient',
      },
      {
        ...logNames,
        find: 'foldedName.startsWith(text, index) &&',
        replace: 'foldedName.startsWith(text, index) ||',
        title: 'J17 no name of an account',
      },
      {
        ...logNames,
        find: '!/^[\\p{L}\\p{N}]/u.test(foldedName.slice(index + text.length))',
        replace: 'text.length > 0',
        title: 'J17 no name of an account',
      },
    ],
  },
  {
    rule: 'Of an address, the log keeps only what the server knows, and little of it',
    protects: 'names and tokens in addresses',
    at: ['server/fhir/log/log-proofs#loggedQueryOf', 'server/fhir/log/logged-query#loggedPath'],
    mutants: [
      {
        ...concernedTest,
        file: 'server/fhir/log/log-proofs.ts',
        find: 'query: loggedQueryOf(',
        replace: 'query: request.url + loggedQueryOf(',
        title: 'F62 .* of a request',
      },
      {
        ...loggedQuery,
        find: '\\$everything)$/',
        replace: '\\$[a-z-]{1,40})$/',
        title: 'a name in the place of an operation',
      },
      {
        ...loggedQueryByBatch,
        find: '[...new Set(new URLSearchParams(search).keys())]',
        replace: '[...new URLSearchParams(search).keys()]',
        title: 'C05 .* of many parameters, within',
      },
      {
        ...loggedQueryByBatch,
        find: ".split('/', MOST_SEGMENTS)",
        replace: ".split('/')",
        title: 'C05 .* of many segments, within',
      },
    ],
  },
  {
    rule: 'A count is logged for everybody it counts, and counts 100 at most',
    protects: 'values, from being counted out',
    at: [
      'server/fhir/search/concerned-patients#countWithPatients',
      'server/fhir/search/concerned-patients#listedPatients',
      'server/fhir/search/total-records#totalOf',
      'server/sources/upstream/total-upstream#countRest',
    ],
    mutants: [
      {
        ...totalRecords,
        find: ': { counted, matched: owners }',
        replace: ': { counted: [], matched: owners }',
        title: 'F62',
      },
      {
        ...countedInOneRecordTest,
        file: 'server/fhir/search/total-records.ts',
        find: 'if (other === undefined) return',
        replace: 'if (other !== "") return',
        title: 'on sqlite.*beyond the page mentions',
      },
      {
        file: 'server/fhir/search/concerned-patients.ts',
        test: 'tests/integration/fhir/counted-with-page.test.ts',
        find: 'return all.length > MOST_LISTED ? undefined : all',
        replace: 'return all',
        title: 'on sqlite.*of 40 patients, concerns all',
      },
      {
        ...countedInOneRecordTest,
        file: 'server/fhir/search/total-records.ts',
        find: 'const isKnown = isPage && (',
        replace: 'const isKnown = compartmentsOf(asked.reach) !== undefined || isPage && (',
        title: 'on sqlite.*of Coverage',
      },
      {
        ...countedInOneRecordTest,
        file: 'server/fhir/search/concerned-patients.ts',
        find: 'compartmentsOf(reach) ? ofSeveralRecords(rows) : rows',
        replace: 'rows',
        title: 'on sqlite.*recorded=lt2003',
      },
      {
        ...countedInOneRecordTest,
        file: 'server/fhir/search/concerned-patients.ts',
        find: 'if (!aboutOthers) return',
        replace: 'if (!aboutOthers || compartmentsOf(reach)) return',
        title: 'on sqlite.*recorded=2003',
      },
      {
        ...totalUpstream,
        find: 'total: told.length',
        replace: 'total: all.length',
        title: 'J31 a count inside one record',
      },
      {
        ...totalUpstream,
        find: 'counted: patients, matched }',
        replace: 'counted: [], matched }',
        title: 'J31 a count inside one record',
      },
    ],
  },
  {
    rule: 'A page link always has the same length',
    protects: "how much others' records hold",
    at: ['server/fhir/http/page-link#sealPage'],
    mutants: [
      {
        file: 'server/fhir/http/page-link.ts',
        test: 'tests/integration/fhir/paging.test.ts',
        find: " + ' '.repeat(LONGEST_KEY - String(link.after.key).length)",
        replace: '',
        title: 'has the same length',
      },
    ],
  },
  {
    rule: 'An entry about one patient holds nothing of another, nor tells another of it',
    protects: 'others in a search or page',
    at: [
      'server/fhir/log/logged-query#loggedValueOf',
      'server/fhir/log/logged-request#partFor',
      'server/fhir/log/logged-request#readPartFor',
    ],
    mutants: [
      {
        ...loggedQuery,
        find: '.filter((_, at) => isNamed(at) || namesNoPatient(filter, at))',
        replace: '',
        title: 'F31',
      },
      {
        ...loggedQuery,
        find: "split(value, ',').length === 1 && (isMatched || isNamed(0))",
        replace: 'true',
        title: 'F31',
      },
      {
        ...linkedPatientsTest,
        file: 'server/fhir/search/search-records.ts',
        find: 'matched: [...owners, ...matched]',
        replace: 'matched: [...concerned, ...owners, ...matched]',
        title: 'F62 .*birthdate=1990',
      },
      {
        ...linkedPatientsTest,
        file: 'server/fhir/search/named-patients.ts',
        find: 'if (!holders && codesOf(filter).length > 1) cut = true',
        replace: '',
        title: 'F62 .*with a number that more than 100',
      },
      {
        ...linkedPatientsTest,
        file: 'server/fhir/search/named-patients.ts',
        find: 'owners: new Set(owners) }',
        replace: 'owners: new Set([...linked, ...owners]) }',
        title: 'F62 .*identifier',
      },
      {
        ...linkedPatientsTest,
        file: 'server/fhir/search/total-records.ts',
        find: ': { counted, matched: owners }',
        replace: ': { counted, matched: counted }',
        title: 'F62 .*_summary=count',
      },
      {
        ...loggedRequest,
        find: 'record !== undefined && record === patient',
        replace: 'record !== undefined',
        title: 'F62 .* in the record system',
      },
      {
        ...loggedRequest,
        find: 'return owners.length > 0 ? {} :',
        replace: 'return owners.length > 0 ? { entity } :',
        title: 'F62 .* in the record system',
      },
      {
        ...linkedPatientsTest,
        file: 'server/portal/ehr.ts',
        find: 'each !== String(fields.patient)',
        replace: "each === ''",
        title: 'F62 .* a launch',
      },
      {
        ...linkedPatientsTest,
        file: 'server/oauth/consent/consent-step.ts',
        find: 'patients.some((patient) => patient !== launchContext.patient)',
        replace: 'patients.length < 0',
        title: 'F62 .* picking a patient',
      },
    ],
  },
  {
    rule: 'A text sent late is of the resource and version that was decided on',
    protects: 'records, from other rows',
    at: [
      'server/fhir/index/put-resource#holdStored',
      'server/fhir/search/late-text#streamTexts',
      'server/store/tables/dialect#lastingKey',
    ],
    mutants: [
      {
        ...movedWhileReadTest,
        file: 'server/fhir/search/late-text.ts',
        find: 'row?.version === json.version && row.type === type && row.id === id',
        replace: 'row?.version === json.version',
        title: 'F62 .*on sqlite.*is not sent under the name',
      },
      {
        ...lateText,
        find: 'row?.version === json.version && row.type',
        replace: 'row?.type',
        title: 'F55 a resource that is given to another patient',
      },
      {
        ...movedWhileReadTest,
        file: 'server/store/tables/dialect.ts',
        find: 'sql`integer primary key autoincrement`',
        replace: 'sql`integer primary key`',
        title: 'F62 .*on sqlite.*is not sent under the name',
      },
      {
        ...putResource,
        find: '        .$if(isPostgres(trx), (query) => query.forUpdate())\n',
        replace: '',
        title: 'F62 give it two versions',
      },
      {
        ...putResource,
        find: "        .orderBy('key')\n",
        replace:
          "        .orderBy(({ eb }) => eb.case().when('id', '=', rows[0]?.id ?? '').then(0).when('id', '=', rows[1]?.id ?? '').then(1).else(2).end())\n",
        title: 'wait for each other',
      },
    ],
  },
  {
    rule: 'Texts of a page are read late, count as memory, and leave in slices',
    protects: "memory; everybody's answers",
    at: [
      'server/fhir/http/bundle#bundleBody',
      'server/fhir/http/reply#joinPieces',
      'server/fhir/search/late-text#streamTexts',
    ],
    mutants: [
      {
        ...lateText,
        find: 'const MOST_TEXT = 500_000',
        replace: 'const MOST_TEXT = 500_000_000',
        title: '12 MB at once take 300 MB',
      },
      {
        ...largeAnswersTest,
        file: 'server/fhir/http/bundle.ts',
        find: 'Math.max(most, json.size)',
        replace: 'most',
        title: 'J13 60 searches for one resource',
      },
      { ...bundle, find: 'Math.max(most, json.size)', replace: 'most', title: 'J13 the largest text' },
      { ...bundle, find: 'json.length : LATE_ROW', replace: 'json.length : 0', title: 'J13 each row' },
      {
        ...reply,
        find: 'start += PIECE) {\n        text += piece.slice(start, start + PIECE)',
        replace: 'start += piece.length) {\n        text += piece',
        title: 'J13 a large text is sent',
      },
      {
        ...reply,
        find: '((text.charCodeAt(text.length - 1) & 0xfc00) === 0xd800 ? 1 : 0)',
        replace: '0',
        title: 'J13 a large text is sent',
      },
      {
        file: 'server/fhir/search/late-text.ts',
        test: 'tests/unit/fhir/late-text.test.ts',
        find: '    if (start > 0) await turnOfOthers()\n',
        replace: '',
        title: 'C05',
      },
    ],
  },
  {
    rule: 'An entry takes 16 kB at most, and counts in its batch',
    protects: "memory; the log's space",
    at: ['server/audit/entry/entry-limits#withinLimits', 'server/fhir/http/respond-to-batch#answerNext'],
    mutants: [
      {
        ...entryLimits,
        find: 'shortenSearch(query.toWellFormed())',
        replace: 'query.toWellFormed()',
        title: 'J13 .*its search, of which',
      },
      {
        ...entryLimits,
        find: '  ...shortenAll(others, LONGEST_TEXT),\n',
        replace: '  ...others,\n',
        title: 'J13 .*every text',
      },
      {
        ...entryLimits,
        find: 'shortenAll(details, LONGEST_DETAIL)',
        replace: 'details',
        title: 'J13 .*every text',
      },
      {
        ...entryLimits,
        find: 'return Buffer.byteLength(names) <= most',
        replace: 'return names !== query',
        title: 'J13 .*the names of its parameters',
      },
      {
        ...entryLimits,
        find: 'if (Buffer.byteLength(query) <= most)',
        replace: 'if (query.length <= most)',
        title: 'J13 .*more than one byte',
      },
      {
        ...largeAnswersTest,
        file: 'server/fhir/http/respond-to-batch.ts',
        find: 'sum + sizeOfAccess(access)',
        replace: 'sum + 0 * sizeOfAccess(access)',
        title: 'J13 a batch counts',
      },
    ],
  },
  {
    rule: 'A text of an entry that was cut is no id',
    protects: 'others with such an id',
    at: ['server/audit/entry/entry-limits#shorten'],
    mutants: [
      {
        ...entryLimits,
        find: 'toWellFormed()}…`',
        replace: 'toWellFormed()}`',
        title: 'differs from every id',
      },
    ],
  },
  {
    rule: 'A search looks through the log in pieces, for 2 s, and can go on',
    protects: "everybody's requests",
    at: ['server/fhir/log/look-through-log#LOOKED_AT', 'server/fhir/log/search-log#findMatches'],
    mutants: [
      {
        ...searchLogByLookThroughLog,
        find: 'if (performance.now() <= until) continue',
        replace: 'if (until) continue',
        title: 'on sqlite.*T02 ends',
      },
      {
        ...lookThroughLog,
        find: 'const LOOKED_AT = 2_000',
        replace: 'const LOOKED_AT = 2_000_000',
        title: 'on sqlite.*T02 is made',
      },
      {
        ...searchLogByLookThroughLog,
        find: 'end: seqs.length === wanted ? undefined : end }',
        replace: 'end: undefined }',
        title: 'on sqlite.*T02 ends',
      },
    ],
  },
  {
    rule: 'A search by date finds all entries, however many share it, in any order',
    protects: 'the reader',
    at: ['server/fhir/log/look-through-log#seqsWithin'],
    mutants: [
      {
        ...lookThroughLog,
        find: ".where('recorded', '=', next)",
        replace: ".where('recorded', '=', next - 1)",
        title: 'on sqlite.*more entries than one statement',
      },
      {
        ...lookThroughLog,
        find: 'Math.min(lowest, seqs?.[0] ?? lowest)',
        replace: 'lowest',
        title: 'on sqlite.*date=ge2024-01-05',
      },
    ],
  },
  {
    rule: 'A page of the log is cut to what fits, and opened with pauses',
    protects: "memory; everybody's answers",
    at: ['server/audit/entry/stored-event#openEvents', 'server/fhir/log/search-log#fittingPage'],
    mutants: [
      {
        ...searchLogByLogPages,
        find: 'if (total > LARGEST_PAGE && seqs.length > 0) break',
        replace: '',
        title: 'J13 a page of the log',
      },
      {
        ...searchLogByLogPages,
        find: 'matches.length > seqs.length ?',
        replace: 'matches.length > query.count ?',
        title: 'J13 a page of the log',
      },
      {
        file: 'server/audit/entry/stored-event.ts',
        test: 'tests/unit/audit/stored-event.test.ts',
        find: 'if (opened > OPENED_TOGETHER)',
        replace: 'if (opened < 0)',
        title: 'J13',
      },
    ],
  },
  {
    rule: 'Pages say that something was saved, or that nobody read, only if it is so',
    protects: 'people, from misleading links',
    at: [
      'server/portal/visitor#boundTo',
      'server/portal/visitor#findSaved',
      'server/pages/account/log-page#accessLogPage',
    ],
    mutants: [
      {
        ...savedNotice,
        find: "typeof saved === 'string' && isFormToken(keys.forms, boundTo(session, path, saved), proof)",
        replace:
          "typeof saved === 'string' && (isFormToken(keys.forms, boundTo(session, path, saved), proof) || true)",
        title: 'an address alone|a place in the log',
      },
      {
        ...savedNotice,
        find: "['saved', id, path, saved]",
        replace: "['saved', id === '' ? id : '', path, saved]",
        title: 'an address alone|a place in the log',
      },
      {
        file: 'server/pages/account/log-page.ts',
        test: 'tests/attacks/said-by-link.test.ts',
        find: 'page.first ? words.none',
        replace: 'entries ? words.none',
        title: 'an address alone|a place in the log',
      },
    ],
  },
  {
    rule: 'An address or condition in a batch is bounded',
    protects: "memory; everybody's answers",
    at: ['server/fhir/http/batch-request#shortText'],
    mutants: [
      {
        ...batchRequest,
        find: 'value.length <= LONGEST_TEXT',
        replace: 'value.length <= LONGEST_TEXT * 100',
        title: 'C05 .* of many escapes',
      },
      {
        ...batchRequest,
        find: 'ifNoneMatch: shortText(entryRequestElement.ifNoneMatch)',
        replace: 'ifNoneMatch: entryRequestElement.ifNoneMatch as string | undefined',
        title: 'C05 an ifNoneMatch',
      },
    ],
  },
  {
    rule: 'No large resource is cut to its elements',
    protects: "everybody's answers",
    at: ['server/fhir/search/elements#withElements'],
    mutants: [
      {
        file: 'server/fhir/search/elements.ts',
        test: 'tests/unit/fhir/elements.test.ts',
        find: 'if (json.length > LARGEST) return json',
        replace: '',
        title: 'C05',
      },
    ],
  },
  {
    rule: 'A rebuild of the index holds its resources, and deletions come before rows',
    protects: 'records',
    at: ['server/fhir/index/put-indexes#deleteResources', 'server/fhir/index/refresh-index#refreshBatch'],
    mutants: [
      {
        ...refreshBesideWritersTest,
        file: 'server/fhir/index/put-indexes.ts',
        find: '    const deleted = await trx',
        replace: '    await dropIndexes(trx, keys)\n    const deleted = await trx',
        title: 'can hold a resource',
      },
      {
        ...refreshBesideWritersTest,
        file: 'server/fhir/index/refresh-index.ts',
        find: '    .$if(isPostgres(trx), (query) => query.forUpdate())\n',
        replace: '',
        title: 'gives no resource',
      },
    ],
  },
]
