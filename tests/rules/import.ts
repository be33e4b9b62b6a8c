import type { Rule } from '../mutation/rule.ts'

const resolveReferences = {
  file: 'server/cli/import/resolve-references.ts',
  test: 'tests/integration/import/references.test.ts',
}
const bundleScope = {
  file: 'server/cli/import/bundle-scope.ts',
  test: 'tests/integration/import/references.test.ts',
}
const terminal = {
  file: 'server/start/terminal.ts',
  test: 'tests/integration/admin/terminal.test.ts',
}
const importRecords = {
  file: 'server/cli/import/import-records.ts',
  test: 'tests/integration/import/waiting.test.ts',
}
const importRecordsByLogged = {
  file: 'server/cli/import/import-records.ts',
  test: 'tests/integration/import/logged.test.ts',
}
const records = {
  file: 'server/cli/import/records.ts',
  test: 'tests/long/import/records.test.ts',
}
const referencesTest = { test: 'tests/integration/import/references.test.ts' }
const containedTest = { test: 'tests/integration/import/contained.test.ts' }
const manyEntriesTest = { test: 'tests/integration/import/many-entries.test.ts' }
const waitingTest = { test: 'tests/integration/import/waiting.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'A conditional reference is one identifier, of only one resource',
    protects: 'the record',
    at: [
      'server/cli/import/resolve-references#identifierOf',
      'server/cli/import/resolve-references#nameAmong',
    ],
    mutants: [
      {
        ...resolveReferences,
        find: "param !== 'identifier' || more.length > 0 ||",
        replace: 'more.length > 0 ||',
        title: 'on sqlite .*by a modifier adds nothing',
      },
      {
        ...resolveReferences,
        find: "param !== 'identifier' || more.length > 0 ||",
        replace: "param !== 'identifier' ||",
        title: 'on sqlite .*with a second parameter adds nothing',
      },
      {
        ...resolveReferences,
        find: 'names.size > 1 || scope.isAmbiguous(name)',
        replace: 'scope.isAmbiguous(name)',
        title: 'on sqlite .*that matches two resources goes to neither',
      },
      {
        ...resolveReferences,
        find: 'names.size > 1 || scope.isAmbiguous(name)',
        replace: 'names.size > 1',
        title: 'on sqlite .*distinguish two entries with the same id',
      },
    ],
  },
  {
    rule: 'A relative reference means an entry of its server, and never somebody else',
    protects: 'the record',
    at: [
      'server/cli/import/resolve-references#resolve',
      'server/cli/import/resolve-references#resolveReferences',
    ],
    mutants: [
      {
        ...resolveReferences,
        find: "  if (entry !== 'nobody') return entry\n",
        replace: '',
        title: 'on sqlite .*that are relative mean entries of the Bundle',
      },
      {
        ...resolveReferences,
        find: '!bases.has(undefined) && !bases.has(base)',
        replace: 'bases.size === 0',
        title: 'on sqlite .*distinguish a relative reference of one server',
      },
      {
        ...resolveReferences,
        find: 'misleadingReference ?? findLostPatient',
        replace: 'findLostPatient',
        title: 'on sqlite .*are required to distinguish two entries with the same id',
      },
    ],
  },
  {
    rule: 'A resource whose patient cannot be determined is refused',
    protects: 'patients',
    at: ['server/cli/import/judge-record#judgeRecord'],
    mutants: [
      {
        ...referencesTest,
        file: 'server/cli/import/judge-record.ts',
        find: 'if (lostPatient) return',
        replace: 'if (lostPatient && !lostPatient) return',
        title: 'on sqlite .*of another server add nothing',
      },
    ],
  },
  {
    rule: 'A resource that contains one of another patient is not stored',
    protects: 'the other patient',
    at: ['server/fhir/index/put-resource#requireOwnContents', 'server/query/contents#namedBy'],
    mutants: [
      {
        ...containedTest,
        file: 'server/fhir/index/put-resource.ts',
        find: 'if (foreign !== undefined) throw',
        replace: "if (foreign === '') throw",
        title: 'J14 an import on sqlite',
      },
      {
        ...containedTest,
        file: 'server/query/contents.ts',
        find: "typeof resource.resourceType === 'string' ? resource.resourceType : ''",
        replace: 'String(resource.resourceType)',
        title: 'on sqlite .*if the type of what it contains is no text',
      },
    ],
  },
  {
    rule: 'Only the types of a list are shared by all',
    protects: 'types that are added later',
    at: ['server/query/compartment#membershipOf'],
    mutants: [
      {
        file: 'server/query/compartment.ts',
        test: 'tests/unit/fhir/contents.test.ts',
        find: 'return RESTRICTIONS[type] ?? DEFINITION[type] ?? []',
        replace: 'return RESTRICTIONS[type] ?? DEFINITION[type] ?? SHARED',
        title: 'only the types of a list',
      },
    ],
  },
  {
    rule: 'A reference costs the same however many entries it may mean',
    protects: 'everybody, from slow imports',
    at: ['server/cli/import/find-identified#find', 'server/cli/import/resolve-references#nameAmong'],
    mutants: [
      {
        ...manyEntriesTest,
        file: 'server/cli/import/resolve-references.ts',
        find: '  const [name] = names\n',
        replace: '  const [name] = [...names]\n',
        title: 'one fullUrl',
      },
      {
        ...manyEntriesTest,
        file: 'server/cli/import/find-identified.ts',
        find: '    if (entries.size > 1) return entries\n',
        replace: '',
        title: 'one identifier',
      },
    ],
  },
  {
    rule: 'Ids are derived only from unique values, and ambiguous entries are refused',
    protects: 'the record',
    at: ['server/cli/import/bundle-scope'],
    mutants: [
      {
        ...bundleScope,
        find: "if (isAmbiguous(nameOf(entry.resource) ?? ''))",
        replace: "if (entry.url === '')",
        title: 'on sqlite .*distinguish two entries with the same id',
      },
      {
        ...bundleScope,
        find: '(urls.get(url) ?? 0) > 1',
        replace: '(urls.get(url) ?? 0) > 2',
        title: 'on sqlite .*is refused if two entries have one fullUrl',
      },
      {
        ...bundleScope,
        find: 'url !== undefined && UNIQUE.test(url)',
        replace: 'url !== undefined',
        title: 'on sqlite .*stands for another person if another file',
      },
      {
        ...bundleScope,
        find: 'url.toLowerCase()',
        replace: 'url',
        title: 'on sqlite .*is found in upper and lower case',
      },
    ],
  },
  {
    rule: 'An identifier is looked up in the Bundle before the store',
    protects: 'the record',
    at: ['server/cli/import/find-identified#find'],
    mutants: [
      {
        ...referencesTest,
        file: 'server/cli/import/find-identified.ts',
        find: 'scope.has(name) || waitingNames.has(name)',
        replace: 'waitingNames.size < 0',
        title: 'on sqlite .*uses the content of a resource',
      },
    ],
  },
  {
    rule: 'What a command prints is short, has no controls, and reverses nothing',
    protects: "the operator's terminal",
    at: [
      'server/start/terminal#LONGEST_VALUE',
      'server/start/terminal#writeLine',
      'values/readable-name#escapedText',
    ],
    mutants: [
      { ...terminal, find: 'escapedText(line)', replace: 'line', title: 'nothing from an imported file' },
      {
        file: 'values/readable-name.ts',
        test: 'tests/integration/admin/terminal.test.ts',
        find: '.replace(hiding, escaped)',
        replace: '',
        title: 'nothing from an imported file',
      },
      {
        ...terminal,
        find: 'const LONGEST_VALUE = 200',
        replace: 'const LONGEST_VALUE = 200_000_000',
        title: 'a line about a resource is short',
      },
    ],
  },
  {
    rule: 'Types that FHIR does not have are counted in one row',
    protects: 'the operator; memory',
    at: ['server/cli/import/judge-record#rowOf'],
    mutants: [
      {
        file: 'server/cli/import/judge-record.ts',
        test: 'tests/integration/import/command.test.ts',
        find: "isTypeInR4(type) ? type : 'other types'",
        replace: 'isTypeInR4(type) ? type : type',
        title: 'counts types that FHIR does not have',
      },
    ],
  },
  {
    rule: 'A waiting resource is not stored once a later one came, wherever it is read',
    protects: 'the record',
    at: [
      'server/cli/import/import-records#put',
      'server/cli/import/import-records#readAgain',
      'server/cli/import/import-records#add',
    ],
    mutants: [
      {
        ...importRecords,
        find: '    waiting.supersede(name)\n',
        replace: '',
        title: 'on sqlite .*stores no earlier resource over a later one, in two files',
      },
      {
        ...waitingTest,
        file: 'server/cli/import/import-records.ts',
        find: 'supersede(name)\n      positions.set(',
        replace: 'if (!positions.has(name)) positions.set(',
        title: 'on sqlite .*stores the last of several that wait',
      },
      {
        ...importRecords,
        find: 'position?.file === file && position.index === index',
        replace: 'position',
        title: 'on sqlite .*stores the last of several that wait',
      },
    ],
  },
  {
    rule: 'Two million resources wait at most, each under a valid name',
    protects: 'memory',
    at: ['server/cli/import/judge-record#judgeRecord', 'server/cli/import/import-records#add'],
    mutants: [
      {
        file: 'server/cli/import/import-records.ts',
        test: 'tests/unit/cli/waiting-resources.test.ts',
        find: 'if (positions.size >= most && !positions.has(name)) return false',
        replace: '',
        title: 'lets no more wait than it may',
      },
      {
        ...waitingTest,
        file: 'server/cli/import/judge-record.ts',
        find: 'const { type, id, content } = requireName(resource)',
        replace:
          'const content = resource as ReturnType<typeof requireName>["content"], { type, id } = content',
        title: 'on sqlite .*a resource without a valid id',
      },
    ],
  },
  {
    rule: 'An import is logged with its first change, and with its counts',
    protects: 'the log',
    at: ['server/cli/import/import-records#flush'],
    mutants: [
      {
        ...importRecordsByLogged,
        find: 'if (isLast)\n          await',
        replace: 'if (!isLast && !isLogged)\n          await',
        title: 'on sqlite .*fits in one commit',
      },
      {
        ...importRecordsByLogged,
        find: 'else if (!isLogged) await',
        replace: 'else if (isLogged) await',
        title: 'on sqlite .*ended before it was through',
      },
    ],
  },
  {
    rule: 'A resource nested too deeply to print is refused, on every thread',
    protects: "everybody's answers",
    at: ['server/cli/import/prepare-aside#start'],
    mutants: [
      {
        file: 'server/cli/import/prepare-aside.ts',
        test: 'tests/attacks/imports.test.ts',
        find: 'resourceLimits: { stackSizeMb: 1 }',
        replace: 'resourceLimits: {}',
        title: 'however deep, is served whole and in part: large',
      },
    ],
  },
  {
    rule: 'A Bundle or line is at most 100 MB, in UTF-8',
    protects: 'memory',
    at: ['server/cli/import/records'],
    mutants: [
      {
        ...records,
        find: 'if (size > LARGEST) throw new TooLarge()',
        replace: '',
        title: 'a Bundle of many lines that is larger',
      },
      {
        ...records,
        find: 'if (rest.length > LARGEST) throw new TooLarge()',
        replace: '',
        title: 'a line that is larger',
      },
      {
        ...records,
        find: '{ fatal: true }',
        replace: '{ fatal: false }',
        title: 'latin1.json, which cannot be read',
      },
    ],
  },
  {
    rule: 'A resource of any shape is accepted, or refused by words',
    protects: 'an import',
    at: ['server/fhir/index/required-codes#findWrongCode'],
    mutants: [
      {
        file: 'server/fhir/index/required-codes.ts',
        test: 'tests/thorough/odd-resources.test.ts',
        find: "typeof value === 'string' && allowed.includes(value)",
        replace: 'allowed.includes(String(value))',
        title: 'a resource of any shape',
      },
    ],
  },
]
