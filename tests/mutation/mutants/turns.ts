import type { Mutant } from '../mutant.ts'

const directory = { test: 'tests/integration/fhir/patient-directory.test.ts', project: 'integration' }
const crowded = { test: 'tests/attacks/crowded-pages.test.ts', project: 'attacks' }

/** How one person's requests make room for those of others. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'The organization’s own pages read patients for one page of a person at a time',
    file: 'server/fhir/patient-directory.ts',
    find: 'all: Number.POSITIVE_INFINITY, holder: 1,',
    replace: 'all: Number.POSITIVE_INFINITY, holder: 10,',
    ...directory,
    title: 'on sqlite .*J13 one page',
  },
  {
    rule: 'Few pages of one person wait for their turn',
    file: 'server/fhir/patient-directory.ts',
    find: 'line: MOST_WAITING,',
    replace: 'line: MOST_WAITING + 1,',
    ...directory,
    title: 'on sqlite .*J13 when too many',
  },
  {
    rule: 'A page that fails ends its turn',
    file: 'server/fhir/patient-directory.ts',
    find: 'turns.change(holder, -1)',
    replace: 'void holder',
    ...directory,
    title: 'on sqlite .*J13 a page that fails',
  },
  {
    rule: 'A page that is refused because others wait is no fault of the server',
    file: 'server/oauth/account/page-error.ts',
    find: "if (code === 'server_busy')",
    replace: "if (code === 'server-busy')",
    ...crowded,
    title: 'J13 .*a search for patients',
  },
  {
    rule: 'What a consent page counts, it counts by one statement after another',
    file: 'server/fhir/patient-directory.ts',
    find: 'length: source.atOnce ?? 1',
    replace: 'length: source.atOnce ?? 4',
    ...directory,
    title: 'on sqlite .*J13 entries are counted',
  },
  {
    rule: 'Others are answered between two statements of a consent page',
    file: 'server/fhir/patient-directory.ts',
    find: '            await nextTurn()\n',
    replace: '',
    ...directory,
    title: 'on sqlite .*J13 others are answered',
  },
  {
    rule: 'No statement of a consent page begins after its time',
    file: 'server/fhir/patient-directory.ts',
    find: 'const count = late.aborted ? undefined : await',
    replace: 'const count = await',
    ...directory,
    title: 'on sqlite .*J13 no statement',
  },
]
