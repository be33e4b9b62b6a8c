import type { Mutant } from '../mutant.ts'

const said = { test: 'tests/attacks/said-scopes.test.ts', project: 'attacks' }
const returned = { test: 'tests/integration/oauth/said-limits.test.ts', project: 'integration' }

const WORDS =
  'A scope is granted only with limits that the consent page can say, in words made from the table by which they are enforced'

/** What may be asked of a person, and what consent says. */
export const mutants: readonly Mutant[] = [
  {
    rule: WORDS,
    file: 'server/oauth/engine/engine.ts',
    find: 'if (fault !== undefined) throw new errors.InvalidScope',
    replace: 'if (fault === "") throw new errors.InvalidScope',
    ...said,
    title: 'J04 a limit that the consent page cannot say',
  },
  {
    rule: WORDS,
    file: 'server/oauth/clients/client-policy.ts',
    find: 'if (fault !== undefined) throw new errors.InvalidClientMetadata',
    replace: 'if (fault === "") throw new errors.InvalidClientMetadata',
    ...said,
    title: 'J04 a limit that the consent page cannot say',
  },
  {
    rule: WORDS,
    file: 'server/query/forms.ts',
    find: "any({ column: 'low', is: '<', to: from }, { column: 'high', is: '>', to }),\n    bound: 'no words',",
    replace:
      "any({ column: 'low', is: '<', to: from }, { column: 'high', is: '>', to }),\n    bound: 'within',",
    ...returned,
    title: 'J04 what the consent page says',
  },
  {
    rule: WORDS,
    file: 'server/query/claim.ts',
    find: "bound === 'no words' || unit === undefined",
    replace: "bound === 'no words'",
    ...said,
    title: 'J04 a limit that the consent page cannot say',
  },
  {
    rule: 'A code in a scope is one of a list that we know',
    file: 'server/query/claim.ts',
    find: 'return isKnownCode(code, system) ?',
    replace: 'return isKnownCode(code, system) || true ?',
    ...said,
    title: 'J04 a limit that the consent page cannot say',
  },
]
