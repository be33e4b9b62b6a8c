import type { Mutant } from '../mutant.ts'

const limits = { test: 'tests/unit/audit/entry-limits.test.ts', project: 'unit' }

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
    find: 'if (Buffer.byteLength(query) <= LONGEST_SEARCH)',
    replace: 'if (query.length <= LONGEST_SEARCH)',
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
]
