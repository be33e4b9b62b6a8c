import type { Mutant } from '../mutant.ts'

const about = {
  file: 'extension/fhir/about-patient.ts',
  test: 'tests/unit/extension/about-patient.test.ts',
  project: 'unit',
}

export const mutants: readonly Mutant[] = [
  {
    rule: 'A resource whose subject is another is left out',
    ...about,
    find: 'subjectsOf(resource).every((each) => isOwnReference(each, about)) && isFocusOwn',
    replace: 'isFocusOwn',
    title: 'J56 .*not certainly',
  },
  {
    rule: 'An Observation with another focus is left out',
    ...about,
    find: 'listOf(focus).every((each) => isOwnReference(each, about)) &&',
    replace: '',
    title: 'J56 .*focus',
  },
  {
    rule: 'An Observation whose focus is a code is left out',
    ...about,
    find: 'url === focusCode',
    replace: 'false',
    title: 'J56 .*fetus',
  },
  {
    rule: 'A resource that contains something about another is left out',
    ...about,
    find: 'isObject(each) && isContainedOwn(each, about)',
    replace: 'isObject(each)',
    title: 'J56 .*contained',
  },
  {
    rule: 'A resource with an unknown modifier is left out',
    ...about,
    find: '  !hasUnknownModifier(resource)\n',
    replace: '  true\n',
    title: 'J56 .*modifier',
  },
  {
    rule: 'What is left out is counted',
    ...about,
    find: 'if (!isKept) omitted++',
    replace: '',
    title: 'J56 .*counts what it leaves out',
  },
  {
    rule: 'An export leaves out what is about others',
    file: 'extension/fhir/export-record.ts',
    find: 'const client = onlyAbout(reader, access, options.patient)',
    replace: 'const client = { ...reader, omitted: () => 0 }',
    test: 'tests/unit/extension/export-record.test.ts',
    project: 'unit',
    title: 'J56',
  },
  {
    rule: 'Readings and lists leave out what is about others',
    file: 'extension/background/read-record.ts',
    find: 'client: onlyAbout(client, access, patient)',
    replace: 'client: { ...client, omitted: () => 0 }',
    test: 'tests/integration/extension/about-patient.test.ts',
    project: 'integration',
    title: 'J56',
  },
]
