import type { Mutant } from '../mutant.ts'

const said = { test: 'tests/attacks/said-scopes.test.ts', project: 'attacks' }
const returned = { test: 'tests/integration/oauth/said-limits.test.ts', project: 'integration' }

const budget = { test: 'tests/attacks/scope-budget.test.ts', project: 'attacks' }

const BUDGET = 'A list of scopes has a budget, which is counted before the list is read'
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
  {
    rule: BUDGET,
    file: 'server/grants/fault-of-scopes.ts',
    find: 'if (excess !== undefined) return excess',
    replace: 'if (excess === "") return excess',
    ...budget,
    title: 'J02 a list of scopes beyond the budget is refused at authorize',
  },
  {
    rule: BUDGET,
    file: 'server/grants/scopes.ts',
    find: 'isWithinBudget(list) ?',
    replace: 'isWithinBudget(list) || true ?',
    ...budget,
    title: 'a stored grant',
  },
  {
    rule: BUDGET,
    file: 'server/grants/scope-budget.ts',
    find: '[?&,]|%2c',
    replace: '[?&,]',
    ...budget,
    title: 'commas that are escaped',
  },
  {
    rule: BUDGET,
    file: 'server/oauth/engine/engine.ts',
    find: 'if (Array.isArray(oidc.params?.resource)) throw',
    replace: 'if (oidc.params?.resource === "") throw',
    ...budget,
    title: 'several resources',
  },
  {
    rule: "The lists of an application's metadata are bounded",
    file: 'server/oauth/clients/client-policy.ts',
    find: 'checkMetadataBudget(client)',
    replace: 'void checkMetadataBudget',
    ...budget,
    title: 'a list of its metadata',
  },
  {
    rule: 'An assertion names its key before it is verified',
    file: 'server/oauth/clients/client-limit.ts',
    find: 'if (assertion && !namesKey(assertion)) refuseUnnamedKey(ctx)',
    replace: 'if (assertion === "" && !namesKey(assertion)) refuseUnnamedKey(ctx)',
    test: 'tests/thorough/cost.test.ts',
    project: 'thorough',
    title: 'tried with every key',
  },
  {
    rule: 'Limits of several scopes are one lookup in each index',
    file: 'server/fhir/search/predicates.ts',
    find: "isOne ? conditionOn('value', condition) : writeCondition(condition, hiddenColumn)",
    replace: "isOne || true ? conditionOn('value', condition) : writeCondition(condition, hiddenColumn)",
    test: 'tests/thorough/cost.test.ts',
    project: 'thorough',
    title: 'scopes by two parameters each',
  },
]
