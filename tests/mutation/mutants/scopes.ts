import type { Mutant } from '../mutant.ts'

const said = { test: 'tests/attacks/said-scopes.test.ts', project: 'attacks' }

const budget = { test: 'tests/attacks/scope-budget.test.ts', project: 'attacks' }

const names = { test: 'tests/attacks/application-names.test.ts', project: 'attacks' }

const NAME =
  "An application has a name that shows what it holds, and does not look like another application's"
const shown = { test: 'tests/attacks/looked-at.test.ts', project: 'attacks' }

const SHOWN =
  "What the organization's own pages show of a record (name, birth date, visits, counts by any limit) is logged in the commit without which no page is sent, also for the person whose record it is"
const BUDGET = 'A list of scopes has a budget, which is counted before the list is read'
const WORDS =
  'A scope is granted only with limits that the consent page can say, in words made from the table by which they are enforced'

const AS_WRITTEN =
  'A searched date without a time zone is compared with dates as they were written, one with a time zone with instants'
const asWritten = { test: 'tests/integration/fhir/dates-as-written.test.ts', project: 'integration' }

/** What may be asked of a person, and what consent says. */
const saidNames = { test: 'tests/attacks/said-names.test.ts', project: 'attacks' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'A list that the server derives from two others holds what both have as it is',
    file: 'server/grants/limit-scope.ts',
    find: '.filter(({ text }) => !requested.has(text))',
    replace: '.filter(({ text }) => text !== scope || !requested.has(text))',
    ...{ test: 'tests/attacks/narrowed-scope.test.ts', project: 'attacks' },
    title: 'J02 who unticks',
  },
  {
    rule: 'A list that the server derives leaves out by itself what is beyond the budget',
    file: 'server/grants/scope-budget.ts',
    find: 'fitting.pop()',
    replace: 'void fitting',
    ...{ test: 'tests/unit/oauth/limit-scope.test.ts', project: 'unit' },
    title: 'J02 loses only',
  },
  {
    rule: 'A list that the server derives from one beyond the budget holds nothing',
    file: 'server/grants/scope-budget.ts',
    find: 'if (!lists.every(isWithinBudget)) return []',
    replace: 'void lists',
    ...{ test: 'tests/unit/oauth/limit-scope.test.ts', project: 'unit' },
    title: 'J02 opens nothing',
  },
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
    find: "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'no words',",
    replace: "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'within',",
    ...said,
    title: 'J04 a limit that the consent page cannot say',
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
    replace: "if (excess !== undefined && list === '') return excess",
    ...budget,
    title: 'at authorize: 60',
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
    test: 'tests/thorough/cost-of-lists.test.ts',
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
    title: 'alternatives of one scope',
  },
  {
    rule: NAME,
    file: 'server/oauth/clients/own-name.ts',
    find: 'if (fault !== undefined) throw',
    replace: "if (fault === '') throw",
    ...names,
    title: 'that is deceptive is refused everywhere',
  },
  {
    rule: NAME,
    file: 'server/oauth/clients/own-name.ts',
    find: 'if (skeletonOf(name) === skeleton)',
    replace: "if (skeletonOf(name) === '')",
    ...names,
    title: 'that looks like another one',
  },
  {
    rule: NAME,
    file: 'server/oauth/engine/adapter.ts',
    find: 'await requireOwnName(store.db, payload as ClientRecord, before && JSON.parse(before))',
    replace: 'void requireOwnName',
    ...names,
    title: 'that looks like another one',
  },
  {
    rule: NAME,
    file: 'server/oauth/clients/client-administration.ts',
    find: 'await requireOwnName(deps.store.db, next as ClientRecord, metadata as ClientRecord)',
    replace: 'void requireOwnName',
    ...names,
    title: 'that looks like another one',
  },
  {
    rule: NAME,
    file: 'server/oauth/clients/clients.ts',
    find: 'await holdOwnName(trx, metadata as ClientRecord)',
    replace: 'void holdOwnName',
    test: 'tests/integration/admin/names.test.ts',
    project: 'integration',
    title: 'J05 a name that shows nothing',
  },
  {
    rule: SHOWN,
    file: 'server/fhir/patient-directory.ts',
    find: 'await viewer.record(sight.seen(), result)',
    replace: "await viewer.record(viewer.account.role === 'patient' ? [] : sight.seen(), result)",
    ...shown,
    title: 'J16 patients see their own name',
  },
  {
    rule: SHOWN,
    file: 'server/oauth/consent/interaction-steps.ts',
    find: "account.role === 'patient' ? ownAccess(step.request, view, account) : accessOf(step, view, account)",
    replace: 'accessOf(step, view, account)',
    ...shown,
    title: 'J16 patients see their own name',
  },
  {
    rule: 'The consent page says what an application learns whatever is ticked',
    file: 'server/oauth/consent/consent.ts',
    find: 'learned: learnedWords(locale, learnedAnyway(scope, account, context)),',
    replace: 'learned: undefined,',
    ...saidNames,
    title: 'the pages say',
  },
  {
    rule: 'The page of a connection says what the application learned anyway',
    file: 'server/oauth/account/account.ts',
    find: 'learned: learnedOf(grant, session.account, page.locale),',
    replace: 'learned: undefined,',
    ...saidNames,
    title: 'the pages say',
  },
  {
    rule: 'What an application learns anyway is made from what is granted',
    file: 'server/oauth/consent/offers.ts',
    find: "record: isOwnRecord || user?.startsWith('Patient/') === true",
    replace: 'record: isOwnRecord',
    ...saidNames,
    title: 'the pages say .*fhirUser',
  },
  {
    rule: 'An offer of a kind of information names each type that is granted',
    file: 'server/oauth/consent/offers.ts',
    find: "const types = all.filter((type) => scope.type === '*' || type === scope.type)",
    replace: "const types = scope.type === '*' || all.some((type) => type === scope.type) ? all : []",
    test: 'tests/unit/oauth/offers.test.ts',
    project: 'unit',
    title: 'name the types that are granted',
  },
  {
    rule: 'Two limits of different types never read alike',
    file: 'server/pages/offer-words.ts',
    find: "type === 'Observation' ? named :",
    replace: 'named !== undefined ? named :',
    test: 'tests/unit/oauth/offers.test.ts',
    project: 'unit',
    title: 'differ in their words',
  },
  {
    rule: AS_WRITTEN,
    file: 'server/query/forms.ts',
    find: 'written ? WRITTEN : INSTANT',
    replace: 'INSTANT',
    ...asWritten,
    title: 'on sqlite.*a search finds',
  },
  {
    rule: AS_WRITTEN,
    file: 'server/query/parse-criteria.ts',
    find: '...(offset === undefined && { written: true })',
    replace: 'written: true',
    ...asWritten,
    title: 'on sqlite.*a search finds',
  },
  {
    rule: AS_WRITTEN,
    file: 'server/query/date-interval.ts',
    find: 'start && end && end.high <= start.low',
    replace: 'start && end && end.high < 0',
    ...asWritten,
    title: 'on sqlite.*a search finds',
  },
  {
    rule: AS_WRITTEN,
    file: 'server/fhir/index/refresh-index.ts',
    find: 'const EDITION = 4',
    replace: 'const EDITION = 3',
    test: 'tests/integration/fhir/refresh-index.test.ts',
    project: 'integration',
    title: 'dates of an earlier version .* sqlite',
  },
  {
    rule: AS_WRITTEN,
    file: 'server/pages/offer-words.ts',
    find: "type === 'AuditEvent' ? ' (UTC)' : ''",
    replace: "''",
    ...said,
    title: 'J04 a limit that can be said',
  },
]
