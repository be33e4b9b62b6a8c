import type { Rule } from '../mutation/rule.ts'

const countRefusal = {
  file: 'server/audit/write/count-refusal.ts',
  test: 'tests/attacks/strangers.test.ts',
}
const agent = {
  file: 'server/grants/agent.ts',
  test: 'tests/attacks/who-is-told.test.ts',
}
const engineAccess = {
  file: 'server/oauth/engine/engine-access.ts',
  test: 'tests/attacks/who-is-told.test.ts',
}
const app = { file: 'server/app.ts', test: 'tests/attacks/forwarded.test.ts' }
const limitAuthorizations = {
  file: 'server/oauth/consent/limit-authorizations.ts',
  test: 'tests/attacks/begun.test.ts',
}
const sweep = {
  file: 'server/store/tables/sweep.ts',
  test: 'tests/integration/store/sweep.test.ts',
}
const cors = { file: 'server/oauth/cors.ts', test: 'tests/attacks/subresources.test.ts' }
const subresource = {
  file: 'server/oauth/cors.ts',
  test: 'tests/attacks/subresources.test.ts',
}
const accessEntry = {
  file: 'server/fhir/http/access-entry.ts',
  test: 'tests/attacks/large-answers.test.ts',
}
const engineTransaction = {
  file: 'server/oauth/engine/engine-transaction.ts',
  test: 'tests/integration/oauth/refused-presenters.test.ts',
}
const whoIsToldTest = { test: 'tests/attacks/who-is-told.test.ts' }
const begunTest = { test: 'tests/attacks/begun.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: "A stranger's failed request is counted, and nothing that it sent is kept",
    protects: "the log's space",
    at: [
      'server/audit/entry/access-event#isProven',
      'server/audit/write/count-refusal#MOST_NETWORKS',
      'server/audit/write/count-refusal#isCounted',
    ],
    covers:
      'every address and page, unparsed requests, the 429 of a limit, an application that proved nothing',
    mutants: [
      {
        ...countRefusal,
        find: "return outcome !== 'success' && isStranger && patients.length === 0 && reason !== 'wrong_password'",
        replace: 'return false',
        title: 'F32 who counts as a stranger.*nobody who is refused',
      },
      {
        ...countRefusal,
        find: '!agent.isProven',
        replace: 'agent.clientId === undefined',
        title: 'F32 who counts as a stranger.*an application that proved nothing',
      },
      {
        file: 'server/oauth/consent/interaction-steps.ts',
        test: 'tests/integration/withings/refused-strangers.test.ts',
        find: 'agentOf(request.ip, { clientId, clientName, account })',
        replace: 'agentOf(request.ip, { clientId, clientName, account, isProven: true })',
        title: 'F32 .* late at an authorization',
      },
      {
        ...countRefusal,
        find: 'if (LIMIT_REASONS.includes(reason)) return true',
        replace: '',
        title: 'F32 who counts as a stranger.*a person beyond a limit',
      },
      {
        ...countRefusal,
        find: 'const MOST_NETWORKS = 32',
        replace: 'const MOST_NETWORKS = 1_000_000',
        title: 'F32 an attacker with many networks',
      },
    ],
  },
  {
    rule: 'A refused use of a token is an entry about the patient of its record',
    protects: "the patient's knowledge of who tried",
    at: [
      'server/audit/write/count-refusal#isCounted',
      'server/grants/agent#accessWithToken',
      'server/oauth/engine/engine-access#accessOf',
    ],
    covers: 'each entry of a batch, codes and refresh tokens',
    mutants: [
      {
        ...engineAccess,
        test: 'tests/integration/oauth/refused-presenters.test.ts',
        find: "['token', 'refresh_token', 'code']",
        replace: "['token']",
        title: 'on sqlite.*is told to its patient',
      },
      {
        ...whoIsToldTest,
        file: 'server/audit/write/count-refusal.ts',
        find: ' && patients.length === 0',
        replace: '',
        title: 'J15 .* with the proof of another key',
      },
      {
        ...agent,
        find: 'isRefused && token ? recordOf(token) : undefined',
        replace: 'undefined',
        title: 'J15 .*403',
      },
      {
        ...engineAccess,
        find: '    (isAboutToken ? concerned : undefined) ??\n',
        replace: '',
        title: 'J15 .*a code or refresh token',
      },
      {
        ...engineAccess,
        test: 'tests/integration/oauth/refused-presenters.test.ts',
        find: "outcome === 'refused' && ctx.status !== 429 ? await findPresented(ctx, store, now)",
        replace: "outcome === 'refused' && ctx.status === 429 ? await findPresented(ctx, store, now)",
        title: 'on sqlite.*is told to its patient',
      },
      {
        ...engineTransaction,
        find: "      const refusal = () => entryOf('already_taken')",
        replace:
          "      const refusal = async () => ({ ...entry, outcome: 'refused' as const, reason: 'already_taken' })",
        title: 'on sqlite.*names nobody',
      },
      {
        ...engineAccess,
        find: 'accessWithToken(ctx.ip, { authorization: bearer, held }, failure !== undefined).patients[0]',
        replace: 'held?.account?.patient',
        title: 'J15 .*who opened this patient, at /oauth/applications',
      },
      {
        ...whoIsToldTest,
        file: 'server/fhir/log/log-proofs.ts',
        find: "{ authorization, held }, outcome !== 'success'",
        replace: "{ authorization, held }, outcome === 'failed'",
        title: 'J15 .*who opened this patient, at /audit',
      },
      {
        ...whoIsToldTest,
        file: 'server/oauth/engine/userinfo.ts',
        find: 'accessWithToken(request.ip, { authorization }, claims === undefined)',
        replace: 'accessWithToken(request.ip, { authorization }, false)',
        title: 'J15 .*who opened this patient, at /oauth/userinfo',
      },
      {
        ...agent,
        find: "(scopes.every(({ context }) => context === 'patient') ? patient : undefined)",
        replace: 'patient',
        title: 'J15 a refusal of somebody who may read',
      },
    ],
  },
  {
    rule: 'A refusal of an application that proved itself is an entry',
    protects: "the organization's knowledge of what its applications try",
    at: ['server/grants/agent#isProven', 'server/oauth/engine/engine-access#isClientProven'],
    mutants: [
      {
        file: 'server/grants/agent.ts',
        test: 'tests/integration/oauth/backend-services.test.ts',
        find: '{ ...authorization, isProven: true }',
        replace: 'authorization',
        title: 'on sqlite.*S15 gets a token with an assertion by RS384',
      },
      {
        file: 'server/oauth/engine/engine-access.ts',
        test: 'tests/attacks/refusals-logged.test.ts',
        find: 'isProven: client !== undefined && isClientProven,',
        replace: '',
        title: 'D03, M8 a refused token',
      },
    ],
  },
  {
    rule: 'The refusal of a launch is an entry that names who signed in',
    protects: 'the person who launched, and who tried',
    at: ['server/oauth/consent/interactions#refuseLaunch'],
    mutants: [
      {
        file: 'server/oauth/consent/interactions.ts',
        test: 'tests/integration/oauth/ehr-launch.test.ts',
        find: 'reason: code }, account, () =>',
        replace: 'reason: code }, undefined, () =>',
        title: 'belongs to the person who launched it',
      },
    ],
  },
  {
    rule: "An entry names who made the request, and only if the token's key was proven",
    protects: 'the person, from being blamed',
    at: [
      'server/grants/agent#accessWithToken',
      'server/portal/log-entries#entryView',
      'server/oauth/engine/engine-access#accessOf',
    ],
    mutants: [
      {
        ...agent,
        find: 'agentOf(address, held && { tokenRef: held.tokenRef })',
        replace: 'agentOf(address, held)',
        title: 'J15 .* with the proof of another key',
      },
      {
        ...engineAccess,
        find: "kind !== 'introspect' && !isUnproven",
        replace: "kind !== 'introspect'",
        title: 'J15 .*revoked without its proof',
      },
      {
        ...engineAccess,
        find: "(outcome === 'success' && kind !== 'introspect' && !isUnproven)",
        replace: "(kind !== 'introspect' && !isUnproven)",
        title: 'J15 .*replaced a while ago',
      },
      {
        ...engineAccess,
        find: "(outcome === 'success' && kind !== 'introspect' && !isUnproven)",
        replace: "(outcome === 'success' && !isUnproven)",
        title: 'J15 .*introspection by a resource server',
      },
      {
        ...whoIsToldTest,
        file: 'server/portal/log-entries.ts',
        find: 'client?.policy ?',
        replace: 'false ?',
        title: 'J15 .*revoked without its proof',
      },
    ],
  },
  {
    rule: 'A revocation that ended nothing is a refusal',
    protects: 'the person, from a false disconnection',
    at: ['server/oauth/engine/engine-access#failureOf'],
    mutants: [
      {
        ...engineAccess,
        find: '?.active : hasDestroyed(work)',
        replace: '?.active : true',
        title: 'J15 .*another application revokes in vain',
      },
    ],
  },
  {
    rule: 'A refusal keeps no id that was asked for in vain',
    protects: 'who else has a record',
    at: ['server/fhir/log/logged-request#readPartFor'],
    mutants: [
      {
        ...whoIsToldTest,
        file: 'server/fhir/log/logged-request.ts',
        find: 'owners.includes(patient) || entity ===',
        replace: 'owners.includes(patient) || owners.length === 0 || entity ===',
        title: 'J15 .*404',
      },
    ],
  },
  {
    rule: 'A refusal names an application only if it authenticated or presented a token of ours',
    protects: 'applications, from being blamed',
    at: ['server/oauth/engine/engine-access#isProven'],
    mutants: [
      {
        file: 'server/oauth/engine/engine-access.ts',
        test: 'tests/attacks/refusals-logged.test.ts',
        find: "return kind !== 'authorize' && hasCredentials && !isPublic && ctx.status !== 401",
        replace: 'return Client !== undefined',
        title: 'D03, M8 a refused token',
      },
    ],
  },
  {
    rule: "A person's address is the nearest one that no trusted proxy has, without its port",
    protects: 'limits of a network; the log',
    at: ['server/app#trustProxy', 'server/ip-address#networkOf', 'server/ip-address#parseNetwork'],
    covers: 'forged headers, several proxies, `/0`, the engine',
    mutants: [
      {
        ...app,
        find: 'trustProxy: config.trustProxy ? withinAny(config.trustProxy) : false,',
        replace: 'trustProxy: config.trustProxy ? withinAny(config.trustProxy) : () => true,',
        title: 'J22 without a trusted proxy',
      },
      {
        ...app,
        find: 'trustProxy: config.trustProxy ? withinAny(config.trustProxy) : false,',
        replace: 'trustProxy: config.trustProxy ? (_address, hop) => hop === 0 : false,',
        title: 'J22 with two trusted proxies',
      },
      {
        file: 'server/ip-address.ts',
        test: 'tests/unit/ip-address.test.ts',
        find: 'length >= 1 && length <= bits',
        replace: 'length <= bits',
        title: 'J22',
      },
      {
        file: 'server/oauth/seam/engine-routes.ts',
        test: 'tests/attacks/forwarded.test.ts',
        find: ", { 'x-forwarded-for': request.ip })",
        replace: ')',
        title: 'J22 with one trusted proxy.*a forged one',
      },
      {
        file: 'server/ip-address.ts',
        test: 'tests/unit/audit/network-of.test.ts',
        find: "if (!parsed) return ''",
        replace: 'if (!parsed) return address',
        title: 'F32',
      },
    ],
  },
  {
    rule: 'The transaction that deletes the counts writes their entry',
    protects: 'counts, from being doubled or lost',
    at: ['server/audit/write/gather-refusals#gather'],
    mutants: [
      {
        file: 'server/audit/write/gather-refusals.ts',
        test: 'tests/attacks/strangers.test.ts',
        find: 'if (rows.length === 0) return',
        replace: '',
        title: 'F32 .* once, even if',
      },
    ],
  },
  {
    rule: 'Counts that cannot become an entry hold back no others',
    protects: 'the log of refused requests',
    at: ['server/audit/write/gather-refusals#isCount'],
    mutants: [
      {
        file: 'server/audit/write/gather-refusals.ts',
        test: 'tests/integration/audit/odd-counts.test.ts',
        find: '    .where(isCount)\n',
        replace: '',
        title: 'J08 counts .* on sqlite',
      },
    ],
  },
  {
    rule: 'An authorization that nobody signed in to is no entry',
    protects: "the log's space",
    at: ['server/audit/write/log#isBegunAuthorization'],
    mutants: [
      {
        ...begunTest,
        file: 'server/audit/write/log.ts',
        find: 'if (isBegunAuthorization(access)) return',
        replace: 'void isBegunAuthorization',
        title: 'F32 of the authorizations',
      },
    ],
  },
  {
    rule: 'A browser in which somebody signed in before has a count of its own for authorizations',
    protects: 'people behind one address with a stranger',
    at: [
      'server/oauth/consent/limit-authorizations#limitAuthorizations',
      'server/sign-in/password/device-cookie#isKnownBrowser',
    ],
    mutants: [
      {
        ...limitAuthorizations,
        find: '(await isKnownBrowser(store.db, browser, clock()))',
        replace: '(await isKnownBrowser(store.db, browser, clock()), true)',
        title: 'F12 a browser in which',
      },
      {
        ...limitAuthorizations,
        find: "if (!('wait' in own)) return next()",
        replace: 'if (own) return next()',
        title: 'F12 a browser in which',
      },
    ],
  },
  {
    rule: 'A token or code that has ended or was used tells no patient who presents it',
    protects: "a patient's log, which whoever found it could fill",
    at: ['server/oauth/engine/adapter#findConcerned'],
    covers: '`/oauth/token`, `/oauth/introspect`, `/oauth/revoke`',
    mutants: [
      {
        file: 'server/oauth/engine/adapter.ts',
        test: 'tests/integration/oauth/refused-presenters.test.ts',
        find: 'work && isSpent(row, now) && !lost',
        replace: 'work && isSpent(row, now) && lost',
        title: 'on sqlite.*is told to nobody once it has ended',
      },
      {
        file: 'server/oauth/engine/adapter.ts',
        test: 'tests/integration/oauth/refused-presenters.test.ts',
        find: 'row && !isSpent(row, now)',
        replace: 'row',
        title: 'on sqlite.*is told to nobody once it has ended',
      },
      {
        file: 'server/oauth/engine/adapter.ts',
        test: 'tests/integration/oauth/refused-presenters.test.ts',
        find: ' && fromStored(row, now, {})',
        replace: '',
        title: 'on sqlite.*is told to nobody once it has ended',
      },
    ],
  },
  {
    rule: 'A network may begin 300 authorizations in 5 minutes that nobody signs in to',
    protects: 'the database',
    at: ['server/oauth/consent/limit-authorizations', 'server/oauth/consent/login-step#loginStep'],
    covers: '`prompt=none`, refused ones, POST',
    mutants: [
      {
        ...limitAuthorizations,
        find: "if (!('wait' in attempt)) return next()",
        replace: "if (ctx.path !== '' || !('wait' in attempt)) return next()",
        title: 'F32 of the authorizations',
      },
      {
        ...limitAuthorizations,
        find: "  { limit: 'authorizationSite', value: siteOf(address) },\n",
        replace: '',
        title: 'F32 all 65,536 networks',
      },
      {
        ...limitAuthorizations,
        find: "addStep(engine, ['authorization'], async (ctx, next) => {",
        replace:
          "addStep(engine, ['authorization'], async (ctx, next) => {\n    if (ctx.query.prompt === 'none') return next()",
        title: 'J03',
      },
      {
        ...limitAuthorizations,
        find: 'uncountOne(trx, bucketsOf(address), now)',
        replace: 'uncountOne(trx, bucketsOf(address).slice(0, 1), now)',
        title: 'F32 an authorization that somebody signs in to',
      },
      {
        file: 'server/oauth/consent/login-step.ts',
        test: 'tests/integration/oauth/ehr-launch.test.ts',
        find: 'operations.push(...writes, uncount)',
        replace: 'operations.push(...writes)',
        title: 'F32',
      },
    ],
  },
  {
    rule: 'An authorization goes on only once its page is answered',
    protects: 'the database, from authorizations that are renewed for ever; the limit on them',
    at: ['server/oauth/consent/require-answer#requireAnswer'],
    mutants: [
      {
        file: 'server/oauth/consent/require-answer.ts',
        test: 'tests/attacks/one-sign-in.test.ts',
        find: 'if (!interaction || isDecided(interaction)) return next()',
        replace: "if (!interaction || isDecided(interaction) || uid !== '') return next()",
        title: 'F20 an authorization is not renewed',
      },
      {
        file: 'server/oauth/consent/require-answer.ts',
        test: 'tests/attacks/one-sign-in.test.ts',
        find: 'isDecided(interaction)',
        replace: "(isDecided(interaction) || interaction.prompt.name === 'consent')",
        title: 'F20 an authorization is not renewed',
      },
    ],
  },
  {
    rule: 'A sweep deletes a counted number of rows, however many expire at the same time',
    protects:
      'everybody: on SQLite a statement holds up all answers, and an application chooses when its proofs expire',
    at: ['server/store/tables/sweep#sweepExpired'],
    mutants: [
      {
        ...sweep,
        find: 'BATCH})`',
        replace: '1_000_000})`',
        title: 'on sqlite.*also if all expired at the same time',
      },
    ],
  },
  {
    rule: 'Expired rows are swept every minute, but only once no clock can call them valid',
    protects: 'the database; valid codes',
    at: ['server/store/tables/sweep#EXPIRED', 'server/store/tables/sweep#sweepAll'],
    mutants: [
      {
        ...sweep,
        find: "  { ...RECORD, column: 'expires_at', rows: BEGUN, margin: MINUTE },\n",
        replace: '',
        title: 'on sqlite.*deletes begun authorizations',
      },
      {
        ...sweep,
        find: "{ ...RECORD, column: 'expires_at', rows: sql<boolean>`true`, margin: 60 * MINUTE }",
        replace: "{ ...RECORD, column: 'expires_at', rows: sql<boolean>`true`, margin: MINUTE }",
        title: 'on sqlite.*deletes begun authorizations',
      },
      {
        ...sweep,
        find: 'rows: UNENDED, margin: PAST',
        replace: 'rows: UNENDED, margin: MINUTE',
        title: 'on sqlite.*deletes grants a month after',
      },
      {
        ...sweep,
        find: 'rows: EMPTIED, margin: PAST',
        replace: 'rows: ENDED, margin: PAST',
        title: 'on sqlite.*deletes grants a month after',
      },
      {
        ...sweep,
        find: 'while (!isOver() && (await sweep(store, now)));',
        replace: 'if (!isOver()) await sweep(store, now)',
        title: 'on sqlite.*continues within a turn',
      },
      {
        ...sweep,
        find: '[sweepExpired, sweepEnded]',
        replace: '[sweepExpired]',
        title: 'on sqlite.*continues within a turn',
      },
    ],
  },
  {
    rule: 'What a page of another site loads by itself is refused before anything is done',
    protects: 'sign-ins; the log',
    at: ['server/oauth/cors#installCors', 'server/oauth/cors#isSubresource'],
    covers: 'frames, prefetching, CORS',
    mutants: [
      {
        ...cors,
        find: 'if (!isPreflight && isSubresource(request.headers) && !isCall) return reply.code(403).send()',
        replace: 'void [isSubresource, isCall]',
        title: 'J12.*<img>',
      },
      {
        ...cors,
        find: "request.headers['sec-fetch-mode'] === 'cors' && isCaller",
        replace: "request.headers['sec-fetch-mode'] === 'cors'",
        title: 'J12.*fetch with CORS',
      },
      {
        ...subresource,
        find: "if (headers['sec-purpose'] !== undefined) return true",
        replace: '',
        title: 'J12.*speculation rules in Chromium',
      },
      {
        ...subresource,
        find: " || headers['sec-fetch-dest'] !== 'document'",
        replace: '',
        title: 'J12.*<iframe>',
      },
    ],
  },
  {
    rule: 'A batch that is refused as a whole is logged as refused',
    protects: 'what the patient believes was read',
    at: ['server/fhir/http/access-entry#accessesOf'],
    mutants: [
      {
        ...accessEntry,
        find: 'return isRefused ? exchange.entries.map(',
        replace: 'return isRefused && outcome.status < 500 ? exchange.entries.map(',
        title: 'J13 a batch that is refused once',
      },
    ],
  },
  {
    rule: 'The entries of one request keep 0.5 MB of its search together',
    protects: "the log's space",
    at: ['server/fhir/http/access-entry#accessesOf'],
    mutants: [
      {
        ...accessEntry,
        find: 'Math.min(LONGEST_SEARCH, SEARCHES_OF_REQUEST / patients.size)',
        replace: 'Math.max(LONGEST_SEARCH, SEARCHES_OF_REQUEST / patients.size)',
        title: 'J13 a batch counts',
      },
    ],
  },
  {
    rule: 'A request for proofs has its entry also if the log cannot be read',
    protects: 'the log',
    at: ['server/fhir/log/log-proofs#refusalOf'],
    mutants: [
      {
        file: 'server/fhir/log/log-proofs.ts',
        test: 'tests/attacks/unread-tree.test.ts',
        find: 'return unreadable(error)',
        replace: 'throw error',
        title: 'J13 a request for proofs is logged',
      },
    ],
  },
  {
    rule: 'All unknown Client IDs from one network share one count',
    protects: 'the table of counts',
    at: ['server/oauth/clients/client-limit#limitClientFailures'],
    mutants: [
      {
        ...begunTest,
        file: 'server/oauth/clients/client-limit.ts',
        find: "isKnown ? client : ''",
        replace: 'isKnown || client',
        title: 'F32 unknown applications share',
      },
    ],
  },
  {
    rule: 'A request with an unknown path or method is counted before it is answered',
    protects: 'the traces of an attacker',
    at: ['server/http/refuse-request#refuseRequest'],
    covers: 'requests that cannot be parsed',
    mutants: [
      {
        file: 'server/app.ts',
        test: 'tests/integration/oauth/same-form.test.ts',
        find: 'maxParamLength: 16_384',
        replace: 'maxParamLength: 200',
        title: 'a very long part',
      },
      {
        file: 'server/http/refuse-request.ts',
        test: 'tests/attacks/malformed-requests.test.ts',
        find: "    await deps.recorder.recordRefusal(request, 'other', refusal.reason)\n",
        replace: '',
        title: 'F36',
      },
    ],
  },
]
