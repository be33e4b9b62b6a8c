import type { Mutant } from '../mutant.ts'

const changed = { test: 'tests/integration/oauth/changed-registration.test.ts', project: 'integration' }
const service = { test: 'tests/integration/oauth/changed-service.test.ts', project: 'integration' }
const withEachUse = 'A registration is looked up with each use of a grant, and never copied into it'
const underWay =
  'A pending authorization, a code and a launch count only while the application is registered with what they need'

/** What an administrator changed of an application's registration, at each step that was open before. */
export const mutants: readonly Mutant[] = [
  {
    rule: `${withEachUse}: reads`,
    file: 'server/grants/find-authorization.ts',
    find: 'const consented = registeredConsent(client, row.consented)',
    replace: 'const consented = registeredConsent({}, row.consented)',
    ...changed,
    title: 'on sqlite.*scope becomes',
  },
  {
    rule: `${withEachUse}: codes, refresh tokens, introspection`,
    file: 'server/grants/limit-to-consent.ts',
    find: 'registeredConsent(registration, consented)',
    replace: 'registeredConsent({}, consented)',
    ...changed,
    title: 'on sqlite.*scope becomes',
  },
  {
    rule: `${withEachUse}: an application that may no longer act for people`,
    file: 'server/grants/registration.ts',
    find: "response_types.includes('code') ?",
    replace: "response_types.join() !== 'code' || response_types.includes('code') ?",
    ...changed,
    title: 'on sqlite.*response_types becomes',
  },
  {
    rule: `${withEachUse}: tokens that have to be bound to a key`,
    file: 'server/grants/registration.ts',
    find: '!needsKey || jkt !== undefined',
    replace: 'needsKey || jkt !== undefined || !needsKey',
    ...changed,
    title: 'on sqlite.*dpop_bound_access_tokens becomes',
  },
  {
    rule: `${withEachUse}: introspection of tokens that have to be bound to a key`,
    file: 'server/grants/limit-to-consent.ts',
    find: "if (payload.kind === 'AccessToken' && !isBoundAsRegistered(registration, payload))",
    replace: "if (payload.kind === '' && !isBoundAsRegistered(registration, payload))",
    ...changed,
    title: 'on sqlite.*dpop_bound_access_tokens becomes',
  },
  {
    rule: `${withEachUse}: reads of a backend service`,
    file: 'server/grants/find-authorization.ts',
    find: 'registeredSystemScope(client, token)',
    replace: 'token.scope',
    ...service,
    title: 'on sqlite.*of a backend service',
  },
  {
    rule: `${withEachUse}: introspection of a backend service`,
    file: 'server/oauth/engine/adapter.ts',
    find: 'if (model === SYSTEM_TOKEN) return',
    replace: "if (model === '') return",
    ...service,
    title: 'on sqlite.*of a backend service',
  },
  {
    rule: `${underWay}: redirect of a pending authorization`,
    file: 'server/oauth/clients/follow-registration.ts',
    find: 'client.redirectUriAllowed(String(redirect_uri)) &&',
    replace: "String(redirect_uri) !== '' &&",
    ...changed,
    title: 'on sqlite.*redirect_uris becomes',
  },
  {
    rule: `${underWay}: redirect of a code`,
    file: 'server/oauth/clients/follow-registration.ts',
    find: '!code.isValid || client?.redirectUriAllowed',
    replace: 'client || client?.redirectUriAllowed',
    ...changed,
    title: 'on sqlite.*redirect_uris becomes',
  },
  {
    rule: `${underWay}: response type`,
    file: 'server/oauth/clients/follow-registration.ts',
    find: 'client.responseTypeAllowed(type) &&',
    replace: "String(type) !== '' &&",
    ...changed,
    title: 'on sqlite.*response_types becomes',
  },
  {
    rule: `${underWay}: response mode`,
    file: 'server/oauth/clients/follow-registration.ts',
    find: 'client.responseModeAllowed(String(response_mode), type, undefined)',
    replace: "String(response_mode) !== ''",
    ...changed,
    title: 'on sqlite.*response_modes becomes',
  },
  {
    rule: `${underWay}: offers of the consent page`,
    file: 'server/oauth/clients/follow-registration.ts',
    find: 'params.scope = limitToRegistration(client.scope,',
    replace: 'params.scope = limitToRegistration(undefined,',
    ...changed,
    title: 'on sqlite.*the consent page offers only',
  },
  {
    rule: `${underWay}: a launch`,
    file: 'server/oauth/launch/launch.ts',
    find: 'if (!launch || !(await isRegistered(store, launch))) return undefined',
    replace: 'if (!launch) return undefined',
    ...changed,
    title: 'on sqlite.*launch_uri becomes',
  },
  {
    rule: `${underWay}: the address of a launch`,
    file: 'server/oauth/launch/launch.ts',
    find: '(await findLaunchable(store, clientId))?.launchUri === launchUri',
    replace: "(await findLaunchable(store, clientId)) !== undefined || launchUri === ''",
    ...changed,
    title: 'on sqlite.*launch_uri becomes https',
  },
  {
    rule: 'The origins that may call from a page are those of registrations as they are now',
    file: 'server/oauth/clients/origins.ts',
    find: 'if (client && isAt(redirects, client.payload)) return true',
    replace: 'if (client) return true',
    test: 'tests/unit/oauth/origins.test.ts',
    project: 'unit',
    title: 'J10',
  },
]
