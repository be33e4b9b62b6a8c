import type { Rule } from '../mutation/rule.ts'

const claim = { file: 'server/query/claim.ts', test: 'tests/attacks/said-scopes.test.ts' }
const forms = {
  file: 'server/query/forms.ts',
  test: 'tests/thorough/said-limits.test.ts',
}
const offerParts = {
  file: 'server/oauth/terms/offers.ts',
  test: 'tests/unit/oauth/offers.test.ts',
}
const readableBy = {
  file: 'server/grants/scopes/readable-by.ts',
  test: 'tests/unit/oauth/offers.test.ts',
}
const offers = {
  file: 'server/oauth/terms/offers.ts',
  test: 'tests/unit/oauth/offers.test.ts',
}
const scopeBudget = {
  file: 'server/grants/scopes/scope-budget.ts',
  test: 'tests/unit/oauth/limit-scope.test.ts',
}
const saidScopesTest = { test: 'tests/attacks/said-scopes.test.ts' }
const datesAsWrittenTest = { test: 'tests/integration/fhir/dates-as-written.test.ts' }
const offerPartsTest = { test: 'tests/integration/oauth/offer-parts.test.ts' }
const scopeBudgetTest = { test: 'tests/attacks/scope-budget.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: "A clinician's consent names the types, unless it is every one",
    protects: "patients' records; the person's view",
    at: ['server/oauth/terms/offers#merged', 'server/oauth/terms/offers#offersOf'],
    mutants: [
      {
        ...offers,
        find: '[{ ...whole, types: KINDS.flatMap(typesIn) }]',
        replace: '[whole]',
        title: "name a clinician's types",
      },
      {
        ...offers,
        find: 'types.every((each) => each !== undefined) && [...new Set(types.flat())]',
        replace: 'first.types && [...new Set(types.flatMap((each) => each ?? []))]',
        title: "name a clinician's types",
      },
    ],
  },
  {
    rule: 'A scope is granted only with limits and codes that the consent page can say',
    protects: 'the person who consents',
    at: [
      'server/oauth/clients/client-policy#acceptResourceScopes',
      'server/oauth/engine/engine#requireGrantable',
      'server/query/forms#claimOf',
    ],
    covers: 'refresh, registration, the terminal, stored scopes',
    mutants: [
      {
        ...saidScopesTest,
        file: 'server/oauth/engine/engine.ts',
        find: 'if (fault !== undefined) throw new errors.InvalidScope',
        replace: 'if (fault === "") throw new errors.InvalidScope',
        title: 'J04 a limit that the consent page cannot say',
      },
      {
        ...saidScopesTest,
        file: 'server/oauth/clients/client-policy.ts',
        find: 'if (fault !== undefined) throw new errors.InvalidClientMetadata',
        replace: 'if (fault === "") throw new errors.InvalidClientMetadata',
        title: 'J04 a limit that the consent page cannot say',
      },
      {
        ...saidScopesTest,
        file: 'server/query/forms.ts',
        find: "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'no words',",
        replace:
          "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'within',",
        title: 'J04 a limit that the consent page cannot say',
      },
      {
        ...claim,
        find: "bound === 'no words' || unit === undefined",
        replace: "bound === 'no words'",
        title: 'J04 a limit that the consent page cannot say',
      },
      {
        ...forms,
        find: "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'no words',",
        replace:
          "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'within',",
        title: 'J04 .* on sqlite',
      },
      {
        ...forms,
        find: "{ column: high, is: '>', to }, { column: low, is: '>=', to: from }),\n    bound: 'from',",
        replace: "{ column: high, is: '>', to }, { column: low, is: '>=', to: from }),\n    bound: 'after',",
        title: 'J04 .* on sqlite',
      },
      {
        ...claim,
        find: 'return isKnownCode(code, system) ?',
        replace: 'return isKnownCode(code, system) || true ?',
        title: 'J04 a limit that the consent page cannot say',
      },
    ],
  },
  {
    rule: 'A searched date without a time zone is compared with dates as written',
    protects: 'readings of the evening; limits',
    at: [
      'server/pages/sign-in/offer-words#claimWords',
      'server/query/date-interval#period',
      'server/query/forms#dateCondition',
    ],
    mutants: [
      {
        ...datesAsWrittenTest,
        file: 'server/query/forms.ts',
        find: 'written ? WRITTEN : INSTANT',
        replace: 'INSTANT',
        title: 'on sqlite.*a search finds',
      },
      {
        ...datesAsWrittenTest,
        file: 'server/query/date-interval.ts',
        find: 'start && end && end.high <= start.low',
        replace: 'start && end && end.high < 0',
        title: 'on sqlite.*a search finds',
      },
      {
        ...saidScopesTest,
        file: 'server/pages/sign-in/offer-words.ts',
        find: "type === 'AuditEvent' ? ' (UTC)' : ''",
        replace: "''",
        title: 'J04 a limit that can be said',
      },
      {
        ...datesAsWrittenTest,
        file: 'server/query/parse-criteria.ts',
        find: '...(offset === undefined && { written: true })',
        replace: 'written: true',
        title: 'on sqlite.*a search finds',
      },
    ],
  },
  {
    rule: 'An offer that others include, by what is enforced, is shown as their part',
    protects: 'the person who consents',
    at: [
      'server/grants/scopes/readable-by',
      'server/oauth/terms/offers#isGiven',
      'server/oauth/terms/offers#markParts',
    ],
    mutants: [
      { ...offerParts, find: '[...boxes].find(', replace: '[].find(', title: 'is a part of it' },
      {
        ...offerParts,
        find: 'new Set([...boxes].filter((box) => box !== name))',
        replace: 'new Set(names.filter((box) => box !== name))',
        title: 'is a part of it',
      },
      {
        ...offerParts,
        find: 'return partOf === undefined ? offer : { ...offer, partOf }',
        replace: 'return offer',
        title: 'is a part of it',
      },
      {
        ...offerParts,
        find: 'own.every((each) =>',
        replace: 'own.some((each) =>',
        title: 'is no part of what does not include all of it',
      },
      {
        ...readableBy,
        find: 'return (example & all) === all',
        replace: 'return all === 0 || (example & all) !== 0',
        title: 'is no part of what does not include all of it',
      },
      {
        ...readableBy,
        find: "wide.scope.actions.includes('s') || !narrow.scope.actions.includes('s')",
        replace: '[...narrow.scope.actions].every((action) => wide.scope.actions.includes(action))',
        title: 'is a part of it',
      },
      {
        ...readableBy,
        find: 'return [EARLIEST, ...new Set(ends)]',
        replace: 'return [...new Set(ends)]',
        title: 'is no part of what does not include all of it',
      },
      {
        ...readableBy,
        find: 'COMPARTMENT[type]?.length !== 0',
        replace: 'true',
        title: 'one patient of a clinician',
      },
    ],
  },
  {
    rule: 'A part is unticked at first, and granted with the whole',
    protects: 'the person who consents',
    at: [
      'server/oauth/consent/consent#consentView',
      'server/oauth/terms/offers#grantedScope',
      'server/pages/account/connection#connectionPage',
    ],
    mutants: [
      {
        ...offers,
        find: 'const granted = withAllGiven(requestedScope, account, allowedNames, context)',
        replace: 'const granted = allowedNames',
        title: 'is granted with it',
      },
      {
        ...offerPartsTest,
        file: 'server/oauth/consent/consent.ts',
        find: 'allowed ? allowed.has(offer.name) : offer.partOf === undefined',
        replace: 'allowed?.has(offer.name) ?? true',
        title: 'on sqlite.*offer the parts instead of the whole',
      },
      {
        ...offerPartsTest,
        file: 'server/pages/account/connection.ts',
        find: '!page.nothingLeft && offer.partOf === undefined',
        replace: '!page.nothingLeft',
        title: 'on sqlite.*offer the parts instead of the whole',
      },
    ],
  },
  {
    rule: 'An offer names each type that is granted, and no two read alike',
    protects: 'the person who consents',
    at: ['server/oauth/terms/offers#offersOf', 'server/pages/sign-in/offer-words#limitedWords'],
    mutants: [
      {
        ...offers,
        find: "types.filter((type) => scope.type === '*' || type === scope.type)",
        replace: "scope.type === '*' || types.some((type) => type === scope.type) ? types : []",
        title: 'name the types that are granted',
      },
      {
        file: 'server/pages/sign-in/offer-words.ts',
        test: 'tests/unit/oauth/offers.test.ts',
        find: "type === 'Observation' ? named :",
        replace: 'named !== undefined ? named :',
        title: 'differ in their words',
      },
    ],
  },
  {
    rule: 'An offer says whose it is; what belongs to no record is a directory, and is not counted',
    protects: 'the person who consents; everybody else whom the organization lists',
    at: ['server/oauth/terms/offers#whoseIs', 'server/oauth/terms/offers#reachOfOffers'],
    covers: 'patients, clinicians, administrators; limited scopes, wildcards, narrowing',
    mutants: [
      {
        ...offers,
        find: "role === 'admin' || isInDirectory(type)",
        replace: 'isInDirectory(type)',
        title: 'say whose it is, unless',
      },
      {
        ...offers,
        find: "role === 'admin' || isInDirectory(type)",
        replace: "role === 'admin'",
        title: 'say whose it is, unless',
      },
      {
        ...offers,
        find: '.filter(({ type }) => !isInDirectory(type))',
        replace: '',
        title: 'count nothing of a record',
      },
    ],
  },
  {
    rule: 'A list of scopes has a budget, counted before it is read',
    protects: "everybody else's requests",
    at: [
      'server/grants/scopes/scopes#faultOfScopes',
      'server/grants/scopes/scope-budget#excessOf',
      'server/grants/scopes/scopes#parseScopes',
    ],
    mutants: [
      {
        ...scopeBudgetTest,
        file: 'server/grants/scopes/scopes.ts',
        find: 'isWithinBudget(list) ?',
        replace: 'isWithinBudget(list) || true ?',
        title: 'a stored grant',
      },
      {
        ...scopeBudgetTest,
        file: 'server/grants/scopes/scope-budget.ts',
        find: '[?&,]|%2c',
        replace: '[?&,]',
        title: 'commas that are escaped',
      },
      {
        ...scopeBudgetTest,
        file: 'server/grants/scopes/scopes.ts',
        find: 'if (excess !== undefined) return excess',
        replace: "if (excess !== undefined && list === '') return excess",
        title: 'at authorize: 60',
      },
      {
        ...scopeBudgetTest,
        file: 'server/oauth/engine/engine.ts',
        find: 'if (Array.isArray(oidc.params?.resource)) throw',
        replace: 'if (oidc.params?.resource === "") throw',
        title: 'several resources',
      },
    ],
  },
  {
    rule: 'Limits of several scopes are one lookup in each index',
    protects: "everybody else's requests",
    at: ['server/fhir/search/predicates#isWithinLimits'],
    mutants: [
      {
        file: 'server/fhir/search/predicates.ts',
        test: 'tests/thorough/cost.test.ts',
        find: "isOne ? conditionOn('value', condition) : writeCondition(condition, hiddenColumn)",
        replace: "isOne || true ? conditionOn('value', condition) : writeCondition(condition, hiddenColumn)",
        title: 'alternatives of one scope',
      },
    ],
  },
  {
    rule: 'Limits of scopes are compared by what they mean; one that a token and its consent share is held once, at each refresh',
    protects: 'access that goes on',
    at: ['server/grants/scopes/registered-scope#limitsOf', 'server/query/parse-limits#parseLimits'],
    mutants: [
      {
        file: 'server/grants/scopes/registered-scope.ts',
        find: '[meaning, parameters[at]',
        replace: '[parameters[at] ?? meaning, parameters[at]',
        test: 'tests/unit/oauth/limit-scope.test.ts',
        title: 'holds both limits',
      },
      {
        file: 'server/query/parse-limits.ts',
        find: "claims.length === query.split('&').length",
        replace: 'claims.length > 0',
        test: 'tests/unit/oauth/scopes.test.ts',
        title: '&&',
      },
    ],
  },
  {
    rule: 'A list derived from two others keeps what both have, within the budget',
    protects: 'access that a person kept',
    at: ['server/grants/scopes/limit-scope#findCovered', 'server/grants/scopes/scope-budget#fittingWords'],
    mutants: [
      { ...scopeBudget, find: 'fitting.pop()', replace: 'void fitting', title: 'J02 loses only' },
      {
        ...scopeBudget,
        find: 'if (!lists.every(isWithinBudget)) return []',
        replace: 'void lists',
        title: 'J02 opens nothing',
      },
      {
        file: 'server/grants/scopes/limit-scope.ts',
        test: 'tests/attacks/narrowed-scope.test.ts',
        find: '.filter(({ text }) => !requested.has(text))',
        replace: '.filter(({ text }) => text !== scope || !requested.has(text))',
        title: 'J02 who unticks',
      },
    ],
  },
  {
    rule: 'An application gets no more than its registered `scope` allows',
    protects: 'every record',
    at: ['server/grants/scopes/registered-scope#limitToRegistration'],
    mutants: [
      {
        file: 'server/grants/scopes/registered-scope.ts',
        test: 'tests/unit/oauth/registered-scope.test.ts',
        find: '[...limitsOf(wide).keys()].every(',
        replace: '[...limitsOf(wide).keys()].some(',
        title: 'by the rule',
      },
    ],
  },
]
