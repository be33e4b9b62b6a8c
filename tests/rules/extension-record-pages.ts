import type { Rule } from '../mutation/rule.ts'

const person = {
  file: 'extension/record/person.ts',
  test: 'tests/unit/extension/person.test.ts',
}
const namesakes = {
  file: 'extension/popup/same-person-question.tsx',
  test: 'tests/unit/extension/person.test.ts',
}
const samePerson = {
  file: 'extension/auth/sign-in/same-person.ts',
  test: 'tests/unit/extension/same-person.test.ts',
}
const foldEntries = {
  file: 'extension/record/lists/fold-entries.ts',
  test: 'tests/unit/extension/fold-entries.test.ts',
}
const ownPoints = {
  file: 'extension/record/vitals/own-points.ts',
  test: 'tests/unit/extension/vital-detail.test.ts',
}
const plausible = {
  file: 'extension/record/vitals/own-points.ts',
  test: 'tests/unit/extension/pictures.test.ts',
}
const ownUnits = {
  file: 'extension/record/vitals/units.ts',
  test: 'tests/unit/extension/units.test.ts',
}
const terms = {
  file: 'extension/fhir/terms.ts',
  test: 'tests/unit/extension/said-members.test.ts',
}
const vitalsTest = {
  file: 'extension/fhir/read-vitals.ts',
  test: 'tests/unit/extension/vitals.test.ts',
}
const logStatement = {
  file: 'extension/popup/log/log-statement.tsx',
  test: 'tests/unit/extension/absent.test.ts',
}
const lineWords = {
  file: 'extension/record/lists/entry-words.ts',
  test: 'tests/unit/extension/digest.test.ts',
}
const scopes = {
  file: 'extension/auth/grant/scopes.ts',
  test: 'tests/unit/extension/scopes.test.ts',
}
const stoppedSharing = { test: 'tests/unit/extension/stopped-sharing.test.ts' }
const absentTest = { test: 'tests/unit/extension/absent.test.ts' }
const absent = { ...absentTest, file: 'extension/ui/words/absent.ts' }
const download = {
  file: 'extension/ui/controls/download.ts',
  test: 'tests/unit/extension/csv.test.ts',
}
const quantity = {
  file: 'extension/fhir/quantity.ts',
  test: 'tests/unit/extension/quantity.test.ts',
}
const aboutPatient = {
  file: 'extension/fhir/about-patient.ts',
  test: 'tests/unit/extension/about-patient.test.ts',
}
const patients = {
  file: 'extension/fhir/find-patients.ts',
  test: 'tests/unit/extension/record-bounds.test.ts',
}
const reportResults = {
  file: 'extension/fhir/report-results.ts',
  test: 'tests/unit/extension/record-bounds.test.ts',
}
const picturesTest = { test: 'tests/unit/extension/pictures.test.ts' }
const vitalDetailTest = { test: 'tests/unit/extension/vital-detail.test.ts' }
const lastReadTest = {
  file: 'extension/background/read-with-copy.ts',
  test: 'tests/long/extension/last-read.test.ts',
}
const vitalRowTest = { test: 'tests/unit/extension/vital-row.test.ts' }
const inPiecesTest = { test: 'tests/unit/extension/in-pieces.test.ts' }
const recordBoundsTest = { test: 'tests/unit/extension/record-bounds.test.ts' }
const patientsTest = { test: 'tests/unit/extension/patients.test.ts' }
const hostileListsTest = { test: 'tests/integration/extension/hostile-lists.test.ts' }
const saidMembersTest = { test: 'tests/unit/extension/said-members.test.ts' }
const readableNameTest = {
  file: 'values/readable-name.ts',
  test: 'tests/unit/values/readable-name.test.ts',
}
const rowBudget = {
  file: 'extension/record/lists/row-budget.ts',
  test: 'tests/unit/extension/row-budget.test.ts',
}
const printedAges = {
  file: 'extension/summary/list-summary.tsx',
  test: 'tests/unit/extension/printed-ages.test.ts',
}
const markNewTest = {
  file: 'extension/background/mark-new.ts',
  test: 'tests/unit/extension/mark-new.test.ts',
}
const entryWordsTest = { test: 'tests/unit/extension/entry-words.test.ts' }
const searchTest = { test: 'tests/integration/extension/search.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: "Connections are one person's only by their answer, while name and birth date agree",
    protects: "one person's record",
    at: ['extension/record/person#personOf'],
    mutants: [
      {
        ...person,
        find: "[connection.samePerson, name].join(' ')",
        replace: 'name',
        title: 'F70 John at another organization',
      },
      {
        ...person,
        find: "[connection.samePerson, name].join(' ')",
        replace: 'connection.samePerson',
        title: 'F70 John at another organization',
      },
    ],
  },
  {
    rule: 'An organization of the person that is not shown is named, whatever the reason, and nothing is said of all',
    protects: 'people, from "nothing on file" and "nobody"',
    at: [
      'extension/record/person#leftOutOf',
      'extension/record/absence#LeftOut',
      'extension/record/vitals/timelines#Timelines',
      'extension/record/lists/digest#digestOf',
      'extension/popup/log/merged-log#allKnownSince',
    ],
    mutants: [
      {
        ...person,
        find: '!shown.includes(each),',
        replace: '!each.signedIn,',
        title: 'F70 .* is named as left out on either page',
      },
      {
        ...person,
        find: 'each.samePerson !== undefined &&\n      each.samePerson === one.samePerson &&',
        replace: '',
        title: 'F70 .* is not named as left out',
      },
      {
        ...person,
        find: 'each.samePerson !== undefined &&\n',
        replace: '',
        title: 'F70 .* is not named as left out',
      },
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/timelines.tsx',
        find: 'leftOut.length > 0 ? [...vitals, { pending: false }] : vitals',
        replace: 'vitals',
        title: 'no kind is said to be absent',
      },
    ],
  },
  {
    rule: 'An organization whose access ended by itself is named above the record, and no kind has a trend without it',
    protects: 'people, from a trend of half their readings',
    at: [
      'extension/record/vitals/missing-lines#endedOf',
      'extension/record/vitals/missing-lines#holdersOfKind',
      'extension/record/vitals/timelines#Timelines',
    ],
    mutants: [
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/timelines.tsx',
        find: '[...endedOf(leftOut), ...missingOf(vitals)]',
        replace: 'missingOf(vitals)',
        title: 'is named above the rows',
      },
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/missing-lines.tsx',
        find: '.filter(({ endedBy }) => endedBy)',
        replace: '',
        title: 'is not missed once the person has signed out',
      },
    ],
  },
  {
    rule: 'The page of a log speaks of all organizations of the person, also of those whose log is not on it',
    protects: 'people, from "nobody"',
    at: ['extension/popup/log/access-list#AccessList', 'extension/popup/connection-view#ConnectionView'],
    mutants: [],
    why: 'only a browser shows it, and mutants run without one',
    tests: ['tests/attacks/absence.spec.ts'],
  },
  {
    rule: 'Carekey asks once, about two organizations, and the answer can be changed',
    protects: 'people, from being pressed',
    at: [
      'extension/auth/sign-in/same-person#saySamePerson',
      'extension/auth/sign-in/same-person#separate',
      'extension/storage/items#keepConnections',
    ],
    mutants: [
      {
        ...namesakes,
        find: 'a.apartFrom?.includes(b.id) || ',
        replace: '',
        title: 'F70 two connections stay apart',
      },
      {
        ...samePerson,
        find: ' || one.providerId === other.providerId',
        replace: '',
        title: "F70 a person's statement",
      },
      {
        ...namesakes,
        find: 'each.providerId !== one.providerId',
        replace: 'each.id !== one.id',
        title: 'F70 .* a single organization',
      },
      {
        file: 'extension/storage/items.ts',
        test: 'tests/unit/extension/same-person.test.ts',
        find: 'apartFrom?.filter(stays) ?? []',
        replace: 'apartFrom ?? []',
        title: 'F70 .* is deleted with',
      },
      {
        ...samePerson,
        find: 'samePerson === undefined || samePerson !== one.samePerson ? other : rest',
        replace: 'rest.providerId === one.providerId ? rest : other',
        title: 'F70 .* can be undone',
      },
    ],
  },
  {
    rule: 'A page shows the person or administrator it was opened for, or nobody',
    protects: "the next person's record",
    at: [
      'extension/options/administrator/use-administrator#boundTo',
      'extension/summary/shown-person#shownConnection',
    ],
    mutants: [
      {
        file: 'extension/summary/shown-person.ts',
        test: 'tests/unit/extension/shown-person.test.ts',
        find: 'own.find((each) => each.id === id) ?? []',
        replace: 'own.find((each) => each.id === id) ?? own',
        title: 'F70 a summary shows nobody else',
      },
      {
        file: 'extension/options/administrator/use-administrator.ts',
        test: 'tests/unit/extension/use-administrator.test.ts',
        find: '(connectionId === undefined || each.id === connectionId)',
        replace: 'each.signedIn',
        title: 'F70 nobody else is shown once the administrator is',
      },
    ],
  },
  {
    rule: 'Entries share a row only with one code and if it reads the same',
    protects: 'a severity, a name, a day',
    at: ['extension/record/lists/entry-words#rowWords', 'extension/record/lists/fold-entries#statementOf'],
    mutants: [
      {
        ...foldEntries,
        find: '    rowWords(entry),\n',
        replace: '    foldCase(entry.name),\n',
        title: 'F70',
      },
      { ...foldEntries, find: "  'criticality',\n", replace: '', title: 'F70' },
      {
        file: 'extension/record/lists/entry-words.ts',
        test: 'tests/unit/extension/fold-entries.test.ts',
        find: 'when: sayCut(whenWords(entry)),',
        replace: "when: whenWords({ ...entry, dateSaid: '' }),",
        title: 'is two rows with',
      },
      {
        ...foldEntries,
        find: 'if (!codes.has(code)) group.codes.delete(code)',
        replace: 'void codes.has(code)',
        title: 'J55 is not joined to another one',
      },
    ],
  },
  {
    rule: 'Organizations share a test only if all its rows are the same',
    protects: 'results',
    at: ['extension/record/lists/fold-entries#rowOf', 'extension/record/lists/fold-entries#seriesOf'],
    mutants: [
      {
        ...foldEntries,
        find: 'test.map(({ place }) => place).join()',
        replace: 'String(test[0].place)',
        title: 'F70 .* beneath no other test',
      },
      {
        ...foldEntries,
        find: '({ entry }) => entry.source.connectionId).values()',
        replace: '({ entry }) => entry.type).values()',
        title: 'F70 .* a newer result never',
      },
      {
        ...foldEntries,
        find: '.toSorted((a, b) => bySource(a.source, b.source))',
        replace: '.toSorted((a, b) => bySource(b.source, a.source))',
        title: 'F70 .* are one series',
      },
      {
        ...foldEntries,
        find: '    ({ newest }) => firstOf(newest),\n    byDay,',
        replace: '    ({ newest }) => firstOf(newest),\n    byTime,',
        title: 'F70 .* take no room',
      },
    ],
  },
  {
    rule: "Sex and death are told as one organization's statement",
    protects: 'the person',
    at: ['extension/ui/words/dates#life'],
    mutants: [
      {
        file: 'extension/ui/words/dates.ts',
        test: 'tests/unit/extension/dates.test.ts',
        find: 'person.deceased !== undefined && organization ?',
        replace: 'person.deceased === undefined && organization ?',
        title: 'F70 a death',
      },
    ],
  },
  {
    rule: 'A log that does not answer stops no other',
    protects: 'the log elsewhere',
    at: ['extension/popup/log/access-list#AccessList'],
    mutants: [],
    why: 'only a browser shows it, and mutants run without one',
    tests: ['tests/attacks/joined-person.spec.ts'],
  },
  {
    rule: 'A list shows the first entries of each organization',
    protects: 'entries, from being crowded out',
    at: ['extension/record/first-of-each#firstOfEach'],
    mutants: [
      {
        file: 'extension/record/first-of-each.ts',
        test: 'tests/unit/extension/first-of-each.test.ts',
        find: '(shownCounts.get(id) ?? 0) < count',
        replace: 'shownCounts.size < count && id !== undefined',
        title: 'F70',
      },
      {
        file: 'extension/record/first-of-each.ts',
        test: 'tests/unit/extension/first-of-each.test.ts',
        find: 'Math.max(1, weightOf(item) / WEIGHT)',
        replace: '1',
        title: 'F70 a row that is as much work as several',
      },
    ],
  },
  {
    rule: 'Each organization has timelines and trends of its own readings',
    protects: 'a curve',
    at: ['extension/record/vitals/timeline#timelinesOf', 'extension/record/vitals/trend#trendsOf'],
    mutants: [
      {
        ...picturesTest,
        file: 'extension/record/vitals/timeline.ts',
        find: 'timelineOf(own.get(source.connectionId) ?? [])',
        replace: 'timelineOf(readings)',
        title: 'J55 .*changes nothing',
      },
      {
        file: 'extension/record/vitals/trend.ts',
        test: 'tests/unit/extension/trend.test.ts',
        find: 'numberAt(point, source, part) ?? []',
        replace: 'point.reading.amounts[part]?.number ?? []',
        title: 'F70',
      },
    ],
  },
  {
    rule: 'Neither trend nor line is shown of a kind that an organization which has not answered could hold',
    protects: 'people, from a trend of half the readings',
    at: [
      'extension/record/vitals/missing-lines#missingOf',
      'extension/record/vitals/missing-lines#holdersOfKind',
      'extension/record/vitals/vital-row#VitalRow',
    ],
    mutants: [
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/missing-lines.tsx',
        find: '(pending || problem',
        replace: '(problem',
        title: 'is named after two seconds',
      },
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/missing-lines.tsx',
        find: '!value || ',
        replace: '!!value && ',
        title: 'leaves no trend while it cannot be reached',
      },
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/vital-row.tsx',
        find: 'isWhole && trend &&',
        replace: 'trend &&',
        title: 'leaves no trend while it cannot be reached',
      },
    ],
  },
  {
    rule: 'What was last read is shown before an answer only of a session that may still read it',
    protects: 'a record, from whoever opens the popup next',
    at: ['extension/background/read-with-copy#createReadWithCopy'],
    mutants: [
      {
        ...lastReadTest,
        find: 'session && abilities(session.scope, true).readVitals',
        replace: 'session',
        title: 'of no session that may not read it any more',
      },
      {
        ...lastReadTest,
        find: 'session && abilities(session.scope, true).readVitals',
        replace: 'true',
        title: 'of no session that may not read it any more',
      },
    ],
  },
  {
    rule: "A row's line and trend are of the organization whose value is shown",
    protects: 'a curve',
    at: ['extension/record/vitals/vital-row#newsOf'],
    mutants: [
      {
        ...vitalRowTest,
        file: 'extension/record/vitals/vital-row.tsx',
        find: 'readings.filter(({ source }) => isOwn(source))',
        replace: 'readings.toReversed()',
        title: 'J55 is of one organization alone',
      },
    ],
  },
  {
    rule: 'What cannot be right has no part in trend, axis or newest value',
    protects: 'a curve',
    at: [
      'extension/record/vitals/vital-words#outlierWords',
      'extension/record/vitals/own-points#newestOf',
      'extension/record/vitals/own-points#isCredible',
    ],
    mutants: [
      {
        ...picturesTest,
        file: 'extension/record/vitals/trend.ts',
        find: '!isAhead(point, now) && isCredible(kind, point)',
        replace: '!isAhead(point, now)',
        title: 'J55 .*no part in a trend',
      },
      {
        ...ownPoints,
        find: 'timeline.find((point) => !isAhead(point) && isCredible(kind, point))',
        replace: 'timeline.find((point) => !isAhead(point))',
        title: 'J55 a value that cannot be right',
      },
      {
        ...plausible,
        find: 'time >= EARLIEST && isPossible(kind, reading)',
        replace: 'isPossible(kind, reading)',
        title: 'J55 .*stretch its axes',
      },
      {
        ...plausible,
        find: 'amount.number >= least && amount.number <= most',
        replace: 'amount.number >= 0',
        title: 'J55 .*stretch its axes',
      },
      {
        ...vitalDetailTest,
        file: 'extension/record/vitals/vital-words.ts',
        find: "sources.map(idOf).join(' ')",
        replace: "'all'",
        title: 'J55 one organization’s wrong values',
      },
    ],
  },
  {
    rule: "Newest, span and future go by each organization's own, possible dates",
    protects: 'the newest value',
    at: [
      'extension/fhir/resource#isDate',
      'extension/record/vitals/own-points#inSpanOf',
      'extension/record/vitals/own-points#newestOf',
    ],
    mutants: [
      {
        ...ownPoints,
        find: '[...timelines.values()].flatMap(',
        replace: '[[...points]].flatMap(',
        title: 'J55 .*joins a bare day',
      },
      {
        ...ownPoints,
        find: 'const own = ownPointsOf(readingsOf(points), begin)',
        replace: 'const own = points.filter(({ time }) => time >= begin)',
        title: 'J55 .*joins a bare day',
      },
      {
        ...vitalDetailTest,
        file: 'extension/record/vitals/reading-table.tsx',
        find: 'sources.every(({ connectionId }) => ahead',
        replace: 'sources.some(({ connectionId }) => ahead',
        title: 'J55 .*in the future has the word',
      },
      {
        file: 'extension/fhir/resource.ts',
        test: 'tests/unit/extension/vitals.test.ts',
        find: '(?:(?:0\\d|1[0-3]):[0-5]\\d|14:00)',
        replace: '\\d\\d:\\d\\d',
        title: 'J55',
      },
    ],
  },
  {
    rule: 'A number is shown with its own unit, or with the words that it has none',
    protects: 'a value or dose, from a unit that it does not have',
    at: ['extension/record/vitals/units#valueIn', 'extension/fhir/terms#quantityTerm'],
    mutants: [
      {
        ...ownUnits,
        find: 'unit: unit || noUnit',
        replace: 'unit',
        title: 'J55 a number has its own unit',
      },
      {
        ...vitalsTest,
        file: 'extension/record/vitals/units.ts',
        find: 'partUnits[part] || noUnit',
        replace: "partUnits[part] ?? ''",
        title: 'J55 each half of a blood pressure',
      },
      {
        ...vitalsTest,
        file: 'extension/record/vitals/timeline.ts',
        find: '[value, unit, partUnits]',
        replace: '[value, unit]',
        title: 'J55 two numbers of two units',
      },
      {
        ...terms,
        find: "result.unit === '' && unitBeside !== ''",
        replace: 'unitBeside === undefined',
        title: 'J55 a number beside another one',
      },
      {
        ...terms,
        find: 'shownUnit || unitOf(low)',
        replace: 'shownUnit',
        title: 'J55 a number beside another one .*in a range',
      },
    ],
  },
  {
    rule: 'A value that cannot be judged displaces none that can',
    protects: 'the newest value',
    at: ['extension/record/vitals/own-points#newestOf'],
    mutants: [
      {
        ...ownPoints,
        find: 'Number(isJudged(b.reading)) - Number(isJudged(a.reading)) || b.time',
        replace: 'b.time',
        title: 'J55 .*cannot be judged',
      },
    ],
  },
  {
    rule: 'No cell of a downloaded table begins with a formula',
    protects: 'the computer that opens it',
    at: ['extension/ui/controls/download#csv'],
    mutants: [
      {
        ...download,
        find: '(isFormula(text) ?',
        replace: "(text === '' && isFormula(text) ?",
        title: 'is never a formula',
      },
      { ...download, find: '(?<=[;', replace: '(?<=[', title: 'begins no cell with a formula' },
    ],
  },
  {
    rule: "A picture has the adults' band only by its own session",
    protects: "a child's picture",
    at: ['extension/record/vitals/timelines#adultsOf'],
    mutants: [
      {
        ...vitalDetailTest,
        file: 'extension/record/vitals/timelines.tsx',
        find: 'connection.patient?.id === patient ? connection.patient : value?.patient',
        replace: 'value?.patient',
        title: 'J55 an adult',
      },
    ],
  },
  {
    rule: 'A list is drawn in pieces, and earlier results when opened',
    protects: 'the page, from standing still',
    at: ['extension/record/lists/entry-row#Earlier', 'extension/record/in-pieces#InPieces'],
    mutants: [
      {
        ...inPiecesTest,
        file: 'extension/record/in-pieces.tsx',
        find: 'pieces.slice(0, drawn)',
        replace: 'pieces',
        title: 'J60 only the first rows',
      },
      {
        ...inPiecesTest,
        file: 'extension/record/in-pieces.tsx',
        find: ' && weight + more <= MOST_DRAWN',
        replace: '',
        title: 'J60 of rows that are each as much work as 1250',
      },
      {
        ...inPiecesTest,
        file: 'extension/record/lists/entry-row.tsx',
        find: '{isOpen && (\n        <ul',
        replace: '{(\n        <ul',
        title: 'J60 the earlier results',
      },
    ],
  },
  {
    rule: 'Readings are one point only if they show the same number',
    protects: 'a weight or a time',
    at: ['extension/record/vitals/timeline#foldAlike'],
    mutants: [
      {
        file: 'extension/record/vitals/timeline.ts',
        test: 'tests/unit/extension/timeline.test.ts',
        find: "[value.split('/').map(number).join('/'), unit, amounts.length]",
        replace: '[unit, amounts.length]',
        title: 'F70',
      },
      {
        file: 'extension/record/vitals/timeline.ts',
        test: 'tests/unit/extension/timeline.test.ts',
        find: 'earliest.get(own) ?? ',
        replace: '',
        title: 'F70 .* before an earlier one of another',
      },
    ],
  },
  {
    rule: 'A coarse number counts as exact to a step; zero with an exponent is none',
    protects: 'readings',
    at: ['extension/fhir/quantity#measure'],
    mutants: [
      {
        ...quantity,
        find: 'Math.min(number.step * factor, coarsestStep)',
        replace: 'number.step * factor',
        title: 'F70',
      },
      { ...quantity, find: ' || (number === 0 && exponent !== undefined)', replace: '', title: 'F70' },
    ],
  },
  {
    rule: 'A narrative is read as XML or not at all; only text of it is shown, in a few kinds of elements',
    protects: 'the page, from markup and from what a parser of HTML makes of it',
    at: ['extension/record/lists/narrative#narrativeOf'],
    mutants: [],
    why: 'only a browser shows it, and mutants run without one',
    tests: ['tests/attacks/narrative.spec.ts'],
  },
  {
    rule: 'What is drawn of a narrative at once has a budget of elements, grid cells and text; long text is short paragraphs',
    protects: 'all pages of Carekey, which share one process',
    at: [
      'extension/record/budget#weightOf',
      'extension/record/budget#inParts',
      'extension/record/lists/narrative#narrativeOf',
    ],
    mutants: [],
    why: 'only a browser draws it, and mutants run without one',
    tests: ['tests/attacks/narrative-budget.spec.ts'],
  },
  {
    rule: 'Whatever an organization wrote into a row counts in what is drawn at once, and the details of a row have one budget together',
    protects: 'all pages of Carekey, which share one process',
    at: [
      'extension/record/lists/row-budget#weightOfRow',
      'extension/record/lists/row-budget#weightOfEntry',
      'extension/record/lists/row-budget#drawnLines',
    ],
    mutants: [
      {
        ...rowBudget,
        find: "ROW + weightOfText(Object.values(drawn).join(''))",
        replace: 'ROW + weightOfText(drawn.name)',
        title: 'its unit, when its details are closed',
      },
      {
        ...rowBudget,
        find: '    weightOfText(texts.slice(0, LONGEST_PART)) +\n',
        replace: '',
        title: 'a detail, when they are drawn',
      },
      {
        ...rowBudget,
        find: "(entry.narrative ?? '').length / OF_NARRATIVE",
        replace: '0',
        title: 'its narrative, when they are drawn',
      },
      {
        ...rowBudget,
        find: 'left -= (label.length + text.length) / UNSEEN',
        replace: 'left -= 0',
        title: 'have the budget of a narrative',
      },
      { ...rowBudget, find: 'left -= LINE', replace: 'left -= 0', title: 'have the budget of a narrative' },
      {
        ...rowBudget,
        find: ' + cutSaid(cutMark, entry.source)',
        replace: '',
        title: 'say where the rest is',
      },
      {
        ...rowBudget,
        file: 'extension/record/lists/entry-row.tsx',
        find: "class={groups.length > 1 ? 'part' : undefined}",
        replace: '',
        title: 'are drawn in paragraphs',
      },
    ],
  },
  {
    rule: 'No text from outside paints outside of its own row: few marks stand on a letter of it, and rows clip the rest',
    protects: "what another organization's record or log says",
    at: ['values/readable-name#withFewMarks', 'values/readable-name#readableText'],
    mutants: [
      {
        ...readableNameTest,
        find: ' || left-- > 0',
        replace: ' || left > 0',
        title: 'on top of each other are four at most',
      },
      {
        ...readableNameTest,
        find: "start === 0 || text[start - 1] === ' ' ? 0 : most",
        replace: 'most',
        title: 'where they would stand on another text',
      },
      {
        ...readableNameTest,
        find: '[\\p{M}\\p{Cf}\\p{Default_Ignorable_Code_Point}]+',
        replace: '\\p{M}+',
        title: 'whatever unseen is between them',
      },
    ],
  },
  {
    rule: 'What is not certainly about the patient is left out, and counted',
    protects: "another person's data",
    at: [
      'extension/background/read-record#openPatient',
      'extension/fhir/about-patient#onlyAbout',
      'extension/fhir/export-record#exportRecord',
    ],
    covers: 'exports, lists, contained resources, modifiers',
    mutants: [
      {
        ...aboutPatient,
        find: '(value) => isModified(value) ||',
        replace: '(value) =>',
        title: 'J56 .*modifier',
      },
      {
        ...aboutPatient,
        find: ' || (value.resourceType !== undefined && !checked.has(value))',
        replace: '',
        title: 'J56 .*about a document of another',
      },
      {
        ...aboutPatient,
        find: 'isObject(each) && isContainedOwn(each, about)',
        replace: 'isObject(each)',
        title: 'J56 .*contained',
      },
      {
        ...aboutPatient,
        find: 'listOf(focus).every((each) => isOwnReference(each, about)) &&',
        replace: '',
        title: 'J56 .*focus',
      },
      { ...aboutPatient, find: 'url === focusCode', replace: 'false', title: 'J56 .*fetus' },
      {
        ...aboutPatient,
        find: 'subjectsOf(resource).every((each) => isOwnReference(each, about)) &&',
        replace: '',
        title: 'J56 .*not certainly',
      },
      {
        file: 'extension/fhir/export-record.ts',
        test: 'tests/unit/extension/export-record.test.ts',
        find: 'const client = onlyAbout(reader, access, options.patient)',
        replace: 'const client = { ...reader, omitted: () => 0 }',
        title: 'J56',
      },
      {
        file: 'extension/background/read-record.ts',
        test: 'tests/integration/extension/about-patient.test.ts',
        find: 'client: onlyAbout(client, access, patient)',
        replace: 'client: { ...client, omitted: () => 0 }',
        title: 'J56',
      },
      {
        ...aboutPatient,
        find: 'if (!isKept) omitted++',
        replace: '',
        title: 'J56 .*counts what it leaves out',
      },
    ],
  },
  {
    rule: 'What the record calls a mistake is not shown, nor what it contains',
    protects: 'people, from a withdrawn result',
    at: [
      'extension/fhir/record-entry#stateOf',
      'extension/fhir/concept#conceptCode',
      'extension/fhir/record-entry#isWithdrawn',
      'extension/fhir/report-results#createReportResults',
    ],
    mutants: [
      {
        ...hostileListsTest,
        file: 'extension/fhir/concept.ts',
        find: '...own, ...withoutSystem',
        replace: '...withoutSystem',
        title: 'is judged by the code of HL7',
      },
      {
        ...hostileListsTest,
        file: 'extension/fhir/concept.ts',
        find: '...own, ...withoutSystem',
        replace: '...own',
        title: 'is judged by the code of HL7',
      },
      {
        ...hostileListsTest,
        file: 'extension/fhir/record-entry.ts',
        find: 'holdsCode(each, mistake)',
        replace: 'conceptCode(each) === mistake',
        title: 'is judged by the code of HL7',
      },
      {
        ...hostileListsTest,
        file: 'extension/fhir/report-results.ts',
        find: "        if (isWithdrawn('DiagnosticReport', report)) continue\n",
        replace: '',
        title: 'takes the results within it along',
      },
      {
        ...hostileListsTest,
        file: 'extension/fhir/record-entry.ts',
        find: 'if (isWithdrawn(type, resource)) return undefined',
        replace: '',
        title: 'marks as an error is left out',
      },
    ],
  },
  {
    rule: 'A medication has the name of another resource only of the same organization',
    protects: 'people, from the name of another medication',
    at: ['extension/fhir/read-list#medicationsIn', 'extension/fhir/reference#idReferred'],
    mutants: [
      {
        ...hostileListsTest,
        file: 'extension/fhir/reference.ts',
        find: ' && isHere(segments, fhirBase)',
        replace: '',
        title: 'has the name of a medication beside it',
      },
      {
        ...hostileListsTest,
        file: 'extension/fhir/reference.ts',
        find: 'segments.at(-2) === type && ',
        replace: '',
        title: 'has the name of a medication beside it',
      },
    ],
  },
  {
    rule: 'No hidden entry can make the answer above the log wrong',
    protects: 'people, from a wrong answer to who read their record',
    at: ['extension/popup/log/log-statement#LogStatement', 'extension/popup/log/log-statement#lastLineOf'],
    mutants: [
      {
        ...logStatement,
        find: '.filter(({ pages }) => !isDoubtful(pages))',
        replace: '',
        title: 'on the word of a log that failed its check',
      },
      {
        ...logStatement,
        find: 'since === undefined || words === undefined',
        replace: 'words === undefined',
        title: 'only where no later entry can be missing',
      },
      {
        ...logStatement,
        find: "some(({ by }) => by === 'others')",
        replace: "some(({ who }) => who === '')",
        title: 'that nobody else read only',
      },
      {
        ...logStatement,
        find: 'entries.every(isOfThisBrowser) &&',
        replace: '',
        title: 'only in the name',
      },
      {
        ...logStatement,
        find: "by === 'you' && ownKinds",
        replace: 'ownKinds',
        title: 'only in the name',
      },
      {
        ...logStatement,
        find: ' && ownKinds.includes(kind)',
        replace: ' && kind !== undefined',
        title: 'only in the name',
      },
      {
        ...logStatement,
        find: '(own?.foreign ?? []).length === 0',
        replace: 'own !== null',
        title: 'only in the name',
      },
    ],
  },
  {
    rule: 'A row, and a name in the digest or in a header, says what makes it no plain "so it is now"; names are joined only to their equals',
    protects: 'people, from a drug that must not be taken and an illness that nobody confirmed',
    at: [
      'extension/record/lists/entry-words#lineWords',
      'extension/record/lists/entry-words#rowWords',
      'extension/record/lists/digest#digestOf',
      'extension/record/lists/allergy-line#AllergyWords',
    ],
    mutants: [
      {
        ...lineWords,
        find: "state === '' || state === 'active' ? []",
        replace: "!state.startsWith('do-not-take') ? []",
        title: 'a name of the digest',
      },
      {
        ...lineWords,
        find: "what === 'verification' || ",
        replace: '',
        title: 'a name of the digest',
      },
      { ...lineWords, find: " || what === 'intent'", replace: '', title: 'a name of the digest' },
      {
        ...entryWordsTest,
        file: 'extension/record/lists/entry-words.ts',
        find: '[stateWords(entry), ...doubtsIn(entry)]',
        replace: '[stateWords(entry)]',
        title: 'is no fact in the row',
      },
      { ...lineWords, find: '[name, caveats,', replace: '[name,', title: 'joined to no name' },
      { ...lineWords, find: '[name, caveats,', replace: '[short, caveats,', title: 'joined to no name' },
      {
        ...lineWords,
        file: 'extension/record/lists/allergy-line.tsx',
        test: 'tests/unit/extension/allergy-line.test.ts',
        find: '=> lineWords(entry)',
        replace: '=> ({ ...lineWords(entry), words: entry.name })',
        title: 'that it is not confirmed',
      },
      {
        ...lineWords,
        file: 'extension/record/lists/allergy-line.tsx',
        test: 'tests/unit/extension/allergy-line.test.ts',
        find: '=> [key, words]',
        replace: '=> [words, words]',
        title: 'begin with the same words',
      },
    ],
  },
  {
    rule: 'An absence is said only if every organization that it speaks of has just answered, and wholly',
    protects: 'people, from "nothing on file"',
    at: [
      'extension/ui/words/absent#absent',
      'extension/messages/extent#isWhole',
      'extension/messages/patients#extentOf',
      'extension/popup/log/merged-log#allKnownSince',
      'extension/record/lists/list-absence#NothingRecorded',
      'extension/record/vitals/vital-row#VitalRow',
      'extension/record/lists/digest#digestOf',
    ],
    mutants: [
      {
        file: 'extension/record/lists/digest.tsx',
        test: 'tests/unit/extension/digest.test.ts',
        find: 'if (gaps.length > 0) return',
        replace: 'if (answers.length === 0) return',
        title: 'nothing is recorded only if',
      },
      {
        file: 'extension/record/lists/digest.tsx',
        test: 'tests/unit/extension/digest.test.ts',
        find: 'gaps.length > 0 ? sayersOf(named)',
        replace: 'gaps.length < 0 ? sayersOf(named)',
        title: 'whose an all-clear is',
      },
      {
        file: 'extension/messages/extent.ts',
        test: 'tests/unit/extension/allergy-line.test.ts',
        find: '!cut && omitted === 0',
        replace: '!cut',
        title: 'only of an answer that is whole',
      },
      {
        ...absent,
        find: 'answers.every(isReadWhole)',
        replace: 'answers.some(isReadWhole)',
        title: 'of any',
      },
      { ...absent, find: '!pending && ', replace: '', title: 'that is pending' },
      { ...absent, find: ' && !problem', replace: '', title: 'that failed' },
      { ...absent, find: ' && !value.copyBecause', replace: '', title: 'that is a copy' },
      {
        ...absentTest,
        file: 'extension/record/vitals/vital-row.tsx',
        find: "absent(answers, 'nothing_recorded')",
        replace: "absent(answers.slice(0, 1), 'nothing_recorded')",
        title: 'a row of vital signs',
      },
      {
        ...absentTest,
        file: 'extension/record/lists/list-absence.tsx',
        find: '!problem && !value?.copyBecause',
        replace: '!problem',
        title: 'a list of an empty copy',
      },
      {
        ...absentTest,
        file: 'extension/messages/patients.ts',
        find: ' || total > found',
        replace: '',
        title: 'a search that says it found more',
      },
      {
        ...absentTest,
        file: 'extension/messages/patients.ts',
        find: ' || warning !== undefined',
        replace: '',
        title: 'a search that says it found more',
      },
      {
        ...absentTest,
        file: 'extension/popup/search/search-end.tsx',
        find: 'value.cut && last.next === undefined',
        replace: 'last.warning && value.omitted',
        title: 'why the others are missing',
      },
      {
        ...absentTest,
        file: 'extension/who-read/use-checked-logs.ts',
        find: ' || last.warning !== undefined',
        replace: '',
        title: 'a log that ends early',
      },
    ],
  },
  {
    rule: 'What a limit of the grant narrows counts as a part, wherever it is said what is absent, shared or in a file',
    protects: 'people, from "nothing on file" of what is only not shared',
    at: [
      'extension/auth/grant/scopes#givesAll',
      'extension/messages/extent#isWhole',
      'extension/background/read-with-copy#readWithCopy',
      'extension/record/lists/list-absence#ListAbsence',
      'extension/record/vitals/vitals-absence#VitalsAbsence',
      'extension/popup/frame/may-read#mayRead',
      'extension/summary/missing-parts#notShared',
    ],
    mutants: [
      {
        ...scopes,
        find: "(!text.includes('?') ||",
        replace: '(text ||',
        title: 'a part is read',
      },
      {
        ...scopes,
        find: "name === 'category' && tokens.some((token) => vital",
        replace: 'tokens.some((token) => vital',
        title: 'a modifier',
      },
      { ...scopes, find: "part === 'vitals' &&", replace: '', title: 'some have no category' },
      {
        ...absentTest,
        file: 'extension/messages/extent.ts',
        find: ' && !limited',
        replace: '',
        title: 'grant limits',
      },
      {
        file: 'extension/background/read-with-copy.ts',
        test: 'tests/long/extension/changed-grant.test.ts',
        find: '[readIn, await sessions.find(connectionId)]',
        replace: '[readIn]',
        title: 'is not kept as it was before it was narrowed',
      },
      {
        ...absentTest,
        file: 'extension/record/lists/list-absence.tsx',
        find: '{ ...value, omitted: 0 }',
        replace: '{ cut: value.cut }',
        title: 'a list of an empty copy',
      },
      {
        ...stoppedSharing,
        file: 'extension/record/lists/list-absence.tsx',
        find: 'limited.length > 0 && (',
        replace: 'limited.length > 9 && (',
        title: 'only a part is shared',
      },
      {
        ...stoppedSharing,
        file: 'extension/record/vitals/vitals-absence.tsx',
        find: "vitals.connection.can.limited.includes('vitals')",
        replace: 'vitals.connection.stopped',
        title: 'only a part is shared',
      },
      {
        file: 'extension/popup/frame/may-read.ts',
        test: 'tests/unit/extension/may-read.test.ts',
        find: 'isPart || parts.some((part) => can.limited.includes(part))',
        replace: 'isPart',
        title: 'read in part',
      },
      {
        file: 'extension/summary/missing-parts.ts',
        test: 'tests/unit/extension/record-file.test.ts',
        find: 'limited.length > 0 ? [{ organization, limited }] : []',
        replace: '[]',
        title: 'a limit of the grant narrows',
      },
      {
        file: 'extension/summary/missing-parts.ts',
        test: 'tests/unit/extension/vitals-csv.test.ts',
        find: "can.limited.includes('vitals') ?",
        replace: 'cut ?',
        title: 'say what they lack',
      },
    ],
  },
  {
    rule: 'A text or list of a record that is cut ends in a mark that no organization can write, and no absence is said beside it',
    protects: 'people, from an order whose end is lost ("once a week, never daily")',
    at: [
      'extension/messages/record-lists#cutMark',
      'extension/fhir/resource#words',
      'extension/fhir/resource#textsOf',
      'extension/fhir/resource#joined',
      'extension/fhir/record-entry#narrativeOf',
      'extension/fhir/read-list#cutToLongest',
      'extension/record/lists/entry-words#cutSaid',
      'extension/record/lists/fold-entries#statementOf',
    ],
    mutants: [
      {
        ...recordBoundsTest,
        file: 'extension/fhir/resource.ts',
        find: 'trimmed.length > longest ? readable + cutMark : readable',
        replace: 'readable',
        title: 'whole, or ends in a mark',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/resource.ts',
        find: 'value.length > longestList ? [cutMark]',
        replace: 'value.length < 0 ? [cutMark]',
        title: 'a list of notes',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/resource.ts',
        find: 'all.slice(0, longestProse) + cutMark',
        replace: 'all.slice(0, longestProse)',
        title: 'a composed text',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/resource.ts',
        find: 'words(value, longestProse)',
        replace: 'words(value)',
        title: 'a result in words',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/record-entry.ts',
        find: 'div.slice(0, longestNarrative) + cutMark',
        replace: 'div.slice(0, longestNarrative)',
        title: 'a narrative',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/read-list.ts',
        find: 'if (json.includes(cutMark)) shortened++',
        replace: '',
        title: 'a list of notes',
      },
      {
        ...recordBoundsTest,
        file: 'extension/messages/record-lists.ts',
        find: "'…\\u2060'",
        replace: "'…'",
        title: 'no organization writes the mark',
      },
      {
        ...absentTest,
        file: 'extension/messages/extent.ts',
        find: ' && !shortened',
        replace: '',
        title: 'texts that are cut',
      },
      {
        file: 'extension/record/lists/entry-words.ts',
        test: 'tests/unit/extension/entry-words.test.ts',
        find: "t('cut_here', name)",
        replace: "'…'",
        title: 'that is cut says so',
      },
      {
        ...foldEntries,
        find: 'statement.includes(cutMark) ? undefined : statement',
        replace: 'statement',
        title: 'that is cut',
      },
      {
        file: 'extension/record/lists/entry-words.ts',
        test: 'tests/unit/extension/allergy-line.test.ts',
        find: 'isCut ? [entry',
        replace: "name === '' ? [entry",
        title: 'begin with the same words',
      },
    ],
  },
  {
    rule: 'What is new in a list stays marked until an hour after it was on screen',
    protects: 'people, from a new diagnosis that they do not notice',
    at: ['extension/background/mark-new#markNew', 'extension/background/mark-new#beginLook'],
    mutants: [
      {
        ...markNewTest,
        find: '(isShown && lookBegan',
        replace: '(lookBegan',
        title: 'until the list has been on screen',
      },
      {
        ...markNewTest,
        find: '{ lookBegan = now, ...rest }',
        replace: '{ lookBegan = 0, ...rest }',
        title: 'until the list has been on screen',
      },
      {
        ...markNewTest,
        find: 'now >= lookBegan && ',
        replace: '',
        title: 'by a clock that was ahead',
      },
      {
        ...markNewTest,
        find: ' && now < lookBegan + LOOK',
        replace: '',
        title: 'for the rest of this look',
      },
    ],
  },
  {
    rule: 'How old a shown copy is stays in sight, whoever else cannot be reached',
    protects: 'people, from old values',
    at: ['extension/record/absence#OutOfReach', 'extension/record/lists/digest#ageOf'],
    mutants: [
      {
        file: 'extension/record/lists/digest.tsx',
        test: 'tests/unit/extension/digest.test.ts',
        find: ', ageOf(list))',
        replace: ')',
        title: 'says how old the copy is',
      },
      {
        file: 'extension/record/lists/digest.tsx',
        test: 'tests/unit/extension/digest.test.ts',
        find: 'problem = value?.copyBecause }) =>\n    value',
        replace: 'problem }) =>\n    value',
        title: 'says how old the copy is',
      },
      {
        file: 'extension/record/absence.tsx',
        test: 'tests/unit/extension/out-of-reach.test.ts',
        find: 'hasAll ? parts : parts.filter(({ readAt }) => readAt === undefined)',
        replace: 'parts',
        title: 'the age of what is shown',
      },
      {
        file: 'extension/record/absence.tsx',
        test: 'tests/unit/extension/out-of-reach.test.ts',
        find: '!hasAll && times.length > 0',
        replace: 'hasAll',
        title: 'the age of what is shown',
      },
    ],
  },
  {
    rule: 'Each part of a summary says when it was read, or that it was not or not yet; what is said above all parts holds for each',
    protects: 'whoever reads it on paper, from old values and from lists that are missing without a word',
    at: [
      'extension/summary/list-summary#PrintedList',
      'extension/summary/organization-summary#OrganizationSummary',
      'extension/summary/use-away#awayPart',
      'extension/ui/controls/skeleton#Skeleton',
    ],
    mutants: [
      {
        ...printedAges,
        file: 'extension/ui/controls/skeleton.tsx',
        find: '      <p class="quiet small on-paper">{t(\'loading_printed\')}</p>\n',
        replace: '',
        title: 'of allergies, whatever has been read',
      },
      {
        ...printedAges,
        file: 'extension/summary/organization-summary.tsx',
        find: 'value ? value.copyBecause && allReadings(value).length === 0 : isAway',
        replace: '!value && isAway',
        title: 'of vital signs, whatever has been read',
      },
      {
        ...printedAges,
        find: '{ages && ',
        replace: '{isAway && ',
        title: 'says when it was read',
      },
      {
        ...printedAges,
        find: '(value.entries.length > 0 || !value.copyBecause)',
        replace: 'value.readAt > 0',
        title: 'calls an empty copy missing',
      },
      {
        ...printedAges,
        find: 'value || isAway',
        replace: 'value',
        title: 'says that it was not read',
      },
      {
        ...printedAges,
        find: 'types.length < lists[name].length ?',
        replace: 'isAway ?',
        title: 'otherwise of each',
      },
      {
        file: 'extension/summary/use-away.ts',
        test: 'tests/unit/extension/use-away.test.ts',
        find: 'if (!isSaidOnce) return undefined\n',
        replace: '',
        title: 'is not away if',
      },
    ],
  },
  {
    rule: 'Whatever says something but cannot be shown is counted as left out',
    protects: 'people, from "nothing on file"',
    at: [
      'extension/fhir/paging#collect',
      'extension/fhir/read-vitals#readingsOf',
      'extension/fhir/record-entry#entryOf',
      'extension/fhir/report-results#createReportResults',
      'extension/fhir/find-patients#toPatientPage',
    ],
    mutants: [
      {
        ...recordBoundsTest,
        file: 'extension/fhir/paging.ts',
        find: 'if (item === UNREADABLE) unreadable++\n      else if (item !== undefined)',
        replace: 'if (item !== UNREADABLE && item !== undefined)',
        title: 'an entry that is not shown is counted',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/record-entry.ts',
        find: 'return UNREADABLE',
        replace: 'return undefined',
        title: 'an entry that is not shown is counted',
      },
      {
        ...reportResults,
        find: 'result === UNREADABLE) return result',
        replace: 'result === UNREADABLE) return undefined',
        title: 'an entry that is not shown is counted',
      },
      {
        ...patients,
        find: 'resources.length - patients.length',
        replace: 'resources.filter(hasUnknownModifier).length',
        title: 'a found patient without an id',
      },
      {
        ...vitalsTest,
        find: '!isGood(observation.status)) return UNREADABLE',
        replace: '!isGood(observation.status)) return []',
        title: 'that is not shown is counted',
      },
      {
        ...vitalsTest,
        find: 'readings.length > 0 ? readings : UNREADABLE',
        replace: 'readings',
        title: 'that is not shown is counted',
      },
      {
        ...vitalsTest,
        find: 'objects(observation.hasMember).length > 0 ||',
        replace: '',
        title: 'that is not shown is counted',
      },
      {
        ...vitalsTest,
        find: "name.startsWith('value')",
        replace: "name === 'valueQuantity'",
        title: 'that is not shown is counted',
      },
    ],
  },
  {
    rule: 'A text of a record is shown as it is written: only a number is rounded or spelled anew',
    protects: 'results in words ("125.000 copies/mL", "NM_024675.3:c.1592delT")',
    at: ['extension/record/lists/term-words#termWords', 'extension/fhir/terms#numberTerm'],
    mutants: [
      {
        ...entryWordsTest,
        file: 'extension/record/lists/term-words.ts',
        find: "if (typeof term === 'string') return term\n",
        replace: "if (typeof term === 'string') return spelled(term)\n",
        title: 'is shown as it is written',
      },
      {
        ...entryWordsTest,
        file: 'extension/fhir/terms.ts',
        find: 'DECIMAL.test(number) ? { number',
        replace: "number !== '' ? { number",
        title: 'is told from a number',
      },
      {
        ...entryWordsTest,
        file: 'extension/record/lists/entry-words.ts',
        find: 'coded.has(what) ? codeWords(words)',
        replace: "what !== 'part' ? codeWords(words)",
        title: 'is shown as it is written',
      },
    ],
  },
  {
    rule: 'Every member of a dosage, of a value or of a part is said, or the line ends with that not all is shown',
    protects: 'people, from "5 mg" for "5 mg as needed, at most 10 mg per day"',
    at: [
      'extension/fhir/terms#termsOf',
      'extension/fhir/dosage#dosageTerm',
      'extension/fhir/result-value#resultValueOf',
      'extension/fhir/result-value#meaningsOf',
    ],
    mutants: [
      {
        ...saidMembersTest,
        file: 'extension/fhir/terms.ts',
        find: '(read(value, element) ?? cutMark)',
        replace: '(read(value, element) ?? [])',
        title: 'that cannot be read',
      },
      {
        ...saidMembersTest,
        file: 'extension/fhir/terms.ts',
        find: ' || Object.keys(element).some(isUnknown)',
        replace: '',
        title: 'that R4 does not know',
      },
      {
        ...saidMembersTest,
        file: 'extension/fhir/dosage.ts',
        find: "  site: (value) => said('site', conceptName(value)),\n",
        replace: '',
        title: 'every member of Dosage .*: site',
      },
      {
        ...saidMembersTest,
        file: 'extension/fhir/result-value.ts',
        find: 'quantityOf(observation.valueQuantity) ?? otherValueOf(observation)',
        replace: 'quantityOf(observation.valueQuantity)',
        title: 'every member of Observation.value',
      },
      {
        ...saidMembersTest,
        file: 'extension/fhir/result-value.ts',
        find: 'resultValueOf(observation) ? undefined : flagOf(observation)',
        replace: 'undefined',
        title: 'leaves the flag of the whole',
      },
    ],
  },
  {
    rule: 'Of several flags, the most serious is shown',
    protects: 'a critical result',
    at: ['extension/fhir/result-value#flagOf'],
    mutants: [
      {
        ...recordBoundsTest,
        file: 'extension/fhir/result-value.ts',
        find: 'bySeriousness.indexOf(flag) > bySeriousness.indexOf(most) ? flag : most',
        replace: 'most ?? flag',
        title: 'F70',
      },
    ],
  },
  {
    rule: 'The worker passes few codes, ids and entries, and maps only what is needed',
    protects: 'every page',
    at: [
      'extension/fhir/concept#conceptCodes',
      'extension/fhir/paging#collect',
      'extension/fhir/report-results#createReportResults',
    ],
    mutants: [
      {
        ...recordBoundsTest,
        file: 'extension/fhir/concept.ts',
        find: 'objects(object(concept).coding, mostCodes)',
        replace: 'objects(object(concept).coding, mostCodes * 10)',
        title: 'F69',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/read-list.ts',
        find: 'return characters > longest',
        replace: 'return characters > Number.POSITIVE_INFINITY',
        title: 'F69',
      },
      {
        ...patients,
        find: 'objects(resource.identifier, mostIdentifiers)',
        replace: 'objects(resource.identifier, mostIdentifiers * 10)',
        title: 'F69',
      },
      {
        ...reportResults,
        find: 'isId(id) && namedIds.size < mostIds',
        replace: 'id !== undefined',
        title: 'F69 .* reports name',
      },
      {
        ...patients,
        find: 'all.slice(0, mostPatients)',
        replace: 'all.slice(0)',
        title: 'F69 .* patients of a page',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/paging.ts',
        find: '      if (items.length + unreadable > options.limit) break\n',
        replace: '',
        title: 'F69',
      },
      {
        ...reportResults,
        find: 'for (const observation of containedResults(report)) yield resultOf(observation)',
        replace: 'yield* containedResults(report).map(resultOf)',
        title: 'F69 .* results within reports',
      },
    ],
  },
  {
    rule: 'No page shows a personal number unasked',
    protects: 'personal numbers',
    at: [
      'extension/fhir/find-patients#identifiersOf',
      'extension/messages/patients#shownIdentifiers',
      'server/fhir/patient-directory#identifierOf',
      'values/personal-numbers#isPersonalNumber',
    ],
    mutants: [
      {
        ...patientsTest,
        file: 'extension/messages/patients.ts',
        find: 'identifiers.filter(({ personal }) => !personal)',
        replace: 'identifiers',
        title: 'are shown without social security',
      },
      {
        ...patientsTest,
        file: 'values/personal-numbers.ts',
        find: 'codes.some((code) => CODE.test(code)) ||',
        replace: '',
        title: 'are shown without social security',
      },
      {
        file: 'server/fhir/patient-directory.ts',
        test: 'tests/integration/oauth/listed-patients.test.ts',
        find: ' || isPersonalNumber(codes, system)',
        replace: '',
        title: 'have their record number',
      },
    ],
  },
  {
    rule: 'What was searched is kept only for the session that read it',
    protects: "patients' names",
    at: ['extension/background/last-searches#change', 'extension/background/describe-state#rememberPlace'],
    mutants: [
      {
        ...searchTest,
        file: 'extension/background/describe-state.ts',
        find: '  await items.recentPatients.delete(connectionId)\n',
        replace: '',
        title: 'after the session has ended are not kept',
      },
      {
        ...searchTest,
        file: 'extension/background/last-searches.ts',
        find: '!isSameGrant(readIn, await sessions.find(connectionId))',
        replace: 'false',
        title: 'after the session has ended are not kept',
      },
    ],
  },
  {
    rule: 'Merging grows linearly with the number of entries',
    protects: 'every page',
    at: ['extension/record/lists/fold-entries#pairUp'],
    mutants: [{ ...foldEntries, find: '      turns.set(code, turn)\n', replace: '', title: 'F69' }],
  },
]
