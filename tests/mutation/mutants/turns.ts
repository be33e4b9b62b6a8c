import type { Mutant } from '../mutant.ts'

const directory = { test: 'tests/integration/fhir/patient-directory.test.ts', project: 'integration' }
const budget = { test: 'tests/unit/fhir/answer-budget.test.ts', project: 'unit', title: 'J13 answers of one' }
const pageTurns = { test: 'tests/unit/oauth/page-turns.test.ts', project: 'unit', title: 'J13' }
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
    file: 'server/turns.ts',
    find: '      } finally {\n        change(holder, -1)\n      }',
    replace: '      } finally {\n      }',
    ...directory,
    title: 'on sqlite .*J13 a page that fails',
  },
  {
    rule: 'A page that is refused because others wait is no fault of the server',
    file: 'server/oauth/account/page-error.ts',
    find: 'if (isBusy(error))',
    replace: 'if (false)',
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
    find: '            await turnOfOthers()\n',
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
  {
    rule: 'An answer does not begin in the turn in which it was asked for',
    file: 'server/fhir/http/answer-budget.ts',
    find: 'await startOf(holder)',
    replace: '',
    ...budget,
  },
  {
    rule: 'The answers of one holder begin in turns of the event loop of their own',
    file: 'server/fhir/http/answer-budget.ts',
    find: '(starts.get(holder) ?? Promise.resolve()).then(',
    replace: 'Promise.resolve().then(',
    ...budget,
  },
  {
    rule: 'Between two works of one holder, others open many connections',
    file: 'server/turn-of-others.ts',
    find: 'const CONNECTIONS = 32',
    replace: 'const CONNECTIONS = 1',
    ...crowded,
    title: 'J13 another.* a search',
  },
  {
    rule: 'Works share a commit until they leave it many rows',
    file: 'server/store/group-commit.ts',
    find: 'const MOST_ROWS = 512',
    replace: 'const MOST_ROWS = 512_000',
    test: 'tests/unit/store/group-commit.test.ts',
    project: 'unit',
    title: 'J13',
  },
  {
    rule: 'An own page of a person is made in a turn of the event loop of its own',
    file: 'server/oauth/account/page-turns.ts',
    find: '      await turnOfOthers()\n',
    replace: '',
    ...pageTurns,
  },
  {
    rule: 'The own pages of a person are made one after another',
    file: 'server/oauth/account/page-turns.ts',
    find: 'holder: 1,',
    replace: 'holder: 10,',
    ...pageTurns,
  },
  {
    rule: 'Pages of the account take turns',
    file: 'server/oauth/account/account.ts',
    find: 'inTurn(visitor.session.account, () => run(visitor))',
    replace: 'run(visitor)',
    ...crowded,
    title: 'J13 another.*/account',
  },
  {
    rule: 'Pages for clinicians take turns',
    file: 'server/oauth/launch/ehr.ts',
    find: 'return inTurn(session.account, () => answer(visitor))',
    replace: 'return answer(visitor)',
    ...crowded,
    title: 'J13 another.*/ehr',
  },
]
