import type { Rule } from '../mutation/rule.ts'

const registrar = {
  file: 'server/oauth/clients/registration.ts',
  test: 'tests/integration/oauth/engine-alone.test.ts',
}
const networkRegistration = {
  file: 'server/oauth/clients/network-registration.ts',
  test: 'tests/unit/oauth/network-registration.test.ts',
}
const clients = {
  file: 'server/oauth/clients/clients.ts',
  test: 'tests/integration/oauth/client-generation.test.ts',
}
const adapter = {
  file: 'server/oauth/engine/adapter.ts',
  test: 'tests/integration/oauth/client-generation.test.ts',
}
const findAuthorization = {
  file: 'server/grants/find-authorization.ts',
  test: 'tests/integration/oauth/client-generation.test.ts',
}
const endClient = {
  file: 'server/oauth/clients/end-client.ts',
  test: 'tests/integration/oauth/client-generation.test.ts',
}
const adapterByEndedGrant = {
  file: 'server/oauth/engine/adapter.ts',
  test: 'tests/integration/oauth/ended-grant.test.ts',
}
const engineAloneTest = { test: 'tests/integration/oauth/engine-alone.test.ts' }
const waysInTest = { test: 'tests/attacks/ways-in.test.ts' }
const clientAdministrationTest = {
  test: 'tests/integration/oauth/client-administration.test.ts',
}
const applicationsTest = { test: 'tests/attacks/applications.test.ts' }
const endedClientTest = { test: 'tests/integration/oauth/ended-client.test.ts' }
const clientGenerationTest = {
  test: 'tests/integration/oauth/client-generation.test.ts',
}
const endedGrantTest = { test: 'tests/integration/oauth/ended-grant.test.ts' }
const disabledClientTest = { test: 'tests/integration/oauth/disabled-client.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'Only requests in the table of endpoints, without empty segments, reach the engine',
    protects: 'every step before the engine',
    at: ['server/oauth/seam/endpoints#refuseUnlisted', 'server/oauth/seam/engine-routes#toEngine'],
    covers: 'another spelling, method or mount',
    mutants: [
      {
        ...engineAloneTest,
        file: 'server/oauth/seam/endpoints.ts',
        find: 'if (admittedRequests.has(ctx.req)) return next()',
        replace: "if (ctx.path.startsWith('/oauth/') || admittedRequests.has(ctx.req)) return next()",
        title: 'F01 answers no request',
      },
      {
        ...waysInTest,
        file: 'server/oauth/seam/engine-routes.ts',
        find: "if (Object.values(params).includes('')) return refuse(request, reply)",
        replace: '',
        title: 'F01 an empty segment',
      },
    ],
  },
  {
    rule: 'A test lists every route, with its answer to each kind of caller',
    protects: 'everything',
    at: ['tests/attacks/surface.test'],
    mutants: [
      {
        file: 'server/app.ts',
        test: 'tests/attacks/surface.test.ts',
        find: "  app.get('/healthz',",
        replace: "  app.get('/debug', async () => ({}))\n  app.get('/healthz',",
        title: 'F01 every route',
      },
    ],
  },
  {
    rule: "The engine sees the table's spelling of an address",
    protects: "the engine's router",
    at: ['server/oauth/seam/endpoints#admit'],
    mutants: [
      {
        ...waysInTest,
        file: 'server/oauth/seam/endpoints.ts',
        find: 'request.url = path + ',
        replace: 'request.url = (path && request.url?.split("?")[0]) + ',
        title: 'F02 .* a code gives a token',
      },
    ],
  },
  {
    rule: "A step around the engine is registered by an endpoint's name, not by its path",
    protects: 'limits, context of launches, consent',
    at: ['server/oauth/seam/endpoints#addStep'],
    mutants: [],
    why: 'the name is a type, so that the compiler checks it',
    tests: ['tests/attacks/ways-in.test.ts'],
  },
  {
    rule: 'A page reads answers only of routes that declare its origin',
    protects: 'answers',
    at: ['server/oauth/cors#isCaller'],
    covers: 'error answers, 404, preflights',
    mutants: [
      {
        ...waysInTest,
        file: 'server/oauth/cors.ts',
        find: 'origin !== undefined && (await isRegistered(origin))',
        replace: 'origin !== undefined',
        title: 'F02 .* a page of an unregistered origin',
      },
    ],
  },
  {
    rule: "Registering or changing applications takes an administrator's token with `client.register`",
    protects: 'every application',
    at: [
      'server/oauth/clients/registration#findInitialAccessToken',
      'server/oauth/clients/registration#findRegistrar',
      'server/oauth/engine/engine#createEngine',
    ],
    mutants: [
      {
        ...registrar,
        find: 'if (authorization.jkt !== undefined && !isProven) return undefined',
        replace: '',
        title: 'F03 .* bound',
      },
      {
        ...registrar,
        find: "account?.role === 'admin' && words.has(REGISTER_SCOPE)",
        replace: "account?.role === 'admin' && words.size > 0",
        title: 'F03',
      },
      {
        ...registrar,
        find: "account?.role === 'admin' && words.has(REGISTER_SCOPE)",
        replace: 'account !== undefined && words.has(REGISTER_SCOPE)',
        title: 'F03 registers nothing for',
      },
      {
        ...engineAloneTest,
        file: 'server/oauth/engine/engine.ts',
        find: 'initialAccessToken: true',
        replace: 'initialAccessToken: false',
        title: 'F03',
      },
      {
        ...clientAdministrationTest,
        file: 'server/oauth/clients/registration.ts',
        find: 'if (authorization && mayRegister(authorization)) return authorization',
        replace: 'if (authorization) return authorization',
        title: 'on sqlite.*needs the scope',
      },
    ],
  },
  {
    rule: 'Nobody registers `client_credentials`, a `system/` scope or a resource server over the network',
    protects: 'every record',
    at: [
      'server/oauth/clients/network-registration#checkNetworkRegistration',
      'server/oauth/engine/adapter#upsert',
    ],
    mutants: [
      {
        ...networkRegistration,
        find: "if (listOf(next.grant_types).includes('client_credentials'))",
        replace: "if (next.grant_types?.[0] === 'client_credentials')",
        title: 'F04 .* never has',
      },
      {
        ...networkRegistration,
        find: "if (wordsOf(next.scope).some((word) => word.startsWith('system/')))",
        replace: "if (wordsOf(next.scope)[0]?.startsWith('system/'))",
        title: 'F04 .* never has',
      },
      {
        ...networkRegistration,
        find: 'if (next[RESOURCE_SERVER] !== undefined)',
        replace: 'if (next[RESOURCE_SERVER] === null)',
        title: 'F04 .* never has',
      },
      {
        ...applicationsTest,
        file: 'server/oauth/engine/adapter.ts',
        find: 'if (model === CLIENT) checkNetworkRegistration',
        replace: 'if (model === PROOF) checkNetworkRegistration',
        title: 'F04 no application',
      },
    ],
  },
  {
    rule: 'An application itself changes only its keys, secret and redirects at the same hosts',
    protects: 'limits that an administrator set',
    at: ['server/oauth/clients/network-registration#mayChange'],
    mutants: [
      {
        ...networkRegistration,
        find: 'if (OWN_MEMBERS.includes(name) ||',
        replace: "if (name !== 'scope' ||",
        title: 'J11 .* neither changes nor leaves out',
      },
      {
        ...networkRegistration,
        find: 'name === REDIRECTS && [...hostsOf(next)].every((host) => registered.has(host))',
        replace: 'name === REDIRECTS && registered.size > 0',
        title: 'J11 .* to another host',
      },
      {
        ...networkRegistration,
        find: 'new Set([...Object.keys(before), ...Object.keys(next)])',
        replace: 'new Set(Object.keys(before))',
        title: 'J11 .* does not add',
      },
    ],
  },
  {
    rule: 'A client is stored only over the version that it was compared with',
    protects: 'the registration, in a race',
    at: ['server/oauth/seam/compared-record#putCompared'],
    mutants: [
      {
        ...applicationsTest,
        file: 'server/oauth/seam/compared-record.ts',
        find: ".where('payload', '=', before)",
        replace: ".where('payload', '!=', '')",
        title: 'F04 .* an administrator edits',
      },
    ],
  },
  {
    rule: 'A removed application leaves nothing to the next one with its Client ID',
    protects: 'the next application',
    at: [
      'server/oauth/clients/client-management#manageClients',
      'server/oauth/clients/end-client#newGeneration',
      'server/oauth/clients/own-name#putRegistration',
    ],
    mutants: [
      {
        ...endedClientTest,
        file: 'server/oauth/clients/end-client.ts',
        find: 'await deleteRegistrationToken(trx, clientId)',
        replace: 'void deleteRegistrationToken',
        title: 'on sqlite.*leaves nothing',
      },
      {
        ...endedClientTest,
        file: 'server/oauth/clients/own-name.ts',
        find: 'before === undefined && { client_generation: newGeneration() }',
        replace: 'before === newGeneration() && {}',
        title: 'on sqlite.*that its own developer removes',
      },
      {
        ...clients,
        find: "    .values({ ...row, client_generation: newGeneration() })\n    .onConflict((conflict) => conflict.columns(['model', 'id']).doNothing())",
        replace:
          "    .values(row)\n    .onConflict((conflict) => conflict.columns(['model', 'id']).doNothing())",
        title: 'on sqlite.*another registration.*tokens',
      },
      {
        ...clients,
        find: "    .values({ ...row, client_generation: newGeneration() })\n    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row))",
        replace:
          "    .values(row)\n    .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(row))",
        title: 'on sqlite.*its own.*opens nothing after another registration',
      },
      {
        ...endedClientTest,
        file: 'server/oauth/clients/client-management.ts',
        find: 'await endClient(trx, client.clientId)',
        replace: "await trx.deleteFrom('oauth_record').where('id', '=', client.clientId).execute()",
        title: 'on sqlite.*that its own developer removes',
      },
    ],
  },
  {
    rule: 'What an application was given counts only for the same generation of the application',
    protects: 'every record',
    at: [
      'server/oauth/engine/adapter#findConsentedRecord',
      'server/oauth/engine/adapter#findOwner',
      'server/oauth/launch/launch#isRegistered',
    ],
    mutants: [
      {
        ...clientGenerationTest,
        file: 'server/oauth/launch/launch.ts',
        find: '&& client.generation === generation',
        replace: "&& generation !== 'none'",
        title: 'on sqlite.*another registration.*: a launch',
      },
      {
        ...adapter,
        find: "          .onRef('client.client_generation', '=', 'consent.client_generation')\n",
        replace: '',
        title: 'on sqlite.*another registration.*: a code',
      },
      {
        ...adapter,
        find: 'client?.generation === record.client_generation',
        replace: 'client !== undefined',
        title: 'on sqlite.*another registration.*: an authorization',
      },
      {
        ...findAuthorization,
        find: "    .where('client.client_generation', '=', generation)\n",
        replace: '',
        title: 'on sqlite.*its own.*opens nothing after another',
      },
      {
        ...findAuthorization,
        find: "        .onRef('client.client_generation', '=', 'consent.client_generation')\n",
        replace: '',
        title: 'on sqlite.*another registration.*: tokens',
      },
      {
        ...clientGenerationTest,
        file: 'server/oauth/terms/grants.ts',
        find: "    .whereRef('client.client_generation', '=', 'consent.client_generation')\n",
        replace: '',
        title: 'on sqlite.*another registration.*: tokens',
      },
      {
        ...endClient,
        find: '{ disabled_at: now, client_generation: newGeneration() }',
        replace: '{ disabled_at: now }',
        title: 'on sqlite.*disabling and enabling it: tokens',
      },
    ],
  },
  {
    rule: 'Ending an application, account or grant costs the same, however much it holds',
    protects: "everybody's answers",
    at: [
      'server/oauth/clients/end-client#setDisabled',
      'server/oauth/terms/grants#endGrant',
      'server/store/tables/sweep#sweepEnded',
    ],
    mutants: [
      {
        ...endClient,
        find: '  return client?.payload\n',
        replace:
          "  await trx.deleteFrom('oauth_record').where('model', '=', 'ClientCredentials').execute()\n  return client?.payload\n",
        title: 'on sqlite.*costs disabling',
      },
      {
        ...endedGrantTest,
        file: 'server/oauth/terms/grants.ts',
        find: "    .where('grant_id', '=', grantId)\n    .where('revoked_at', 'is', null)\n    .executeTakeFirst()\n",
        replace:
          "    .where('grant_id', '=', grantId)\n    .where('revoked_at', 'is', null)\n    .executeTakeFirst()\n  await trx.deleteFrom('oauth_record').where('grant_id', '=', grantId).execute()\n",
        title: 'on sqlite.*cost as much as any',
      },
      {
        ...adapterByEndedGrant,
        find: 'account_id: signInOf(payload)?.accountId ?? null',
        replace: 'account_id: payload.accountId ?? signInOf(payload)?.accountId ?? null',
        title: 'on sqlite.*of an account that is removed',
      },
      {
        ...endedGrantTest,
        file: 'server/store/tables/sweep.ts',
        find: '            .limit(BATCH)\n',
        replace: '',
        title: 'on sqlite.*emptied a batch at a time',
      },
    ],
  },
  {
    rule: 'A disabled application gets no token, its tokens open nothing, its pages call nothing',
    protects: 'every record',
    at: [
      'server/grants/find-authorization#findRow',
      'server/oauth/clients/origins#clientAt',
      'server/oauth/engine/adapter#find',
    ],
    mutants: [
      {
        file: 'server/oauth/terms/grants.ts',
        test: 'tests/integration/oauth/listed-grants.test.ts',
        find: 'client && disabled_at === null',
        replace: 'client',
        title: 'on sqlite.*J10 says what an application may still read',
      },
      {
        ...disabledClientTest,
        file: 'server/oauth/engine/adapter.ts',
        find: 'if (!row || row.disabled_at !== null) return undefined',
        replace: 'if (!row) return undefined',
        title: 'gets no token',
      },
      {
        ...disabledClientTest,
        file: 'server/grants/find-authorization.ts',
        find: "        .on('client.disabled_at', 'is', null),",
        replace: '',
        title: 'keeps no token',
      },
      {
        ...disabledClientTest,
        file: 'server/oauth/clients/origins.ts',
        find: "fn.coalesce('client.disabled_at', sql.lit(0))",
        replace: "fn.coalesce(sql.lit(0), 'client.disabled_at')",
        title: 'on sqlite.*has no pages',
      },
    ],
  },
  {
    rule: 'A code or token of an ended grant opens, spends and reports nothing',
    protects: 'every record',
    at: [
      'server/grants/find-authorization#findRow',
      'server/oauth/engine/adapter#findConsentedRecord',
      'server/oauth/engine/sealed-replay#findAnswer',
    ],
    mutants: [
      {
        ...endedGrantTest,
        file: 'server/oauth/engine/sealed-replay.ts',
        find: "          .where('revoked_at', 'is', null),\n",
        replace: '',
        title: 'on sqlite.*repeats no answer',
      },
      {
        ...endedGrantTest,
        file: 'server/grants/find-authorization.ts',
        find: "    .where('consent.revoked_at', 'is', null)\n",
        replace: '',
        title: 'on sqlite.*by disconnecting the application',
      },
      {
        ...adapterByEndedGrant,
        find: "      .where('consent.revoked_at', 'is', null)\n",
        replace: '',
        title: 'on sqlite.*by disconnecting the application',
      },
      {
        ...adapterByEndedGrant,
        find: '    .where(grantHolds)\n',
        replace: '',
        title: 'on sqlite.*gives nothing for a (?:code|refresh token$)',
      },
      {
        ...endedGrantTest,
        file: 'server/grants/lost-answer.ts',
        find: '    .where(grantHolds)\n',
        replace: '',
        title: 'on sqlite.*whose answer was lost',
      },
    ],
  },
  {
    rule: 'An authorization is answered only in the query of the redirect address',
    protects: 'codes',
    at: ['server/oauth/routes#oauthRoutes'],
    mutants: [
      {
        file: 'server/oauth/routes.ts',
        test: 'tests/attacks/authorization.test.ts',
        find: 'allowOnlyQueryMode(engine)',
        replace: 'void allowOnlyQueryMode',
        title: 'A35 .* not in fragment',
      },
    ],
  },
  {
    rule: 'A change of an application is logged only by the request that made it',
    protects: 'the log',
    at: ['server/oauth/clients/end-client#requireChanged'],
    mutants: [
      {
        ...clientAdministrationTest,
        file: 'server/oauth/clients/end-client.ts',
        find: "if (metadata === undefined) throw new AlreadyTaken('Client')",
        replace: 'void metadata',
        title: 'on sqlite.*logs a change only if it was made',
      },
    ],
  },
  {
    rule: 'An administrator only disables or deletes an application that the terminal registered',
    protects: 'every record',
    at: ['server/oauth/clients/client-administration#change'],
    mutants: [
      {
        ...clientAdministrationTest,
        file: 'server/oauth/clients/client-administration.ts',
        find: 'if (disabled !== true) checkNetworkRegistration(metadata as ClientRecord)',
        replace: 'void checkNetworkRegistration',
        title: 'on sqlite.*only disables and deletes',
      },
      {
        ...clientAdministrationTest,
        file: 'server/oauth/clients/client-administration.ts',
        find: '  checkNetworkRegistration(next as ClientRecord)\n',
        replace: '',
        title: 'on sqlite.*edits the name, the addresses and the scope',
      },
    ],
  },
  {
    rule: "Introspection tells of one's own tokens only, and names accounts with `openid`",
    protects: 'sign-ins elsewhere; the person',
    at: [
      'server/oauth/engine/engine#allowedPolicy',
      'server/oauth/engine/introspection#addContextToIntrospection',
    ],
    mutants: [
      {
        ...applicationsTest,
        file: 'server/oauth/engine/engine.ts',
        find: '(token.clientId === client.clientId || isResourceServer(client))',
        replace: "(token.clientId !== '' || isResourceServer(client))",
        title: 'F05 .* a confidential application',
      },
      {
        file: 'server/oauth/engine/introspection.ts',
        test: 'tests/integration/oauth/introspection.test.ts',
        find: '...(mayNamePerson && { sub }),',
        replace: '...(mayNamePerson ? { sub } : { sub }),',
        title: "S24 .*person's account only with openid",
      },
    ],
  },
  {
    rule: 'Introspection requires credentials',
    protects: 'whether a token exists',
    at: ['server/oauth/engine/introspection#requireCredentials'],
    mutants: [
      {
        ...applicationsTest,
        file: 'server/oauth/engine/introspection.ts',
        find: "if (ctx.get('authorization') !== '' || findAssertion(ctx) !== undefined) return next()",
        replace: 'if (ctx.state.form) return next()',
        title: 'F05 .* an application that',
      },
      {
        file: 'server/oauth/seam/read-body.ts',
        test: 'tests/integration/oauth/introspection.test.ts',
        find: "findForm(ctx)?.get('client_assertion') || undefined",
        replace: "findForm(ctx)?.get('client_assertion') ?? undefined",
        title: 'tells nobody else',
      },
    ],
  },
  {
    rule: 'A failed authentication counts against the client that the engine would authenticate',
    protects: 'the limit of attempts',
    at: ['server/oauth/clients/client-limit#nameInBasic'],
    mutants: [
      {
        file: 'server/oauth/seam/read-body.ts',
        test: 'tests/integration/oauth/same-form.test.ts',
        find: '(`?',
        replace: '(`',
        title: 'a question mark',
      },
      {
        ...applicationsTest,
        file: 'server/oauth/clients/client-limit.ts',
        find: "return name && decodeURIComponent(name.replaceAll('+', '%20'))",
        replace: 'return name',
        title: 'F07',
      },
    ],
  },
  {
    rule: 'Adding a Client ID at the terminal replaces no other application',
    protects: "other applications' secrets and scopes",
    at: ['server/oauth/clients/clients#insertClient'],
    mutants: [
      {
        file: 'server/oauth/clients/clients.ts',
        test: 'tests/long/admin/command.test.ts',
        find: '.doNothing())',
        replace: ".doUpdateSet({ model: 'Client' }))",
        title: 'adds a resource server',
      },
    ],
  },
]
