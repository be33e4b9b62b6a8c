import type { Mutant } from '../mutant.ts'

const bytes = { test: 'tests/thorough/log-bytes.test.ts', project: 'thorough' }
const canaries = { test: 'tests/thorough/erased-canaries.test.ts', project: 'thorough' }

/** The searches for other faults of a kind each find the fault that they are for. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'The search of bytes finds another spelling that the server reads',
    file: 'server/audit/stored-event.ts',
    find: 'if (canonicalJson(event) !== json)',
    replace: "if (json === '')",
    ...bytes,
    title: 'J07 .* 5,000 other spellings',
  },
  {
    rule: 'The search of bytes finds another spelling that the extension reads',
    file: 'extension/access-log/log-leaf.ts',
    find: 'if (text === undefined || text !== canonicalJson(event)) return undefined',
    replace: 'if (text === undefined) return undefined',
    ...bytes,
    title: 'J07 .* 5,000 other spellings',
  },
  {
    rule: 'The search of bytes finds another spelling that audit:verify reads',
    file: 'server/audit/stored-event.ts',
    find: 'if (canonicalJson(event) !== json)',
    replace: "if (json === '')",
    ...bytes,
    title: 'J07 .* audit:verify .* on sqlite',
  },
  {
    rule: 'The search of canaries finds a name that an erasure leaves',
    file: 'server/audit/mentions.ts',
    find: "holdsName(place.names ?? '')",
    replace: 'false',
    ...canaries,
    title: 'J09 .* on sqlite',
  },
  {
    rule: 'The search of canaries finds a member that an erasure leaves',
    file: 'server/audit/personal-texts.ts',
    find: '  entity: { detail: { type: true }, role: true, type: true },\n',
    replace: '  entity: { detail: true, role: true, type: true },\n',
    ...canaries,
    title: 'J09 .* on sqlite',
  },
]
