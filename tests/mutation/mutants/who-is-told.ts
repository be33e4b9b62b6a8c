import type { Mutant } from '../mutant.ts'

const whoIsTold = { test: 'tests/attacks/who-is-told.test.ts', project: 'attacks' }

/** Whose entry a refused use of a token is. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'A refused request with a token is an entry about the patient whose record the token is for',
    file: 'server/fhir/http/access-entry.ts',
    find: 'isRefused && token ? recordOf(token) : undefined',
    replace: 'undefined',
    ...whoIsTold,
    title: 'J15 .*403',
  },
  {
    rule: 'A request that did not prove the key of its token is an entry, not a count',
    file: 'server/audit/count-refusal.ts',
    find: ' && patients.length === 0',
    replace: '',
    ...whoIsTold,
    title: 'J15 .* with the proof of another key',
  },
  {
    rule: 'An entry names the person of a token only if its key was proven',
    file: 'server/grants/agent.ts',
    find: 'agentOf(address, held && { tokenRef: held.tokenRef })',
    replace: 'agentOf(address, held)',
    ...whoIsTold,
    title: 'J15 .* with the proof of another key',
  },
  {
    rule: 'A code or token that is refused, or asked about, is an entry about the patient whose record it is for',
    file: 'server/oauth/engine/engine-access.ts',
    find: '    (isAboutToken ? work.concerned : undefined) ??\n',
    replace: '',
    ...whoIsTold,
    title: 'J15 .*a code or refresh token',
  },
  {
    rule: 'An introspection is by the application that asked, not by the person of the token',
    file: 'server/oauth/engine/engine-access.ts',
    find: "(outcome === 'success' && kind !== 'introspect')",
    replace: "outcome === 'success'",
    ...whoIsTold,
    title: 'J15 .*introspection by a resource server',
  },
  {
    rule: 'A refresh token that is refused is not a request of the person',
    file: 'server/oauth/engine/engine-access.ts',
    find: "(outcome === 'success' && kind !== 'introspect')",
    replace: "kind !== 'introspect'",
    ...whoIsTold,
    title: 'J15 .*replaced a while ago',
  },
  {
    rule: 'A refusal of somebody who may read other records is about nobody',
    file: 'server/grants/agent.ts',
    find: "(scopes.every(({ context }) => context === 'patient') ? patient : undefined)",
    replace: 'patient',
    ...whoIsTold,
    title: 'J15 a refusal of somebody who may read',
  },
  {
    rule: 'A refusal keeps no id of what was asked for in vain, unless it is the person’s own record',
    file: 'server/fhir/logged-request.ts',
    find: 'owners.includes(patient) || entity ===',
    replace: 'owners.includes(patient) || owners.length === 0 || entity ===',
    ...whoIsTold,
    title: 'J15 .*404',
  },
]
