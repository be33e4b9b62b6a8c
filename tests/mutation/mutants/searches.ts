import type { Mutant } from '../mutant.ts'

const bytes = { test: 'tests/thorough/log-bytes.test.ts', project: 'thorough' }
const canaries = { test: 'tests/thorough/erased-canaries.test.ts', project: 'thorough' }
const consent = { test: 'tests/thorough/said-limits.test.ts', project: 'thorough' }
const registrations = { test: 'tests/thorough/registrations.test.ts', project: 'thorough' }

/** The searches for other faults of a kind each find the fault that they are for. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'Of one record, each resource is compared with all that a _revinclude may refer to',
    file: 'server/fhir/search/included-records.ts',
    find: "sql<boolean>`coalesce(found.target_id, '')",
    replace: 'sql<boolean>`found.target_id',
    test: 'tests/integration/fhir/index-use.test.ts',
    project: 'integration',
    title: 'J13 of one record',
  },
  {
    rule: 'The search of bytes finds another spelling that the server reads',
    file: 'server/audit/entry/stored-event.ts',
    find: 'if (canonicalJson(event) !== json)',
    replace: "if (json === '')",
    ...bytes,
    title: 'J07 .* 5,000 other spellings',
  },
  {
    rule: 'The search of bytes finds another spelling that the extension reads',
    file: 'extension/access-log/proof/log-leaf.ts',
    find: 'if (text === undefined || text !== canonicalJson(event)) return undefined',
    replace: 'if (text === undefined) return undefined',
    ...bytes,
    title: 'J07 .* 5,000 other spellings',
  },
  {
    rule: 'The search of bytes finds another spelling that audit:verify reads',
    file: 'server/audit/entry/stored-event.ts',
    find: 'if (canonicalJson(event) !== json)',
    replace: "if (json === '')",
    ...bytes,
    title: 'J07 .* audit:verify .* on sqlite',
  },
  {
    rule: 'The search of canaries finds a name that an erasure leaves',
    file: 'server/audit/erase/mentions.ts',
    find: "holdsName(place.names ?? '')",
    replace: 'false',
    ...canaries,
    title: 'J09 .* on sqlite',
  },
  {
    rule: 'The search of canaries finds a member that an erasure leaves',
    file: 'server/audit/entry/personal-texts.ts',
    find: '  entity: { detail: { type: true }, role: true, type: true },\n',
    replace: '  entity: { detail: true, role: true, type: true },\n',
    ...canaries,
    title: 'J09 .* on sqlite',
  },
  {
    rule: 'The search of consent finds words that allow less than what is returned',
    file: 'server/query/forms.ts',
    find: "{ column: high, is: '>', to }, { column: low, is: '>=', to: from }),\n    bound: 'from',",
    replace: "{ column: high, is: '>', to }, { column: low, is: '>=', to: from }),\n    bound: 'after',",
    ...consent,
    title: 'J04 .* on sqlite',
  },
  {
    rule: 'The search of consent finds a limit without words',
    file: 'server/query/forms.ts',
    find: "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'no words',",
    replace: "any({ column: low, is: '<', to: from }, { column: high, is: '>', to }),\n    bound: 'within',",
    ...consent,
    title: 'J04 .* on sqlite',
  },
  {
    rule: 'The search of registrations finds a member that is copied into a grant',
    file: 'server/grants/find-authorization.ts',
    find: 'const consented = registeredConsent(client, row.consented)',
    replace: 'const consented = registeredConsent({}, row.consented)',
    ...registrations,
    title: 'on sqlite.*scope becomes',
  },
]
