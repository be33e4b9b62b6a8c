import type { Mutant } from '../mutant.ts'

const listed = {
  file: 'server/oauth/clients/launchable-clients.ts',
  test: 'tests/integration/oauth/many-applications.test.ts',
  project: 'integration',
  title: 'T09 .*on sqlite',
} as const

export const mutants: readonly Mutant[] = [
  {
    rule: 'The record system lists few applications',
    ...listed,
    find: 'matches.slice(0, MOST).filter(',
    replace: 'matches.filter(',
  },
  {
    rule: 'The origins of listed applications fit into a header',
    ...listed,
    find: 'return room >= 0',
    replace: 'return true',
  },
]
