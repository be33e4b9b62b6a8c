import type { Mutant } from '../mutant.ts'

const READ = { test: 'tests/unit/sources/read-answer.test.ts', project: 'unit' } as const
const ANSWERS = { test: 'tests/integration/upstream/answers.test.ts', project: 'integration' } as const
const CREDENTIAL = { test: 'tests/integration/upstream/credential.test.ts', project: 'integration' } as const
const CIRCUIT = { test: 'tests/integration/upstream/circuit.test.ts', project: 'integration' } as const

export const mutants: readonly Mutant[] = [
  {
    rule: 'A resource from upstream in which a member occurs twice is not read',
    file: 'server/sources/upstream/read-answer.ts',
    find: 'if (walked.members !== members)',
    replace: 'if (false)',
    ...READ,
    title: 'G04 .*twice',
  },
  {
    rule: 'A read gives the resource that was asked for, or none',
    file: 'server/sources/upstream/read-answer.ts',
    find: 'if (resource.type !== type || resource.id !== id)',
    replace: 'if (resource.type !== type)',
    ...READ,
    title: 'G04 .*another id',
  },
  {
    rule: 'References below the base are relative before anything is decided',
    file: 'server/sources/upstream/read-answer.ts',
    find: 'const walked = relativize(value, base)',
    replace: 'const walked = relativize(structuredClone(value), base)',
    ...READ,
    title: 'become relative',
  },
  {
    rule: 'A link to a next page is followed only below the base',
    file: 'server/sources/upstream/next-link.ts',
    find: 'url.origin === new URL(base).origin &&',
    replace: '',
    ...READ,
    title: 'G03 .*leads elsewhere',
  },
  {
    rule: 'A link to a next page has plain names only',
    file: 'server/sources/upstream/next-link.ts',
    find: 'PLAIN_PATH.test(url.pathname.slice(path.length))',
    replace: 'true',
    ...READ,
    title: 'G03 .*%2f',
  },
  {
    rule: 'An id that is a name of a folder is not asked for',
    file: 'server/sources/upstream/create-upstream.ts',
    find: "if (id === '.' || id === '..') return undefined",
    replace: '',
    ...ANSWERS,
    title: 'G07',
  },
  {
    rule: 'An answer is 10 MB at most',
    file: 'server/sources/upstream/exchange.ts',
    find: 'if (isUsed && size > LARGEST_ANSWER)',
    replace: 'if (isUsed && size > 10 * LARGEST_ANSWER)',
    ...ANSWERS,
    title: 'never ends',
  },
  {
    rule: 'What upstream says about a refusal is logged without what was asked for',
    file: 'server/sources/upstream/quote-refusal.ts',
    find: "asked.has(word.toLowerCase()) ? '…' : word",
    replace: 'word',
    ...ANSWERS,
    title: 'G05 .*400 becomes',
  },
  {
    rule: 'While upstream is away, requests are refused at once',
    file: 'server/sources/upstream/open-transport.ts',
    find: 'circuit.requireClosed()',
    replace: '',
    ...CIRCUIT,
    title: 'G11 a server that breaks connections',
  },
  {
    rule: 'A token is renewed once for all who wait',
    file: 'server/sources/upstream/backend-credential.ts',
    find: 'renewal ??= obtain()',
    replace: 'renewal = obtain()',
    ...CREDENTIAL,
    title: 'G14',
  },
  {
    rule: 'A new token that is refused is not renewed again and again',
    file: 'server/sources/upstream/backend-credential.ts',
    find: 'clock() - token.obtainedAt < REST',
    replace: 'false',
    ...CREDENTIAL,
    title: 'refused although it is new',
  },
]
