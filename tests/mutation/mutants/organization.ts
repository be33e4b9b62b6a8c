import type { Mutant } from '../mutant.ts'

const costs = { test: 'tests/integration/extension/costs.test.ts', project: 'integration' }
const inPieces = { test: 'tests/unit/extension/parse-in-pieces.test.ts', project: 'unit' }
const labels = { test: 'tests/unit/extension/provider-labels.test.ts', project: 'unit' }
const names = { test: 'tests/integration/extension/names.test.ts', project: 'integration' }
const recordFile = { test: 'tests/unit/extension/record-file.test.ts', project: 'unit' }
const withinBase = { test: 'tests/unit/extension/within-base.test.ts', project: 'unit' }

/** What an organization may name, cost and be called. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'A token is sent, and a next page asked for, only under the base and in segments that every server reads alike',
    file: 'extension/net/within-base.ts',
    find: ' && isPlain(url.pathname, folder)',
    replace: '',
    ...withinBase,
    title: 'F08',
  },
  {
    rule: 'A link that the browser resolves before anybody can look is not followed',
    file: 'extension/net/within-base.ts',
    find: '? null : URL.parse(link, address)',
    replace: '? URL.parse(link, address) : URL.parse(link, address)',
    ...withinBase,
    title: 'F08 a link',
  },
  {
    rule: 'One asking brings as many bytes, over all of its requests, as its kind may',
    file: 'extension/net/asking.ts',
    find: 'bytes += more',
    replace: 'bytes = more',
    ...costs,
    title: 'F75 a list is read up to 20 MB',
  },
  {
    rule: 'An asking takes a minute at most, retries and waits included',
    file: 'extension/fhir/client.ts',
    find: ' || (asking && wait > asking.left())',
    replace: '',
    ...costs,
    title: 'F75 an organization that wants to be asked after',
  },
  {
    rule: 'An answer is taken apart in pieces of at most 100,000 values, counted before they are parsed',
    file: 'extension/net/parse-in-pieces.ts',
    find: '> mostTokens)',
    replace: '> Number.POSITIVE_INFINITY)',
    ...inPieces,
    title: 'of more than 100,000 values',
  },
  {
    rule: 'Between the pieces of an answer others have their turn',
    file: 'extension/net/parse-in-pieces.ts',
    find: 'await new Promise((resolve) => setTimeout(resolve))',
    replace: 'await Promise.resolve()',
    ...inPieces,
    title: 'lets others have their turn',
  },
  {
    rule: 'Of one organization one long answer is parsed at a time',
    file: 'extension/net/parse-in-pieces.ts',
    find: 'text.length < short ? work()',
    replace: 'text.length > 0 ? work()',
    ...inPieces,
    title: 'keeps nobody waiting who is another organization',
  },
  {
    rule: 'What a page asked for ends when the page closes',
    file: 'extension/messages/answer.ts',
    find: "waiting.abort(new ProblemError('abandoned'))",
    replace: 'waiting.signal.throwIfAborted()',
    test: 'tests/unit/extension/answer.test.ts',
    project: 'unit',
    title: 'F75 ends what a page asked for',
  },
  {
    rule: 'A request that nobody waits for any more is aborted',
    file: 'extension/auth/http.ts',
    find: ', requestSignal(init.method), asking.signal])',
    replace: ', requestSignal(init.method)])',
    ...costs,
    title: 'F75 whoever is gone',
  },
  {
    rule: 'Each organization has its own limits in the file that is taken along',
    file: 'extension/summary/record-file.ts',
    find: 'if (characters > share)',
    replace: 'if (characters > mostOfAll)',
    ...recordFile,
    title: 'F75 stops at 100 million characters',
  },
  {
    rule: 'All organizations are read at the same time for the file that is taken along',
    file: 'extension/summary/record-file.ts',
    find: 'await Promise.all(connections.map(readFrom))',
    replace:
      'await connections.reduce<Promise<Awaited<ReturnType<typeof readFrom>>[]>>(async (all, each) => [...(await all), await readFrom(each)], Promise.resolve([]))',
    ...recordFile,
    title: 'F75 reads every organization at the same time',
  },
  {
    rule: 'A name from outside is one line of what can be seen',
    file: 'extension/messages/readable.ts',
    find: "replace(/[\\p{C}\\p{Default_Ignorable_Code_Point}\\u2800]/gu, '')",
    replace: 'normalize()',
    test: 'tests/unit/extension/readable.test.ts',
    project: 'unit',
    title: 'F77 a name from outside',
  },
  {
    rule: 'A record’s words have nothing that hides or turns others around',
    file: 'extension/fhir/resource.ts',
    find: "text(readableText(text(value) ?? ''))",
    replace: 'text(value)',
    ...names,
    title: 'F77 what an organization calls people',
  },
  {
    rule: 'The name of a provider is cleaned where it is configured',
    file: 'extension/auth/providers.ts',
    find: "readableName(requireText(form.name, 'name', 100), 100)",
    replace: "requireText(form.name, 'name', 100)",
    ...names,
    title: 'F77 the name of a provider',
  },
  {
    rule: 'Two providers whose names are the same are told apart by host wherever they are named',
    file: 'extension/auth/provider-labels.ts',
    find: 'group.length === 1 && ',
    replace: '',
    ...labels,
    title: 'F58',
  },
  {
    rule: 'Two providers whose names look the same are told apart by host',
    file: 'extension/auth/provider-labels.ts',
    find: 'alike.get(character) ?? character',
    replace: 'character',
    ...labels,
    title: 'F77 has the host beside it, where another looks the same',
  },
  {
    rule: 'A name that looks like an address has its host always',
    file: 'extension/auth/provider-labels.ts',
    find: ' && !group.some(({ name }) => addressLike.test(name))',
    replace: '',
    ...labels,
    title: 'F77 has its own host beside it',
  },
]
