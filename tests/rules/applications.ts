import type { Rule } from '../mutation/rule.ts'

const launchableClients = {
  file: 'server/oauth/clients/launchable-clients.ts',
  test: 'tests/integration/oauth/many-applications.test.ts',
}
const listClients = { ...launchableClients, file: 'server/oauth/clients/list-clients.ts' }
const registeredAddresses = {
  file: 'server/oauth/clients/registered-addresses.ts',
  test: 'tests/unit/oauth/redirect-uris.test.ts',
}
const ownName = {
  file: 'server/oauth/clients/own-name.ts',
  test: 'tests/attacks/application-names.test.ts',
}
const adapter = {
  file: 'server/oauth/engine/adapter.ts',
  test: 'tests/attacks/application-names.test.ts',
}
const lookAlikes = {
  file: 'values/look-alikes.ts',
  test: 'tests/unit/values/look-alikes.test.ts',
}
const adapterByExactlyOnce = {
  file: 'server/oauth/engine/adapter.ts',
  test: 'tests/attacks/exactly-once.test.ts',
}
const lostAnswer = {
  file: 'server/grants/lost-answer.ts',
  test: 'tests/attacks/exactly-once.test.ts',
}
const registration = {
  file: 'server/grants/scopes/registered-scope.ts',
  test: 'tests/long/oauth/changed-registration.test.ts',
}
const limitToConsent = {
  file: 'server/grants/scopes/limit-scope.ts',
  test: 'tests/long/oauth/changed-registration.test.ts',
}
const windows = {
  file: 'server/grants/windows.ts',
  test: 'tests/integration/oauth/longest-windows.test.ts',
}
const launch = {
  file: 'server/oauth/launch/launch.ts',
  test: 'tests/long/oauth/changed-registration.test.ts',
}
const followRegistration = {
  file: 'server/oauth/clients/backend-services.ts',
  test: 'tests/long/oauth/changed-registration.test.ts',
}
const account = {
  file: 'server/portal/account.ts',
  test: 'tests/long/oauth/account.test.ts',
}
const scopeBudgetTest = { test: 'tests/attacks/scope-budget.test.ts' }
const applicationNamesTest = { test: 'tests/attacks/application-names.test.ts' }
const namesTest = { test: 'tests/integration/admin/names.test.ts' }
const accountsTest = { test: 'tests/integration/admin/accounts.test.ts' }
const changedServiceTest = { test: 'tests/integration/oauth/changed-service.test.ts' }
const longestWindowsTest = { test: 'tests/integration/oauth/longest-windows.test.ts' }
const otherConnectionsTest = {
  test: 'tests/integration/oauth/other-connections.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: "An application's metadata and their lists are bounded",
    protects: "everybody else's requests",
    at: [
      'server/oauth/clients/client-policy#checkClientMetadata',
      'server/oauth/clients/metadata-budget#checkMetadataBudget',
    ],
    mutants: [
      {
        ...scopeBudgetTest,
        file: 'server/oauth/clients/metadata-budget.ts',
        find: 'const MOST_BYTES = 16_384',
        replace: 'const MOST_BYTES = 64_000',
        title: 'a list of its metadata',
      },
      {
        ...scopeBudgetTest,
        file: 'server/oauth/clients/client-policy.ts',
        find: 'checkMetadataBudget(client)',
        replace: 'void checkMetadataBudget',
        title: 'a list of its metadata',
      },
    ],
  },
  {
    rule: "A person's pages read an application once, however many grants of it they list",
    protects: "everybody else's requests",
    at: ['server/oauth/terms/grants#listGrants'],
    mutants: [
      {
        file: 'server/oauth/terms/grants.ts',
        test: 'tests/integration/oauth/listed-grants.test.ts',
        find: '...registrationOf(clients.get(row.client_id)),',
        replace: '...registrationOf(JSON.parse(JSON.stringify(clients.get(row.client_id)))),',
        title: 'on sqlite.*J13 reads',
      },
    ],
  },
  {
    rule: 'Of the people who use an application, a hundred grants are counted',
    protects: "everybody else's requests",
    at: ['server/oauth/terms/client-use#findUse'],
    mutants: [
      {
        file: 'server/oauth/terms/client-use.ts',
        test: 'tests/integration/oauth/client-administration.test.ts',
        find: '.limit(MOST_COUNTED + 1)',
        replace: '.limit(MOST_COUNTED)',
        title: 'on sqlite.*counts a hundred grants',
      },
    ],
  },
  {
    rule: 'No key that a stranger chooses is costly to verify with',
    protects: "everybody else's requests",
    at: [
      'server/grants/dpop#DPOP_ALGORITHMS',
      'server/oauth/clients/metadata-budget#isCostlyKey',
      'server/oauth/engine/engine#createEngine',
    ],
    mutants: [
      {
        ...scopeBudgetTest,
        file: 'server/oauth/clients/metadata-budget.ts',
        find: "return e !== 'AQAB' || bits < 2048 || bits > 4096",
        replace: 'return bits < 0',
        title: 'J02',
      },
      {
        file: 'server/grants/dpop.ts',
        test: 'tests/integration/oauth/dpop.test.ts',
        find: "['ES256', 'ES384', 'Ed25519'] as const",
        replace: "['ES256', 'ES384', 'RS256', 'Ed25519'] as const",
        title: 'J02 a proof',
      },
      {
        file: 'server/oauth/engine/engine.ts',
        test: 'tests/attacks/keys.test.ts',
        find: 'withinKeyBudget(createOutboundFetch({ allowLoopback }))',
        replace: '(withinKeyBudget && createOutboundFetch({ allowLoopback }))',
        title: 'J02 a fetched',
      },
    ],
  },
  {
    rule: 'An assertion names its key before it is verified',
    protects: "everybody else's requests",
    at: ['server/oauth/clients/client-limit#limitClientFailures'],
    mutants: [
      {
        file: 'server/oauth/clients/client-limit.ts',
        test: 'tests/thorough/cost-of-lists.test.ts',
        find: 'if (assertion && !namesKey(assertion)) refuseUnnamedKey(ctx)',
        replace: 'if (assertion === "" && !namesKey(assertion)) refuseUnnamedKey(ctx)',
        title: 'tried with every key',
      },
    ],
  },
  {
    rule: 'Client metadata with a value of the wrong JSON type is refused',
    protects: 'registration, and each later use',
    at: ['server/oauth/clients/client-policy#checkClientMetadata'],
    mutants: [
      {
        file: 'server/oauth/clients/client-policy.ts',
        test: 'tests/attacks/registration.test.ts',
        find: 'if (client.grant_types !== undefined && !isStringList(client.grant_types))',
        replace: 'if (client.grant_types === null)',
        title: 'F66 .* grant_types',
      },
    ],
  },
  {
    rule: 'The record system lists few applications, whose origins fit into a header',
    protects: "clinicians' pages",
    at: ['server/oauth/clients/launchable-clients#listLaunchable'],
    mutants: [
      { ...launchableClients, find: 'return room >= 0', replace: 'return true', title: 'T09 .*on sqlite' },
      {
        ...launchableClients,
        find: '.slice(0, MOST)\n',
        replace: '\n',
        title: 'T09 .*on sqlite',
      },
    ],
  },
  {
    rule: 'All applications are read few at a time, and others answered between',
    protects: "everybody else's requests",
    at: ['server/oauth/clients/list-clients#allClientRows'],
    mutants: [
      {
        ...listClients,
        find: 'const SLICE = 500',
        replace: 'const SLICE = 5_000',
        title: 'T09 .*on sqlite.*others are answered',
      },
      {
        ...listClients,
        find: '    await turnOfOthers()\n',
        replace: '',
        title: 'T09 .*on sqlite.*others are answered',
      },
    ],
  },
  {
    rule: 'A host that an application registers is a name or IP address of 253 characters',
    protects: 'headers that contain the host',
    at: [
      'server/oauth/clients/registered-addresses#isPlainHost',
      'server/oauth/clients/registered-addresses#parseAddress',
    ],
    mutants: [
      {
        file: 'server/oauth/clients/registered-addresses.ts',
        test: 'tests/unit/oauth/launch-addresses.test.ts',
        find: '(isExtensionPage(url) && isLowerCase(url))',
        replace: 'isExtensionPage(url)',
        title: 'is accepted only if',
      },
      {
        ...registeredAddresses,
        find: 'return url && isPlainHost(url.hostname) &&',
        replace: 'return url &&',
        title: 'a;b',
      },
      { ...registeredAddresses, find: '  hostname.length <= LONGEST_HOST &&\n', replace: '', title: '253' },
    ],
  },
  {
    rule: 'A redirect or launch address is https or on this machine, in plain characters',
    protects: 'codes and launches',
    at: [
      'server/oauth/clients/client-policy#checkClientMetadata',
      'server/oauth/clients/registered-addresses#parseAddress',
    ],
    mutants: [
      {
        ...registeredAddresses,
        find: "typeof address === 'string' && ADDRESS.test(address) ?",
        replace: "typeof address === 'string' ?",
        title: 'a redirect address.*a b',
      },
      {
        ...registeredAddresses,
        find: " && url.username === '' && url.password === ''",
        replace: " && url.username === ''",
        title: 'a launch address.*secret',
      },
      {
        file: 'server/oauth/clients/client-policy.ts',
        test: 'tests/integration/oauth/ehr-launch.test.ts',
        find: 'checkLaunchUris(client)',
        replace: 'void checkLaunchUris',
        title: 'as soon as it is registered',
      },
    ],
  },
  {
    rule: "On the organization's pages, a name of an application that would make another sentence is quoted",
    protects: 'people, from an application whose name says who read',
    at: ['server/pages/frame/layout#applicationName'],
    mutants: [
      {
        file: 'server/pages/frame/layout.ts',
        test: 'tests/unit/pages/application-name.test.ts',
        find: ' && hasSentenceWord(line)',
        replace: " && line === ''",
        title: 'turn a sentence round',
      },
      {
        file: 'server/pages/frame/layout.ts',
        test: 'tests/unit/pages/application-name.test.ts',
        find: 'quotable(line)',
        replace: 'line',
        title: 'turn a sentence round',
      },
    ],
  },
  {
    rule: "An application's name shows what it holds, whole, and looks like no other",
    protects: 'the person who consents',
    at: [
      'server/oauth/clients/clients#insertClient',
      'server/oauth/clients/own-name#requireOwnName',
      'values/look-alikes#skeletonOf',
    ],
    covers: 'invisible characters, other alphabets, signs',
    mutants: [
      {
        ...applicationNamesTest,
        file: 'server/pages/frame/layout.ts',
        find: 'const line = readableName(name)',
        replace: 'const line = readableName(name, 79)',
        title: 'is shown whole',
      },
      {
        ...namesTest,
        file: 'server/oauth/clients/clients.ts',
        find: 'await holdOwnName(trx, metadata as ClientRecord)',
        replace: 'void holdOwnName',
        title: 'J05 a name that shows nothing',
      },
      {
        ...ownName,
        find: 'if (fault !== undefined) throw',
        replace: "if (fault === '') throw",
        title: 'that is deceptive is refused everywhere',
      },
      {
        ...ownName,
        find: ".where('skeleton', '=', skeletonOf(client_name))",
        replace: ".where('skeleton', '=', '')",
        title: 'that looks like another one',
      },
      {
        ...ownName,
        find: '  await putClientName(trx, row)\n',
        replace: '',
        title: 'looks like none that',
      },
      {
        ...ownName,
        file: 'server/oauth/clients/end-client.ts',
        find: "['client_origin', 'client_name'] as const",
        replace: "['client_origin'] as const",
        title: 'looks like none that',
      },
      {
        ...ownName,
        test: 'tests/integration/oauth/many-applications.test.ts',
        find: ".where('skeleton', '=', skeletonOf(client_name))",
        replace: '',
        title: 'on sqlite.*alike alone',
      },
      {
        ...applicationNamesTest,
        file: 'server/oauth/clients/client-administration.ts',
        find: 'await requireOwnName(deps.store.db, next as ClientRecord, metadata as ClientRecord)',
        replace: 'void requireOwnName',
        title: 'that looks like another one',
      },
      {
        ...adapter,
        find: 'await requireOwnName(store.db, payload as ClientRecord, before && JSON.parse(before))',
        replace: 'void requireOwnName',
        title: 'that looks like another one',
      },
      {
        ...lookAlikes,
        find: 'withoutMarks(withoutSigns(readableName(name)))',
        replace: 'withoutMarks(readableName(name))',
        title: 'J05',
      },
      {
        ...lookAlikes,
        find: '  ...Object.fromEntries(smallCapitals.',
        replace: '  ...Object.fromEntries([].',
        title: 'J05',
      },
      { ...lookAlikes, find: "  v: 'u',\n", replace: '', title: 'J05' },
      { ...lookAlikes, find: ", ǝ: 'e', ə: 'e', ә: 'e', п: 'n'", replace: '', title: 'J05' },
      { ...lookAlikes, find: ".length > 1 ? '' : sign", replace: ".length > 0 ? '' : sign", title: 'J05' },
      {
        ...adapter,
        find: 'const put = model === CLIENT ? putRegistration : putCompared',
        replace: 'const put = model === CLIENT && (() => false)() ? putRegistration : putCompared',
        title: 'registered at once',
      },
      {
        ...namesTest,
        file: 'server/oauth/clients/own-name.ts',
        find: 'await putSetting(trx, NAMES, String(client.client_id))',
        replace: 'void [putSetting, NAMES]',
        title: 'on postgres.*J05 of names that look alike',
      },
    ],
  },
  {
    rule: 'The name to sign in with has one form',
    protects: 'people; the limit of tries',
    at: ['server/grants/accounts#toUsername', 'server/sign-in/password/password-check#checkPassword'],
    covers: 'case, blanks, accents',
    mutants: [
      {
        ...accountsTest,
        file: 'server/grants/accounts.ts',
        find: "plainSpaces(name).toLowerCase().normalize('NFC')",
        replace: 'plainSpaces(name).toLowerCase()',
        title: 'on sqlite.*J05',
      },
      {
        ...accountsTest,
        file: 'server/sign-in/password/password-check.ts',
        find: 'const name = toUsername(attempt.username)',
        replace: "const name = attempt.username.trim().toLowerCase().normalize('NFC') || toUsername('')",
        title: 'on sqlite.*J05',
      },
    ],
  },
  {
    rule: 'A repeated refresh gets the same answer, or one that voids the former',
    protects: 'a session whose answer was lost',
    at: [
      'server/grants/lost-answer#voidLost',
      'server/oauth/engine/adapter#findGrantRecord',
      'server/oauth/engine/engine-transaction#settle',
    ],
    mutants: [
      {
        ...adapterByExactlyOnce,
        find: 'usedAt > now - GRACE',
        replace: 'usedAt > now + GRACE',
        title: 'A11',
      },
      {
        file: 'server/oauth/engine/engine-transaction.ts',
        test: 'tests/integration/oauth/grant.test.ts',
        find: 'endedGrant && work.usedAt !== undefined && (await replay(work.usedAt))',
        replace: 'endedGrant && (await replay(work.usedAt ?? 0))',
        title: 'ends when a rotated refresh token is used again later',
      },
      {
        ...lostAnswer,
        find: "  await trx.deleteFrom('oauth_record').where('model', '=', ACCESS)",
        replace: "  await trx.deleteFrom('oauth_record').where('model', '=', 'none')",
        title: 'T06 .*in a minute',
      },
      {
        ...lostAnswer,
        find: 'if (taken.length === 0 || lost.length === 0) throw new AlreadyTaken(REFRESH)',
        replace: 'void [taken, lost, AlreadyTaken]',
        title: 'T06 20 clients',
      },
    ],
  },
  {
    rule: 'Once its answer has been used, a repeated refresh token ends the grant',
    protects: 'the record, from a copied token',
    at: [
      'server/grants/lost-answer#findUnused',
      'server/grants/presented-token#requirePresentedToken',
      'server/oauth/engine/adapter#findGrantRecord',
    ],
    mutants: [
      {
        ...lostAnswer,
        find: "    .where('uid', '=', to)\n    .where('consumed_at', 'is', null),\n)",
        replace: "    .where('uid', '=', to),\n)",
        title: 'A15',
      },
      {
        file: 'server/grants/presented-token.ts',
        test: 'tests/attacks/exactly-once.test.ts',
        find: 'if (cameWith === undefined) return authorization',
        replace: "if (cameWith !== '') return authorization",
        title: 'T06 .*used for reading',
      },
      {
        ...adapterByExactlyOnce,
        find: 'if (model === ACCESS_TOKEN && uid !== null && ',
        replace: "if (model === ACCESS_TOKEN && uid === '' && ",
        title: 'T06 .*used for introspection',
      },
    ],
  },
  {
    rule: 'A token that is bound to a key counts as used only with its proof',
    protects: 'a sign-in, from a thief without the key',
    at: [
      'server/grants/presented-token#requirePresentedToken',
      'server/oauth/engine/adapter#findGrantRecord',
    ],
    mutants: [
      {
        file: 'server/grants/presented-token.ts',
        test: 'tests/integration/oauth/unproven-use.test.ts',
        find: '  const { jkt } = authorization ?? {}\n',
        replace:
          "  const { jkt, cameWith: used } = authorization ?? {}\n  if (used) await deps.store.write((trx) => markArrived(trx, storedId(token ?? ''), used))\n",
        title: 'on sqlite.*with the proof of another key',
      },
      {
        file: 'server/oauth/engine/adapter.ts',
        test: 'tests/integration/oauth/unproven-use.test.ts',
        find: ' && payload.jkt === undefined',
        replace: '',
        title: 'on sqlite.*which introspects it',
      },
    ],
  },
  {
    rule: 'A registration is looked up with each use of a grant, never copied',
    protects: 'every record',
    at: [
      'server/grants/find-authorization#findAuthorization',
      'server/grants/find-authorization#findSystemAuthorization',
      'server/grants/scopes/limit-scope#limitToConsent',
    ],
    covers: 'reads, refreshes, introspection, backend services',
    mutants: [
      {
        file: 'server/grants/find-authorization.ts',
        test: 'tests/long/oauth/changed-registration.test.ts',
        find: 'const consented = registeredConsent(client, row.consented)',
        replace: 'const consented = registeredConsent({}, row.consented)',
        title: 'on sqlite.*scope becomes',
      },
      {
        ...registration,
        find: '!needsKey || jkt !== undefined',
        replace: 'needsKey || jkt !== undefined || !needsKey',
        title: 'on sqlite.*dpop_bound_access_tokens becomes',
      },
      {
        ...limitToConsent,
        find: 'registeredConsent(registration, consented)',
        replace: 'registeredConsent({}, consented)',
        title: 'on sqlite.*scope becomes',
      },
      {
        ...limitToConsent,
        find: "if (payload.kind === 'AccessToken' && !isBoundAsRegistered(registration, payload))",
        replace: "if (payload.kind === '' && !isBoundAsRegistered(registration, payload))",
        title: 'on sqlite.*dpop_bound_access_tokens becomes',
      },
      {
        ...changedServiceTest,
        file: 'server/grants/find-authorization.ts',
        find: 'registeredSystemScope(client, token)',
        replace: 'token.scope',
        title: 'on sqlite.*of a backend service',
      },
      {
        ...registration,
        find: "response_types.includes('code') ?",
        replace: "response_types.join() !== 'code' || response_types.includes('code') ?",
        title: 'on sqlite.*response_types becomes',
      },
      {
        file: 'server/grants/find-authorization.ts',
        test: 'tests/thorough/registrations.test.ts',
        find: 'const consented = registeredConsent(client, row.consented)',
        replace: 'const consented = registeredConsent({}, row.consented)',
        title: 'on sqlite.*scope becomes',
      },
      {
        ...changedServiceTest,
        file: 'server/oauth/engine/adapter.ts',
        find: 'if (model === SYSTEM_TOKEN) return',
        replace: "if (model === '') return",
        title: 'on sqlite.*of a backend service',
      },
    ],
  },
  {
    rule: "A grant lasts no longer than the organization allows its person's role",
    protects: 'every record',
    at: [
      'server/grants/find-authorization#findAuthorization',
      'server/grants/windows#endOfGrant',
      'server/grants/windows#windowsUpTo',
    ],
    covers: 'offers, refreshes, a limit shortened since',
    mutants: [
      {
        ...windows,
        find: 'seconds: Math.min(visit.seconds, seconds)',
        replace: 'seconds: visit.seconds',
        title: 'on sqlite.*a configuration may name',
      },
      {
        ...windows,
        find: 'others.filter((window) => window.seconds <= seconds)',
        replace: 'others.filter((window) => window.seconds <= seconds || seconds > 0)',
        title: 'on sqlite.*consent offers clinicians',
      },
      {
        ...longestWindowsTest,
        file: 'server/grants/windows.ts',
        find: '{ windows = DEFAULT_WINDOWS }: WindowRule',
        replace: '{ windows = { ...DEFAULT_WINDOWS, clinician: Infinity, admin: Infinity } }: WindowRule',
        title: 'on sqlite.*consent offers clinicians',
      },
      {
        ...longestWindowsTest,
        file: 'server/grants/find-authorization.ts',
        find: 'endOfGrant(config, row, row)',
        replace: 'endOfGrant({ windows: {}, ...(now < 0 && config) }, row, row)',
        title: 'on sqlite.*is looked up with each use',
      },
      {
        ...longestWindowsTest,
        file: 'server/oauth/engine/adapter.ts',
        find: 'const expires_at = endOfGrant(config, row,',
        replace: 'const expires_at = endOfGrant({ windows: {} }, row,',
        title: 'on sqlite.*is looked up with each use',
      },
      {
        ...longestWindowsTest,
        file: 'server/oauth/terms/grants.ts',
        find: 'expiresAt: endOfGrant(config, account, row)',
        replace: 'expiresAt: config && account ? row.expires_at : endOfGrant(config, account, row)',
        title: 'on sqlite.*is looked up with each use',
      },
      {
        file: 'server/portal/account.ts',
        test: 'tests/integration/oauth/listed-grants.test.ts',
        find: '{ store, config: { windows: {} } }',
        replace: 'deps',
        title: 'on sqlite.*J20 disconnecting (all|one)',
      },
      {
        file: 'server/portal/account.ts',
        test: 'tests/integration/oauth/listed-grants.test.ts',
        find: '({ id }) => id !== grant.id)',
        replace: '({ id }) => id === grant.id)',
        title: 'on sqlite.*J20 disconnecting one',
      },
    ],
  },
  {
    rule: 'Authorizations, codes, launches and origins follow the registration as it is now',
    protects: 'codes, launches and tokens',
    at: [
      'server/oauth/clients/backend-services#mayAsk',
      'server/oauth/launch/launch#isRegistered',
      'server/oauth/clients/origins#putClientOrigins',
    ],
    mutants: [
      {
        ...launch,
        find: 'client?.launchUri === launchUri &&',
        replace: "client !== undefined && launchUri !== '' &&",
        title: 'on sqlite.*launch_uri becomes https',
      },
      {
        ...launch,
        find: 'if (!launch || !(await isRegistered(store, launch, row.client_generation))) return undefined',
        replace: 'if (!launch) return undefined',
        title: 'on sqlite.*launch_uri becomes',
      },
      {
        ...followRegistration,
        find: 'client.redirectUriAllowed(String(redirect_uri)) &&',
        replace: "String(redirect_uri) !== '' &&",
        title: 'on sqlite.*redirect_uris becomes',
      },
      {
        ...followRegistration,
        find: '!code.isValid || client?.redirectUriAllowed',
        replace: 'client || client?.redirectUriAllowed',
        title: 'on sqlite.*redirect_uris becomes',
      },
      {
        ...followRegistration,
        find: 'params.scope = limitToRegistration(client.scope,',
        replace: 'params.scope = limitToRegistration(undefined,',
        title: 'on sqlite.*the consent page offers only',
      },
      {
        ...followRegistration,
        find: 'client.responseTypeAllowed(type) &&',
        replace: "String(type) !== '' &&",
        title: 'on sqlite.*response_types becomes',
      },
      {
        ...followRegistration,
        find: 'client.responseModeAllowed(String(response_mode), type, undefined)',
        replace: "String(response_mode) !== ''",
        title: 'on sqlite.*response_modes becomes',
      },
      {
        file: 'server/oauth/clients/origins.ts',
        test: 'tests/integration/oauth/origins.test.ts',
        find: "  await trx.deleteFrom('client_origin').where('client_id', '=', id).execute()\n",
        replace: '',
        title: 'on sqlite.*J10',
      },
      {
        file: 'server/oauth/clients/own-name.ts',
        test: 'tests/integration/oauth/disabled-client.test.ts',
        find: '  await putClientOrigins(trx, row)\n',
        replace: '',
        title: 'on sqlite.*has no pages',
      },
    ],
  },
  {
    rule: 'An application is called disconnected only if no connection of its name holds',
    protects: "the patient's belief",
    at: [
      'server/portal/account#accountRoutes',
      'server/portal/account#findGrant',
      'server/portal/connections#othersOf',
    ],
    mutants: [
      {
        ...account,
        find: 'isConnected: othersOf(grants, { id, ...ended }).length > 0',
        replace: 'isConnected: false',
        title: 'is still connected if another',
      },
      {
        ...otherConnectionsTest,
        file: 'server/portal/connections.ts',
        find: 'shownName(other) === shownName({ application })',
        replace: 'other.application === application',
        title: 'on sqlite.*is not said to read no more.*namesake',
      },
      {
        ...otherConnectionsTest,
        file: 'server/portal/account.ts',
        find: 'isOneOfSeveral: othersOf(grants, grant).length > 0',
        replace: 'isOneOfSeveral: false',
        title: 'on sqlite.*is not said to read no more',
      },
    ],
  },
  {
    rule: 'An access that is ended sooner ends when the page said',
    protects: "the patient's choice",
    at: ['server/portal/account#shown_at'],
    mutants: [
      {
        ...account,
        find: 'shorterWindows(grant, shownAt).find',
        replace: 'shorterWindows(grant, page.now).find',
        title: 'on sqlite.*S18 ends an access when',
      },
    ],
  },
]
