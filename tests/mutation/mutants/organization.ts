import type { Mutant } from '../mutant.ts'

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
]
