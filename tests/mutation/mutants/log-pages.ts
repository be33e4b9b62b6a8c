import type { Mutant } from '../mutant.ts'

const limits = { test: 'tests/unit/audit/entry-limits.test.ts', project: 'unit' }
const pages = { test: 'tests/attacks/log-pages.test.ts', project: 'attacks' }
const said = {
  test: 'tests/attacks/said-by-link.test.ts',
  project: 'attacks',
  title: 'an address alone|a place in the log',
}
const batch = {
  test: 'tests/attacks/large-answers.test.ts',
  project: 'attacks',
  title: 'J13 a batch counts',
}

/** How large an entry of the log is, and a page of it. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'A search that is too long for an entry loses its values',
    file: 'server/audit/entry-limits.ts',
    find: 'shortenSearch(query.toWellFormed())',
    replace: 'query.toWellFormed()',
    ...limits,
    title: 'J13 .*its search, of which',
  },
  {
    rule: 'A search is measured in bytes',
    file: 'server/audit/entry-limits.ts',
    find: 'if (Buffer.byteLength(query) <= most)',
    replace: 'if (query.length <= most)',
    ...limits,
    title: 'J13 .*more than one byte',
  },
  {
    rule: 'The names of the parameters of a search are limited in an entry',
    file: 'server/audit/entry-limits.ts',
    find: 'return Buffer.byteLength(names) <= LONGEST_SEARCH',
    replace: 'return names !== query',
    ...limits,
    title: 'J13 .*the names of its parameters',
  },
  {
    rule: 'Every text of an entry is limited',
    file: 'server/audit/entry-limits.ts',
    find: '  ...shortenAll(others, LONGEST_TEXT),\n',
    replace: '  ...others,\n',
    ...limits,
    title: 'J13 .*every text',
  },
  {
    rule: 'A detail of an entry is limited',
    file: 'server/audit/entry-limits.ts',
    find: 'shortenAll(details, LONGEST_DETAIL)',
    replace: 'details',
    ...limits,
    title: 'J13 .*every text',
  },
  {
    rule: 'A text of an entry that was cut is no id',
    file: 'server/audit/entry-limits.ts',
    find: 'toWellFormed()}…`',
    replace: 'toWellFormed()}`',
    ...limits,
    title: 'differs from every id',
  },
  {
    rule: 'A page of the log is as long as its entries fit',
    file: 'server/fhir/search/search-log.ts',
    find: 'if (total > LARGEST_PAGE && seqs.length > 0) break',
    replace: '',
    ...pages,
    title: 'J13 a page of the log',
  },
  {
    rule: 'A page of the log that is shorter than was asked for has a next one',
    file: 'server/fhir/search/search-log.ts',
    find: 'sizes.length > seqs.length',
    replace: 'sizes.length > query.count',
    ...pages,
    title: 'J13 a page of the log',
  },
  {
    rule: 'Others are answered while the entries of a page are opened',
    file: 'server/audit/stored-event.ts',
    find: 'if (opened > OPENED_TOGETHER)',
    replace: 'if (opened < 0)',
    test: 'tests/unit/audit/stored-event.test.ts',
    project: 'unit',
    title: 'J13',
  },
  {
    rule: 'One page of the account’s log is read at a time',
    file: 'server/oauth/account/log-entries.ts',
    find: 'const takeTurn = createTurns(1)',
    replace: 'const takeTurn = createTurns(10)',
    test: 'tests/integration/oauth/log-pages.test.ts',
    project: 'integration',
    title: 'on sqlite.*J13 one page',
  },
  {
    rule: 'Proofs of entries take turns with the other answers of the same person',
    file: 'server/fhir/log-proofs.ts',
    find: 'holderOfToken(authorization)',
    replace: 'request.id',
    test: 'tests/attacks/large-answers.test.ts',
    project: 'attacks',
    title: 'J13 an answer keeps',
  },
  {
    rule: 'A batch counts what its entries in the log take',
    file: 'server/fhir/http/respond-to-batch.ts',
    find: 'sum + sizeOfAccess(access)',
    replace: 'sum + 0 * sizeOfAccess(access)',
    ...batch,
  },
  {
    rule: 'The entries of one request keep 0.5 MB of its search together',
    file: 'server/fhir/http/access-entry.ts',
    find: 'Math.min(LONGEST_SEARCH, SEARCHES_OF_REQUEST / patients.size)',
    replace: 'Math.max(LONGEST_SEARCH, SEARCHES_OF_REQUEST / patients.size)',
    ...batch,
  },
  {
    rule: 'A page says that something was saved only to the session that saved it',
    file: 'server/oauth/account/saved-notice.ts',
    find: "typeof saved === 'string' && isFormToken(keys.forms, boundTo(session, path, saved), proof)",
    replace:
      "typeof saved === 'string' && (isFormToken(keys.forms, boundTo(session, path, saved), proof) || true)",
    ...said,
  },
  {
    rule: 'A page says that something was saved to no other session',
    file: 'server/oauth/account/saved-notice.ts',
    find: "['saved', id, path, saved]",
    replace: "['saved', id === '' ? id : '', path, saved]",
    ...said,
  },
  {
    rule: 'An empty page of the log does not say that the record was not read',
    file: 'server/pages/access-log.ts',
    find: 'page.first ? words.none',
    replace: 'entries ? words.none',
    ...said,
  },
  {
    rule: 'One person has one proof of entries at a time',
    file: 'server/fhir/log-proofs.ts',
    find: 'ANSWER_BUDGET.batch,',
    replace: 'ANSWER_BUDGET.single,',
    test: 'tests/attacks/large-answers.test.ts',
    project: 'attacks',
    title: 'J13 proofs of log entries',
  },
]
