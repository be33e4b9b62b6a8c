import type { Rule } from '../mutation/rule.ts'

const withinBase = {
  file: 'extension/net/address.ts',
  test: 'tests/unit/extension/within-base.test.ts',
}
const paging = {
  file: 'extension/fhir/paging.ts',
  test: 'tests/unit/extension/record-bounds.test.ts',
}
const parseInPieces = {
  file: 'extension/net/long-work.ts',
  test: 'tests/unit/extension/parse-in-pieces.test.ts',
}
const readBrands = {
  file: 'extension/administration/read-brands.ts',
  test: 'tests/unit/extension/read-brands.test.ts',
}
const vitalsCsv = {
  file: 'extension/summary/vitals-csv.ts',
  test: 'tests/unit/extension/vitals-csv.test.ts',
}
const recordFile = {
  file: 'extension/summary/record-file.ts',
  test: 'tests/unit/extension/record-file.test.ts',
}
const exportRecord = {
  file: 'extension/fhir/export-record.ts',
  test: 'tests/unit/extension/export-record.test.ts',
}
const providerLabels = {
  file: 'extension/auth/provider/provider-labels.ts',
  test: 'tests/unit/extension/provider-labels.test.ts',
}
const quotable = {
  file: 'values/quotable.ts',
  test: 'tests/unit/values/quotable.test.ts',
}
const logStatement = {
  file: 'extension/popup/log/log-statement.tsx',
  test: 'tests/unit/extension/absent.test.ts',
}
const logWords = {
  file: 'extension/who-read/access-words.ts',
  test: 'tests/unit/extension/outside-words.test.ts',
}
const outsideWords = {
  file: 'extension/ui/words/outside-words.ts',
  test: 'tests/unit/extension/outside-words.test.ts',
}
const portalLink = {
  file: 'extension/ui/provider/portal-link.tsx',
  test: 'tests/unit/extension/portal-link.test.ts',
}
const errorCodesTest = { test: 'tests/unit/extension/error-codes.test.ts' }
const addProvider = {
  file: 'extension/administration/add-provider.ts',
  test: 'tests/integration/extension/find-organizations.test.ts',
}
const costsTest = { test: 'tests/long/extension/costs.test.ts' }
const recordBoundsTest = { test: 'tests/unit/extension/record-bounds.test.ts' }
const namesTest = { test: 'tests/integration/extension/names.test.ts' }

const omnibox = {
  file: 'extension/background/omnibox.ts',
  test: 'tests/integration/extension/omnibox.test.ts',
}
export const rules: readonly Rule[] = [
  {
    rule: 'A token is sent only below the FHIR base, along plain, short addresses',
    protects: 'the token; other services there',
    at: [
      'extension/fhir/paging#nextOf',
      'extension/net/address#segmentsWithin',
      'extension/net/address#linkWithin',
    ],
    covers: 'escapes, backslashes, empty segments',
    mutants: [
      {
        ...withinBase,
        find: 'return segments.every((each) => segment.test(each)) ? segments : undefined',
        replace: 'return segments',
        title: 'F08',
      },
      {
        ...withinBase,
        find: '? null\n    : parseAddress(link, { base: address, longest: link.length })',
        replace: '? parseAddress(link, { base: address })\n    : parseAddress(link, { base: address })',
        title: 'F08 a link',
      },
      {
        ...paging,
        find: 'if (link.url.length > longestLink) return',
        replace: 'if (link.url.length < 0) return',
        title: 'F75 a next page whose address',
      },
    ],
  },
  {
    rule: 'Requests of one asking share limits of bytes and time, and end with their page',
    protects: 'the page; memory',
    at: [
      'extension/fhir/client#getOnce',
      'extension/messages/answer#watchPages',
      'extension/net/asking#addBytes',
    ],
    mutants: [
      {
        ...costsTest,
        file: 'extension/net/asking.ts',
        find: 'bytes += more',
        replace: 'bytes = more',
        title: 'F75 a list is read up to 20 MB',
      },
      {
        ...costsTest,
        file: 'extension/fhir/client.ts',
        find: ' || (asking && wait > asking.remaining())',
        replace: '',
        title: 'F75 an organization whose',
      },
      {
        ...costsTest,
        file: 'extension/net/http.ts',
        find: ', requestSignal(init.method), asking.signal])',
        replace: ', requestSignal(init.method)])',
        title: 'F75 leaving .* ends',
      },
      {
        file: 'extension/messages/answer.ts',
        test: 'tests/unit/extension/answer.test.ts',
        find: "controller.abort(new ProblemError('abandoned'))",
        replace: 'controller.signal.throwIfAborted()',
        title: 'F75 ends the requests',
      },
    ],
  },
  {
    rule: 'An answer is read in counted pieces, with other work in between',
    protects: "the worker's thread",
    at: [
      'extension/fhir/paging#collect',
      'extension/fhir/resource#objects',
      'extension/net/long-work#parseInPieces',
    ],
    mutants: [
      {
        ...parseInPieces,
        find: '> mostTokens)',
        replace: '> Number.POSITIVE_INFINITY)',
        title: 'F75 .* with more than',
      },
      {
        file: 'extension/net/long-work.ts',
        test: 'tests/unit/extension/parse-in-pieces.test.ts',
        find: 'await new Promise((resolve) => setTimeout(resolve))',
        replace: 'await Promise.resolve()',
        title: 'F75 .* lets other tasks',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/resource.ts',
        find: 'value.slice(0, most).filter',
        replace: 'value.slice(0, most * 1000).filter',
        title: 'F69 .* of a list within a resource',
      },
      { ...paging, find: 'await giveWay()', replace: 'void giveWay', title: 'F75 .* lets other tasks' },
      {
        ...parseInPieces,
        find: 'text.length < shortText ? work()',
        replace: 'text.length > 0 ? work()',
        title: 'F75 .* delays no other',
      },
    ],
  },
  {
    rule: 'In a published list, parents are read once, and few endpoints each',
    protects: "the worker's thread",
    at: ['extension/administration/read-brands#createAccess'],
    mutants: [
      {
        ...readBrands,
        find: 'accessOf.get(organization) ?? ',
        replace: '',
        title: 'F75 an organization that',
      },
      { ...readBrands, find: '  ].slice(0, mostEach)', replace: '  ]', title: 'F75 an organization that' },
    ],
  },
  {
    rule: 'In an exported file, organizations are read at once, each within its limits',
    protects: "other organizations' parts",
    at: ['extension/summary/record-file#collectRecord', 'extension/summary/record-file#readFrom'],
    mutants: [
      {
        ...recordFile,
        find: 'if (characters > share)',
        replace: 'if (characters > mostTotalCharacters)',
        title: 'F75 stops at 100 million characters',
      },
      {
        ...recordFile,
        find: 'await Promise.all(connections.map(readFrom))',
        replace:
          'await connections.reduce<Promise<Awaited<ReturnType<typeof readFrom>>[]>>(async (all, each) => [...(await all), await readFrom(each)], Promise.resolve([]))',
        title: 'F75 reads every organization at the same time',
      },
    ],
  },
  {
    rule: 'A file holds only valid resources, unchanged, at addresses of their organization',
    protects: 'the file',
    at: [
      'extension/fhir/about-patient#isProvenanceOwn',
      'extension/fhir/export-record#fullUrlOf',
      'extension/net/long-work#isEntry',
      'extension/summary/record-file#entryText',
    ],
    mutants: [
      {
        ...exportRecord,
        find: 'TYPE.test(resourceType) && isId(id)',
        replace: "typeof id === 'string'",
        title: 'F75 a resource of type',
      },
      {
        ...exportRecord,
        find: 'fhirBase}#$',
        replace: "'urn:uuid'}:$",
        title: 'F75 what Carekey states',
      },
      {
        ...exportRecord,
        file: 'extension/fhir/about-patient.ts',
        find: '.every((each) => isHere(partsOfReference(each), fhirBase))',
        replace: ".every(() => fhirBase !== '')",
        title: 'F75 what Carekey states',
      },
      {
        ...exportRecord,
        find: 'exportEntry(entry, texts.get(entry), access.fhirBase)',
        replace: 'exportEntry(entry, String(entry.written ?? texts.get(entry)), access.fhirBase)',
        title: 'F75 an entry with',
      },
      {
        ...parseInPieces,
        find: "if (!spelling.includes('\\\\') || spelling.length > longestSpelling) ",
        replace: 'if (spelling !== undefined) ',
        title: 'has its entries',
      },
      { ...recordFile, find: '  JSON.parse(json)\n', replace: '', title: 'F75 contains nothing' },
    ],
  },
  {
    rule: 'The file keeps nothing if the lock closes, nor of organizations signed out',
    protects: 'the record',
    at: ['extension/summary/record-file#collectRecord'],
    mutants: [
      {
        ...recordFile,
        find: 'isOver ||= endingCodes.has(problem.code)',
        replace: 'isOver ||= endingCodes.has(problem.code) && connections.length === 0',
        title: 'F72 is not',
      },
      {
        ...recordFile,
        find: 'results.filter(({ connection }) => signedIn.has(connection.id))',
        replace: 'results',
        title: 'F72 keeps nothing of an organization',
      },
    ],
  },
  {
    rule: 'Every file says in itself what it lacks',
    protects: 'whoever reads the file',
    at: [
      'extension/options/log/save-log#cutWords',
      'extension/record/person#leftOutOf',
      'extension/summary/missing-parts#missingVitals',
      'extension/summary/record-file#collectRecord',
      'extension/ui/controls/download#csv',
    ],
    mutants: [
      {
        file: 'extension/ui/controls/download.ts',
        test: 'tests/unit/extension/csv.test.ts',
        find: "          ...missing.map((sentence) => [...header.map(() => ''), sentence]),\n",
        replace: '',
        title: 'says what it lacks',
      },
      {
        file: 'extension/options/log/save-log.tsx',
        test: 'tests/unit/extension/log-file.test.ts',
        find: '    missing,\n',
        replace: '    [],\n',
        title: 'does not hold the whole log',
      },
      { ...vitalsCsv, find: 'lines, missing)', replace: 'lines, [])', title: 'say what they lack' },
      {
        ...vitalsCsv,
        file: 'extension/summary/missing-parts.ts',
        find: '  ...others.map(leftOutWords),\n',
        replace: '',
        title: 'say what they lack',
      },
      {
        ...vitalsCsv,
        file: 'extension/summary/missing-parts.ts',
        find: 'problem = value?.copyBecause',
        replace: 'problem',
        title: 'say what they lack',
      },
      {
        ...recordFile,
        find: '  missing.push(...others.map(absentOrganization))\n',
        replace: '',
        title: 'names the organizations of the person that are left out',
      },
      {
        ...recordFile,
        file: 'extension/summary/print-or-export.tsx',
        find: '{resources > 0 ? (',
        replace: '{missing.length >= resources ? (',
        title: 'counts what it holds of the record',
      },
      {
        ...recordFile,
        find: 'awaited.delete(connection)',
        replace: 'awaited.has(connection)',
        title: 'says of which organizations more is awaited',
      },
    ],
  },
  {
    rule: 'A text from outside loses what hides or reverses; a name becomes one line',
    protects: 'people, from mistaking one for another',
    at: [
      'extension/auth/provider/read-form#readForm',
      'extension/fhir/concept#firstWords',
      'extension/fhir/resource#words',
    ],
    mutants: [
      {
        file: 'values/readable-name.ts',
        test: 'tests/unit/values/readable-name.test.ts',
        find: ".replace(unseen, '')",
        replace: '.normalize()',
        title: 'F77 a name from outside',
      },
      {
        ...namesTest,
        file: 'extension/auth/provider/read-form.ts',
        find: "readableName(requireText(form.name, 'name', 100), 100)",
        replace: "requireText(form.name, 'name', 100)",
        title: 'F77 the name of a provider',
      },
      {
        ...namesTest,
        file: 'extension/fhir/resource.ts',
        find: 'readableText(trimmed.slice(0, longest)).trim()',
        replace: 'trimmed.slice(0, longest).trim()',
        title: 'F77 names of people',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/concept.ts',
        find: 'const firstText = words(each[member])',
        replace: 'const firstText = text(each[member])',
        title: 'F77 .* is shown in',
      },
      {
        ...recordBoundsTest,
        file: 'extension/fhir/record-entry.ts',
        find: "const status = words(resource.status) ?? ''",
        replace: "const status = text(resource.status) ?? ''",
        title: 'F77 .* is shown in',
      },
    ],
  },
  {
    rule: 'A quoted text from outside cannot end its quotation',
    protects: 'people, from words put into the mouth of another organization',
    at: [
      'extension/auth/provider/provider-labels#labelsOf',
      'extension/ui/words/outside-words#quoted',
      'values/quotable#quotable',
    ],
    covers: 'the file of a record; every sentence with a placeholder in quotation marks',
    mutants: [
      { ...quotable, find: '.replace(unquotable, "\'")', replace: '', title: 'could close them' },
      { ...quotable, find: '\\p{Lo}\\p{M}', replace: '\\p{Lo}\\p{Lm}\\p{M}', title: 'could close them' },
      { ...quotable, find: '|[ײᐥᐦ]', replace: '', title: 'could close them: ײ' },
      { ...quotable, find: '|(?<![\\p{L}\\p{N}\\p{M}])\\p{M}', replace: '', title: 'could close them' },
      {
        ...quotable,
        find: ".replace(/'(?: ?')+/g, \"'\")",
        replace: '',
        title: "could close them: ''",
      },
      {
        ...quotable,
        find: 'readableName(text, Number.POSITIVE_INFINITY)',
        replace: 'text',
        title: 'is one line',
      },
      {
        ...providerLabels,
        find: 'isolated(quotable(name))',
        replace: 'isolated(name)',
        title: 'never taken for a list of two',
      },
      {
        file: 'extension/ui/words/outside-words.ts',
        test: 'tests/unit/extension/record-file.test.ts',
        find: 'isolated(quotable(text))',
        replace: 'text',
        title: 'the words of another organization',
      },
      {
        file: 'extension/_locales/en/messages.json',
        test: 'tests/unit/extension/words.test.ts',
        find: '$1 says: $2',
        replace: '$1 says: “$2”',
        title: 'quote a text from outside in one sentence alone',
      },
    ],
  },
  {
    rule: 'Whether an application acted for itself is decided by the agents of an entry, never by its name',
    protects: 'people, from an application that has their name',
    at: [
      'extension/access-log/entries/read-entries#toEntry',
      'extension/who-read/access-words#accessThrough',
    ],
    mutants: [
      {
        file: 'extension/who-read/access-words.ts',
        test: 'tests/unit/extension/access-log.test.ts',
        find: 'application === undefined || byItself',
        replace: "application === undefined || application === 'John Doe'",
        title: 'beside a person of the same name',
      },
      {
        file: 'extension/access-log/entries/read-entries.ts',
        test: 'tests/unit/extension/access-log.test.ts',
        find: 'who === undefined && application',
        replace: '(who === undefined || who === application) && application',
        title: 'beside a person of the same name',
      },
    ],
  },
  {
    rule: 'What decodes a text cleans it afterwards',
    protects: 'people, from a logged request that reads as another',
    at: ['extension/who-read/access-words#readableQuery'],
    mutants: [
      {
        file: 'extension/who-read/access-words.ts',
        test: 'tests/unit/extension/access-log.test.ts',
        find: 'return readableText(\n',
        replace: 'return String(\n',
        title: 'however it was encoded',
      },
    ],
  },
  {
    rule: 'In the log, a name that is more than plain words of a name is quoted, whoever or whatever it names',
    protects: 'people, from an application whose name says who read',
    at: [
      'extension/ui/words/outside-words#applicationName',
      'extension/who-read/access-words#accessWho',
      'extension/who-read/access-words#accessThrough',
    ],
    mutants: [
      {
        ...logWords,
        find: 'applicationName(who) : personName(who)',
        replace: 'applicationName(who) : who',
        title: 'who read, of a person',
      },
      {
        ...logWords,
        find: 'applicationName(who) : personName',
        replace: 'who : personName',
        title: 'who read',
      },
      {
        ...logWords,
        find: "'through', applicationName(application)",
        replace: "'through', application",
        title: 'through what',
      },
      {
        ...logWords,
        find: '}`, applicationName(application)',
        replace: '}`, application',
        title: 'what was narrowed',
      },
      {
        ...logWords,
        find: "'access_disconnected', applicationName(application)",
        replace: "'access_disconnected', application",
        title: 'what was disconnected',
      },
      {
        ...logWords,
        find: 'what && quoted(what)',
        replace: 'what',
        title: 'what was registered',
      },
      {
        ...outsideWords,
        find: "name === 'Carekey' ?",
        replace: "name !== '' ?",
        title: 'turns no line round',
      },
    ],
  },
  {
    rule: 'A name of a person that is more than plain words of a name is quoted and short',
    protects: 'people, from sentences that an organization writes as a name',
    at: ['extension/ui/words/outside-words#ofPerson', 'extension/ui/words/outside-words#personName'],
    covers:
      'alarms, notices, the sheet of organizations, lists; names with commas, brackets, digits, full stops; user names',
    mutants: [
      {
        file: 'extension/popup/log/log-statement.tsx',
        test: 'tests/unit/extension/outside-words.test.ts',
        find: 'quotedName(who)',
        replace: 'who',
        title: 'who read lately',
      },
      {
        ...outsideWords,
        find: '!hasSentenceWord(name) &&',
        replace: '',
        title: 'Only You',
      },
      {
        file: 'values/sentence-words.ts',
        test: 'tests/unit/extension/provider-labels.test.ts',
        find: 'letterOf[letter] ?? letter',
        replace: "letter.replace(/[0-9]/, '')",
        title: 'never taken for a list of two',
      },
      {
        ...outsideWords,
        file: 'values/sentence-words.ts',
        find: 'isMixed(word) || ',
        replace: '',
        title: 'is quoted and short',
      },
      {
        ...outsideWords,
        find: 'isPersonName(name) ? isolated(name)',
        replace: "name !== '' ? isolated(name)",
        title: 'is quoted in',
      },
      {
        ...outsideWords,
        find: 'personName(name)}: ',
        replace: 'name}: ',
        title: 'an alarm',
      },
      { ...outsideWords, find: 'words.length <= mostWords &&', replace: '', title: 'All Of Your' },
      { ...outsideWords, find: 'name.length <= longestPlain &&', replace: '', title: 'is quoted and short' },
      {
        ...outsideWords,
        find: " &&\n    quotable(name) === name.replaceAll('’', \"'\")",
        replace: '',
        title: 'Mara ײ Mock',
      },
      {
        ...outsideWords,
        find: 'isPart(part) && isCapital(part)',
        replace: 'isPart(part)',
        title: 'Honest Clinic forged',
      },
      { ...outsideWords, find: '|St)\\.)$', replace: '|St|\\p{L}+)\\.)$', title: 'Mara. Signed' },
      {
        ...outsideWords,
        find: 'readableName(name, longestPlain)',
        replace: 'name',
        title: 'is quoted and short',
      },
      {
        ...outsideWords,
        file: 'extension/popup/frame/organizations-sheet.tsx',
        find: '<strong>{personName(nameOf(theirs[0]))}</strong>',
        replace: '<strong>{nameOf(theirs[0])}</strong>',
        title: 'the sheet, as another person',
      },
      {
        ...outsideWords,
        file: 'extension/popup/frame/place.ts',
        find: 'personName(patient?.name ?? person.name)',
        replace: 'patient?.name ?? person.name',
        title: 'still signed in',
      },
      {
        ...outsideWords,
        file: 'extension/summary/summary-page.tsx',
        find: 'one.patient && personName(one.patient.name)',
        replace: 'one.patient?.name',
        title: 'only where it stands alone',
      },
    ],
  },
  {
    rule: 'Who read a record is said with the organization that says so, and the name in quotation marks',
    protects: 'people, from a reader called "Nobody", and from words that accuse another organization',
    at: ['extension/popup/log/log-statement#LogStatement', 'extension/ui/words/outside-words#quotedName'],
    mutants: [
      {
        ...logStatement,
        file: 'extension/ui/words/outside-words.ts',
        find: 'quoted(readableName(name, longestPlain))',
        replace: 'isolated(readableName(name, longestPlain))',
        title: 'no words of its own: Dr. Lee',
      },
      {
        ...logStatement,
        find: '{connection.providerName}:',
        replace: '',
        title: 'no words of its own: Dr. Lee',
      },
    ],
  },
  {
    rule: 'A link to a portal shows its host beside the name that a list gives it',
    protects: 'people, from signing in at a stranger’s page',
    at: ['extension/ui/provider/portal-link#PortalLink'],
    mutants: [
      {
        ...portalLink,
        find: '{name !== host && ',
        replace: '{name === host && ',
        title: 'says where it leads',
      },
      { ...portalLink, find: 'name !== host', replace: "!name.includes('.')", title: 'portal.honest' },
      { ...portalLink, find: 'name !== host', replace: 'true', title: 'without a name' },
    ],
  },
  {
    rule: 'Of a refusal, a page shows a code and never a sentence of the organization',
    protects: 'people, from words that read as Carekey’s own',
    at: [
      'extension/administration/register-application#readRegistration',
      'extension/auth/provider/oauth-requests#errorCode',
    ],
    mutants: [
      {
        ...errorCodesTest,
        file: 'extension/auth/provider/oauth-requests.ts',
        find: "/^[a-z_]{1,60}$/.test(text) ? text : 'unknown'",
        replace: 'text',
        title: 'its code, and no other words',
      },
      {
        ...errorCodesTest,
        file: 'extension/auth/provider/oauth-requests.ts',
        find: '{ what: errorCode(error.error) }',
        replace: '{ what: error.error }',
        title: 'its code, and no other words',
      },
      {
        ...errorCodesTest,
        file: 'extension/administration/register-application.ts',
        find: '? errorCode(answer.error)',
        replace: '? answer.error',
        title: 'its code, and no other words',
      },
    ],
  },
  {
    rule: 'A name that is written from the right leaves the words around it in their order',
    protects: 'people, from a sentence that reads otherwise than it is written',
    at: [
      'extension/auth/provider/provider-labels#labelsOf',
      'extension/ui/words/outside-words#personName',
      'values/quotable#isolated',
    ],
    mutants: [
      {
        ...outsideWords,
        find: '? isolated(name)',
        replace: '? name',
        title: 'turns nothing around it',
      },
      {
        ...quotable,
        find: 'fromTheRight.test(name) ? ',
        replace: "fromTheRight.test(name) && name === '' ? ",
        title: 'turns nothing around it',
      },
      {
        ...providerLabels,
        find: '[isAlone, isolated(name)]',
        replace: '[isAlone, name]',
        title: 'turns nothing around it',
      },
    ],
  },
  {
    rule: 'Names that are similar, hold another or more than words are shown with their host',
    protects: 'people, from the wrong organization',
    at: [
      'extension/access-log/watch/log-comparison-answers#createComparisonAnswers',
      'extension/administration/find-organizations#createFindOrganizations',
      'extension/auth/provider/provider-labels#isPlain',
      'extension/auth/provider/provider-labels#labelsOf',
    ],
    mutants: [
      {
        ...providerLabels,
        find: 'const isAlone = group.length === 1',
        replace: 'const isAlone = true',
        title: 'F58',
      },
      {
        ...providerLabels,
        find: '!hasSentenceWord(name)',
        replace: 'hasSentenceWord(name) !== undefined',
        title: 'never taken for a list of two',
      },
      {
        ...providerLabels,
        find: '(?:[ –-][',
        replace: '(?:[ .,&–-]+[',
        title: 'never taken for a list of two',
      },
      {
        file: 'values/look-alikes.ts',
        test: 'tests/unit/extension/provider-labels.test.ts',
        find: 'latinOf.get(letter) ?? latinOf.get(letter.toUpperCase()) ?? letter',
        replace: 'letter',
        title: 'F58 .* F77 has the',
      },
      {
        ...providerLabels,
        find: 'isPlain(name) ? [isAlone, isolated(name)] : [false, quoted(name)]',
        replace: '[isAlone, name]',
        title: 'F77, J64 has its own host beside it',
      },
      {
        file: 'extension/access-log/watch/log-comparison-answers.ts',
        test: 'tests/integration/extension/compared-logs.test.ts',
        find: '({ id, label }) => [id, label]',
        replace: '({ id, configuredName }) => [id, configuredName]',
        title: 'names the organization by its label',
      },
      {
        file: 'extension/access-log/watch/log-comparison-answers.ts',
        test: 'tests/integration/extension/compared-logs.test.ts',
        find: "=== providerId)?.label ?? ''",
        replace: "=== providerId)?.configuredName ?? ''",
        title: 'names the organization by its label',
      },
      {
        file: 'extension/administration/find-organizations.ts',
        test: 'tests/integration/extension/find-organizations.test.ts',
        find: 'labels.get(keyOf(brand)) ?? brand.name',
        replace: "labels.get('') ?? brand.name",
        title: 'tells',
      },
    ],
  },
  {
    rule: 'An application whose name looks like one in use is found',
    protects: 'administrators',
    at: ['extension/options/applications/same-names#findNamesake'],
    mutants: [
      {
        file: 'extension/options/applications/same-names.ts',
        test: 'tests/unit/extension/namesakes.test.ts',
        find: 'skeletonOf(clientName) === skeleton)',
        replace: 'clientName === name)',
        title: 'J64',
      },
    ],
  },
  {
    rule: 'What is typed in the address bar leaves only with Enter, to the organization that the chosen line names',
    protects: 'patients, from an organization that calls its patient a clinician',
    at: ['extension/background/omnibox#watchOmnibox'],
    mutants: [
      {
        ...omnibox,
        find: "else if (clinicians.length > 1) showFirst('omnibox_choose')\n",
        replace: '',
        title: 'with several .* names none',
      },
      {
        ...omnibox,
        find: 'named = clinician?.id',
        replace: 'named = undefined',
        title: 'with one .* Enter searches there',
      },
      {
        ...omnibox,
        find: 'connectionId === undefined || !clinicians.some(({ id }) => id === connectionId)',
        replace: 'connectionId === undefined',
        title: 'after the person signed out there',
      },
      {
        ...omnibox,
        find: 'providerName, host }: Connection): string => withHost({ name: providerName, host })',
        replace: 'providerName }: Connection): string => providerName',
        title: 'with one .* its host',
      },
      {
        ...omnibox,
        find: 'if (thisInput !== latestInput) return\n',
        replace: '',
        title: 'only what the latest input',
      },
    ],
  },
  {
    rule: 'The host stands beside the name wherever a person decides by it',
    protects: 'people, from the wrong organization',
    at: ['extension/ui/words/source-mark#Host'],
    mutants: [],
    why: 'only a browser shows it, and mutants run without one',
    tests: ['tests/attacks/same-name.spec.ts'],
  },
  {
    rule: "A person agrees before signing in at another host than the record's",
    protects: 'people, from a record that leads elsewhere',
    at: ['extension/administration/add-provider#add'],
    mutants: [
      {
        ...addProvider,
        find: 'host !== requireUrl(fhirBase).host && host !== signInHost',
        replace: 'signInHost === null',
        title: 'before the person agrees',
      },
    ],
  },
  {
    rule: 'A policy ends a session at its time, whenever it was set, also while locked',
    protects: 'records',
    at: ['extension/background/ends#watchEnds', 'extension/lock/sealed-items#endTimesById'],
    mutants: [
      {
        file: 'extension/background/ends.ts',
        test: 'tests/integration/extension/policy.test.ts',
        find: "    if (area === 'managed') await endExpired(services)\n",
        replace: '    void area\n',
        title: 'ends such a session at its time',
      },
      {
        file: 'extension/background/ends.ts',
        test: 'tests/integration/extension/policy.test.ts',
        find: 'flatMap((session) => endOf(session) ?? [])',
        replace: 'flatMap(({ endsAt }) => endsAt ?? [])',
        title: 'ends such a session at its time also while Carekey is open',
      },
      {
        file: 'extension/lock/sealed-items.ts',
        test: 'tests/integration/extension/policy.test.ts',
        find: '[id, endOf(sealed)]',
        replace: '[id, sealed.endsAt]',
        title: 'ends such a session at its time also while Carekey is locked',
      },
    ],
  },
  {
    rule: 'A policy that cannot be read for a moment ends no session',
    protects: 'sessions',
    at: ['extension/storage/area#readManagedOnce'],
    mutants: [
      {
        file: 'extension/storage/area.ts',
        test: 'tests/integration/extension/policy.test.ts',
        find: 'return undefined\n    throw error',
        replace: 'return undefined\n    return { unreadable: true }',
        title: 'a policy that the browser cannot read for a moment',
      },
    ],
  },
  {
    rule: 'A policy is checked before anything is sent or registered',
    protects: "the administration's decision",
    at: ['extension/administration/add-provider#add', 'extension/administration/add-provider#registration'],
    mutants: [
      {
        ...addProvider,
        find: "    await requireConfigurable([{ fhirBase, authorizationEndpoint: '', redirectUri: '' }])\n",
        replace: '',
        title: 'sends nothing under a policy',
      },
      {
        ...addProvider,
        find: " && !policy?.locked.includes('applications')",
        replace: '',
        title: 'registers nothing under a policy',
      },
    ],
  },
  {
    rule: 'Every regular expression runs in linear time',
    protects: "the worker's and server's thread",
    at: ['tests/attacks/regular-expressions.test'],
    mutants: [],
    why: 'the test looks at every expression of both programs',
    tests: ['tests/attacks/regular-expressions.test.ts'],
  },
  {
    rule: 'Finding an organization changes no provider that somebody configured',
    protects: 'the configured provider',
    at: ['extension/administration/add-provider#add'],
    mutants: [
      {
        ...addProvider,
        find: ' || existing !== own)',
        replace: ')',
        title: 'does not change a configured provider',
      },
    ],
  },
]
