import type { Rule } from '../mutation/rule.ts'

const clientTries = {
  file: 'server/oauth/clients/client-tries.ts',
  test: 'tests/long/oauth/client-tries.test.ts',
}
const hashWorkers = {
  file: 'server/sign-in/secrets/hash-workers.ts',
  test: 'tests/unit/oauth/hash-workers.test.ts',
}
const password = {
  file: 'server/sign-in/password/password.ts',
  test: 'tests/unit/oauth/hash-workers.test.ts',
}
const passwordCheck = { file: 'server/sign-in/password/password-check.ts' }
const deviceCookie = {
  file: 'server/sign-in/password/device-cookie.ts',
  test: 'tests/integration/oauth/known-browser.test.ts',
}
const consent = {
  file: 'server/oauth/consent/consent.ts',
  test: 'tests/integration/oauth/told-end.test.ts',
}
const guessingAtOnceTest = { test: 'tests/attacks/guessing-at-once.test.ts' }
const networksOfASiteTest = {
  test: 'tests/integration/oauth/networks-of-a-site.test.ts',
}
const ownSessionTest = { test: 'tests/integration/oauth/own-session.test.ts' }
const ehrLaunchTest = { test: 'tests/integration/oauth/ehr-launch.test.ts' }
const signedOutBrowserTest = {
  test: 'tests/integration/oauth/signed-out-browser.test.ts',
}
const sessionsTest = { test: 'tests/attacks/sessions.test.ts' }
const unticked = {
  file: 'server/grants/unticked.ts',
  test: 'tests/integration/oauth/unticked.test.ts',
}
const shownOffersTest = { test: 'tests/attacks/shown-offers.test.ts' }
const saidNamesTest = { test: 'tests/attacks/said-names.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'An attempt is counted before it is checked, and uncounted only in its period',
    protects: 'passwords and client secrets',
    at: [
      'server/sign-in/secrets/rate-limit#reserve',
      'server/sign-in/secrets/rate-limit#uncount',
      'server/oauth/clients/client-tries#createClientTries',
    ],
    covers: 'both sign-in pages, every process, token, introspection, revocation, client management',
    mutants: [
      {
        ...guessingAtOnceTest,
        file: 'server/sign-in/secrets/rate-limit.ts',
        find: "eb('rate_limit.failures', '<', failures)",
        replace: "eb('rate_limit.failures', '>=', 0)",
        title: 'F10 of 201 for one name',
      },
      {
        ...guessingAtOnceTest,
        file: 'server/oauth/clients/client-tries.ts',
        find: "if ('wait' in attempt) return attempt.wait",
        replace: "if ('wait' in attempt) return check().then(() => undefined)",
        title: 'F10 of 201, the right one last',
      },
      {
        file: 'server/oauth/clients/client-management.ts',
        test: 'tests/attacks/guessing-at-management.test.ts',
        find: "if ('wait' in attempt) {",
        replace: "if ('wait' in attempt && attempt.wait < 0) {",
        title: 'F10',
      },
      {
        file: 'server/sign-in/secrets/rate-limit.ts',
        test: 'tests/integration/oauth/rate-limit.test.ts',
        find: ".where('expires_at', '=', expires_at)",
        replace: '',
        title: 'F10',
      },
      {
        ...clientTries,
        find: 'free.attempt.countsUntil - clock() > PATIENCE',
        replace: 'free.attempt.countsUntil > 0',
        title: 'on sqlite .*are counted anew',
      },
      {
        ...clientTries,
        find: 'if (await check()) keep(name, attempt)',
        replace: 'await check()\n        keep(name, attempt)',
        title: 'on sqlite .*count towards',
      },
    ],
  },
  {
    rule: 'A right password is no failed try, whatever fails after it',
    protects: "a person's own sign-in",
    at: ['server/sign-in/password/password-check#checkPassword'],
    covers: 'both sign-in pages, the change of a password',
    mutants: [
      {
        ...passwordCheck,
        test: 'tests/integration/oauth/right-password.test.ts',
        find: "if ('account' in result) await store.write(attempted.uncount)",
        replace: '',
        title: 'on sqlite.*when the new password cannot be stored',
      },
      {
        ...passwordCheck,
        test: 'tests/integration/oauth/rate-limit.test.ts',
        find: "if ('account' in result) await store.write(attempted.uncount)",
        replace: 'await store.write(attempted.uncount)',
        title: 'A24 waits after guesses',
      },
    ],
  },
  {
    rule: 'A remembered secret counts only for the hash that it matched',
    protects: 'secrets that were replaced',
    at: ['server/sign-in/password/password#verifySecret'],
    mutants: [
      {
        file: 'server/sign-in/password/password.ts',
        test: 'tests/unit/oauth/remembered-secret.test.ts',
        find: 'if (remembered && timingSafeEqual(remembered, presented)) return true',
        replace: 'if (remembered) return true',
        title: 'remembers a secret',
      },
    ],
  },
  {
    rule: 'Requests of a busy application take turns, and few wait',
    protects: 'honest applications; memory',
    at: ['server/oauth/clients/client-tries#TURNS'],
    mutants: [
      { ...clientTries, find: 'line: 500', replace: 'line: 5_000', title: 'J13' },
      {
        ...clientTries,
        find: 'holder: LIMITS.client.failures / 2',
        replace: 'holder: LIMITS.client.failures * 2',
        title: 'on sqlite.*serve one request each',
      },
      {
        file: 'server/oauth/engine/engine-transaction.ts',
        find: 'await next().catch((error: unknown) => {\n      if (isBusy(error)) void countBusy',
        replace: 'await next().catch(async (error: unknown) => {\n      if (isBusy(error)) await countBusy',
        project: 'long',
        test: 'tests/long/oauth/client-tries.test.ts',
        title: 'J13',
      },
    ],
  },
  {
    rule: 'Secrets are hashed a few at a time, on separate threads, with a bounded queue',
    protects: "everybody's answers",
    at: ['server/sign-in/secrets/hash-workers#reserve'],
    mutants: [
      { ...hashWorkers, find: 'if (reserved >= places || ', replace: 'if (', title: 'F11 does a few' },
    ],
  },
  {
    rule: 'All networks of one site share limits of wrong secrets and passwords',
    protects: "everybody's sign-in",
    at: [
      'server/sign-in/password/password-check#checkPassword',
      'server/oauth/clients/client-limit#clientBuckets',
    ],
    mutants: [
      {
        ...networksOfASiteTest,
        file: 'server/oauth/clients/client-limit.ts',
        find: "{ limit: 'clientSite', value: ",
        replace: "{ limit: 'clientSite', value: Math.random() + ",
        title: 'on sqlite.*A23',
      },
      {
        ...networksOfASiteTest,
        file: 'server/sign-in/password/password-check.ts',
        find: "        { limit: 'addressSite', value: siteOf(attempt.address) },\n",
        replace: '',
        title: 'on sqlite.*F11',
      },
      {
        ...networksOfASiteTest,
        file: 'server/sign-in/secrets/rate-limit.ts',
        find: 'addressSite: { failures: 100, seconds: 300 }',
        replace: 'addressSite: { failures: 1_000, seconds: 300 }',
        title: 'on sqlite.*F11',
      },
    ],
  },
  {
    rule: 'A name, network or site takes at most a quarter of the hashing',
    protects: "everybody's sign-in",
    at: ['server/sign-in/secrets/hash-workers#reserve', 'server/sign-in/password/password#sharersOf'],
    mutants: [
      {
        ...password,
        find: 'siteOf(address)}`, share: 1 / 4',
        replace: 'siteOf(address)}`, share: 1',
        title: 'F11 keeps a quarter',
      },
      { ...hashWorkers, find: ' || !sharers.every(hasShare)', replace: '', title: 'F11 gives one sharer' },
    ],
  },
  {
    rule: 'Strangers leave a quarter of the hashing to known browsers',
    protects: 'people in their own browsers',
    at: ['server/sign-in/password/password#sharersOf'],
    mutants: [
      {
        ...password,
        find: "  { name: 'strangers', share: 3 / 4 },\n",
        replace: '',
        title: 'F11 keeps a quarter',
      },
    ],
  },
  {
    rule: 'Known browsers go first, and leave strangers a quarter of the hashing',
    protects: 'people in their own browsers, from floods of passwords; new browsers',
    at: [
      'server/sign-in/secrets/hash-workers#takeNext',
      'server/sign-in/password/password#knownBrowserOf',
      'server/sign-in/password/password-check#checkPassword',
    ],
    mutants: [
      {
        ...password,
        find: 'share: 3 / 4, goesFirst: true',
        replace: 'share: 3 / 4',
        title: 'F12 hashes for known browsers first',
      },
      {
        ...password,
        find: 'share: 3 / 4, goesFirst: true',
        replace: 'share: 1, goesFirst: true',
        title: 'F11 keeps a quarter of the places for strangers',
      },
      {
        ...password,
        find: 'share: 1 / 20',
        replace: 'share: 1 / 4',
        title: 'F11 keeps a quarter of the places for strangers',
      },
      {
        ...hashWorkers,
        find: 'Math.floor(places * share)',
        replace: 'places * share',
        title: 'F11 keeps a quarter of the places for strangers',
      },
      {
        ...hashWorkers,
        find: 'MOST_IN_A_ROW = 3',
        replace: 'MOST_IN_A_ROW = 300',
        title: 'F12 hashes for known browsers first',
      },
      {
        ...passwordCheck,
        test: 'tests/integration/oauth/known-browser.test.ts',
        find: 'device && account ? knownBrowserOf(account.id) : sharersOf(name, attempt.address)',
        replace: 'sharersOf(name, attempt.address)',
        title: 'on sqlite.*does not wait for the passwords',
      },
    ],
  },
  {
    rule: 'A secret or password that is not checked because hashing is busy is counted',
    protects: "the administrator's view",
    at: [
      'server/oauth/engine/engine-transaction#installTransaction',
      'server/sign-in/visit/page-error#answerPageError',
    ],
    mutants: [
      {
        file: 'server/oauth/engine/engine-transaction.ts',
        find: 'if (isBusy(error)) void',
        replace: 'if (error === undefined) void',
        project: 'integration',
        test: 'tests/integration/oauth/rate-limit.test.ts',
        title: 'on sqlite.*counted as token',
      },
    ],
  },
  {
    rule: 'An account is known in twenty browsers at most',
    protects: 'passwords',
    at: ['server/sign-in/password/device-cookie#forgetOldest'],
    mutants: [
      {
        ...deviceCookie,
        find: '      await forgetOldest(trx, account.id)\n',
        replace: '',
        title: 'from twenty others',
      },
    ],
  },
  {
    rule: 'A wrong password is logged with its account, and nothing that was typed',
    protects: "the administrator's view; typed passwords",
    at: ['server/sign-in/password/password-check#whoIs'],
    mutants: [
      {
        ...ownSessionTest,
        file: 'server/sign-in/password/password-check.ts',
        find: 'account: { id, name } }',
        replace: "account: { id, name: '' } }",
        title: 'on sqlite .*with a wrong password of somebody',
      },
    ],
  },
  {
    rule: 'Signing out leads only to the sign-in',
    protects: 'people, from another address',
    at: ['server/portal/account#accountRoutes'],
    mutants: [
      {
        ...ehrLaunchTest,
        file: 'server/portal/account.ts',
        find: "form.next === '/ehr' ? '/login?next=/ehr' : '/login'",
        replace: "typeof form.next === 'string' ? encodeURI(form.next) : '/login'",
        title: 'sign out leads nowhere',
      },
    ],
  },
  {
    rule: 'Signing out on all devices ends every sign-in, also at open consent pages',
    protects: 'the record',
    at: ['server/sign-in/visit/own-session#endAllSignIns', 'server/oauth/seam/signed-in#signInOf'],
    mutants: [
      {
        ...sessionsTest,
        file: 'server/sign-in/visit/own-session.ts',
        find: ".where('model', 'in', [MODEL, INTERACTION])",
        replace: ".where('model', 'in', [MODEL])",
        title: 'A28 signing out on all devices',
      },
      {
        ...sessionsTest,
        file: 'server/oauth/seam/signed-in.ts',
        find: '?? (lastSubmission as Results)?.login',
        replace: '',
        title: 'A28 signing out on all devices',
      },
    ],
  },
  {
    rule: 'A sign-in from a session ends with it, and any sign-in when its person leaves the browser',
    protects: 'the person, from the next one at the browser',
    at: [
      'server/oauth/seam/signed-in#findSignInOf',
      'server/oauth/consent/login-step#loginStep',
      'server/sign-in/visit/begun-cookie#endSignInsOfBrowser',
      'server/sign-in/visit/own-session#endOwnSession',
      'server/sign-in/visit/own-session#startOwnSession',
    ],
    mutants: [
      {
        ...signedOutBrowserTest,
        file: 'server/oauth/seam/signed-in.ts',
        find: 'if (session !== undefined && !(await isSessionOpen(store, session, clock()))) return undefined',
        replace: '',
        title: 'on sqlite.*is over when the session that the launch',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/oauth/consent/login-step.ts',
        find: '...(session && { session: session.id }),',
        replace: '',
        title: 'on sqlite.*asks for the password if that session ends',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/oauth/consent/login-step.ts',
        find: 'operations.push((trx) => endSignInsOfBrowser(trx, config, page.request, account.id))',
        replace: '',
        title: 'on sqlite.*is over when somebody else signs in at another',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/sign-in/visit/own-session.ts',
        find: 'await endSignInsOfBrowser(trx, config, request, account.id)',
        replace: '',
        title: 'on sqlite.*is over when somebody else signs in here',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/sign-in/visit/own-session.ts',
        find: 'await endSignInsOfBrowser(trx, config, request)',
        replace: '',
        title: 'on sqlite.*is over when the person who gave the password',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/sign-in/visit/begun-cookie.ts',
        find: ".where('account_id', '!=', except)",
        replace: ".where('account_id', 'is not', null)",
        title: 'on sqlite.*goes on when the same person',
      },
    ],
  },
  {
    rule: 'A launch ends when somebody says that they are not the person who launched it',
    protects: 'the log, from a sign-in that nobody made',
    at: ['server/oauth/consent/consent-step#consentStep'],
    mutants: [
      {
        ...signedOutBrowserTest,
        file: 'server/oauth/consent/consent-step.ts',
        find: "if (typeof launch === 'string') return endLaunch(step, event, account, launch)",
        replace: '',
        title: 'on sqlite.*ends a launch',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/oauth/consent/consent-step.ts',
        find: 'takeLaunch(trx, launch, clock()).catch(',
        replace: 'Promise.resolve().catch(',
        title: 'on sqlite.*ends a launch',
      },
      {
        ...signedOutBrowserTest,
        file: 'server/oauth/consent/consent-step.ts',
        find: 'if (session?.account.id === account.id)',
        replace: "if (session?.account.id === '')",
        title: 'on sqlite.*ends a launch',
      },
    ],
  },
  {
    rule: 'An account page opened for somebody else shows only the name, and asks',
    protects: 'two people at one computer',
    at: ['server/portal/account#sub'],
    mutants: [
      {
        ...ownSessionTest,
        file: 'server/portal/account.ts',
        find: 'person !== undefined && person !==',
        replace: "person === 'anybody' && person !==",
        title: 'on sqlite.*for somebody else.*shows nothing',
      },
    ],
  },
  {
    rule: "A sign-in at the organization's own pages leads to no other page",
    protects: 'a person, from an address that somebody else chose',
    at: ['server/portal/own-sign-in#nextOf'],
    covers: 'other hosts, dot segments',
    mutants: [
      {
        ...ownSessionTest,
        file: 'server/portal/own-sign-in.ts',
        find: "=== next ? next : '/account'",
        replace: '=== next ? next : next',
        title: 'on sqlite.*does not redirect to /account/../oauth',
      },
      {
        ...ownSessionTest,
        file: 'server/portal/own-sign-in.ts',
        find: "!NEXT.test(next)) return '/account'",
        replace: "next === '') return '/account'",
        title: 'on sqlite.*does not redirect to /oauth/authorize',
      },
    ],
  },
  {
    rule: 'A sign-in to a disabled account is refused like a wrong password',
    protects: 'accounts that were switched off',
    at: ['server/sign-in/password/password-check#judge'],
    mutants: [
      {
        file: 'server/sign-in/password/password-check.ts',
        test: 'tests/integration/admin/accounts.test.ts',
        find: 'if (account.disabled_at !== null)',
        replace: "if (name === '')",
        title: 'on sqlite.*a disabled person cannot sign in',
      },
    ],
  },
  {
    rule: 'An unknown name costs the same work as a known one',
    protects: 'which names exist',
    at: [
      'server/audit/write/count-refusal#isCounted',
      'server/sign-in/password/device-cookie#findDevice',
      'server/sign-in/password/password-check#checkPassword',
    ],
    covers: 'the length of the log, which is public',
    mutants: [
      {
        file: 'server/audit/write/count-refusal.ts',
        test: 'tests/attacks/same-work.test.ts',
        find: 'export const isCounted = ({ outcome, reason, agent, patients }: LoggedAccess): boolean => {',
        replace:
          "export const isCounted = ({ outcome, agent, patients, account, ...more }: LoggedAccess): boolean => {\n  const reason = account === undefined ? 'none' : more.reason",
        title: 'A24',
      },
      {
        file: 'server/sign-in/password/password-check.ts',
        test: 'tests/attacks/guessing.test.ts',
        find: 'await verify(account?.password_hash ?? UNMATCHABLE_HASH, attempt.password),',
        replace: 'account !== undefined && (await verify(account.password_hash, attempt.password)),',
        title: 'A24 .* an unknown name',
      },
      {
        file: 'server/sign-in/password/device-cookie.ts',
        test: 'tests/attacks/same-work.test.ts',
        find: 'if (value === undefined) return undefined',
        replace: 'if (value === undefined || account === NO_ACCOUNT) return undefined',
        title: 'A24',
      },
    ],
  },
  {
    rule: 'A known browser counts separately, for one account and its password',
    protects: "a person, from strangers' attempts",
    at: [
      'server/sign-in/password/device-cookie#findDevice',
      'server/sign-in/password/device-cookie#rememberDevice',
      'server/sign-in/password/password-check#checkPassword',
    ],
    mutants: [
      {
        file: 'server/sign-in/password/password-check.ts',
        test: 'tests/integration/oauth/known-browser.test.ts',
        find: "[{ limit: 'device', value: device.id }]",
        replace: "[{ limit: 'account', value: name }]",
        title: 'F12 lets its owner in',
      },
      {
        ...deviceCookie,
        find: 'if (before !== undefined) await moveDevice(',
        replace: "if (before === '') await moveDevice(",
        title: 'F12 has a limit',
      },
      {
        ...deviceCookie,
        find: ".where('account_generation', '=', account.generation)",
        replace: '',
        title: 'F12 is unknown',
      },
      {
        ...deviceCookie,
        find: ".where('account_id', '=', account.id)",
        replace: '',
        title: 'F12 is known for the names',
      },
    ],
  },
  {
    rule: 'No more is granted than the consent page showed, and for no longer',
    protects: "the record; the person's choice",
    at: [
      'server/oauth/consent/consent#grantConsent',
      'server/oauth/consent/consent#shownTo',
      'server/oauth/consent/consent#openShownAt',
    ],
    mutants: [
      {
        ...consent,
        find: 'const expiresAt = endsAt(interaction, window, longest, shownAt)',
        replace: 'const expiresAt = endsAt(interaction, window, longest, now)',
        title: 'on sqlite .*is the end of the grant',
      },
      {
        file: 'server/oauth/consent/consent.ts',
        test: 'tests/integration/oauth/told-end.test.ts',
        find: 'isFormToken(key, boundTo(shown, shownAt), token) ? shownAt',
        replace: '(token || isFormToken(key, boundTo(shown, shownAt), token)) ? shownAt',
        title: 'on sqlite .*is named anew',
      },
      {
        ...shownOffersTest,
        file: 'server/oauth/consent/consent.ts',
        find: "[account.role, requestedScope(interaction)].join(' ')",
        replace: 'account.role',
        title: 'no more is granted',
      },
      {
        file: 'server/oauth/consent/consent.ts',
        test: 'tests/integration/oauth/longest-windows.test.ts',
        find: '  longest: longestWindow(config, account),\n})',
        replace: '  longest: 0,\n})',
        title: 'on sqlite.*it is raised while',
      },
      {
        ...consent,
        find: 'JSON.stringify([client.clientName, client.clientIdIssuedAt])',
        replace: "''",
        title: 'on sqlite.*J10',
      },
    ],
  },
  {
    rule: 'A consent page that is shown again keeps what was chosen, and says why',
    protects: "what a person unticked; the person's view",
    at: ['server/oauth/consent/consent#consentView', 'server/oauth/consent/consent-step#consentStep'],
    mutants: [
      {
        ...consent,
        find: 'chosen: allowed ? allowed.has(offer.name) : offer.partOf === undefined',
        replace: 'chosen: allowed?.has(offer.name) || offer.partOf === undefined',
        title: 'on sqlite .*is named anew if it has passed',
      },
      {
        ...consent,
        file: 'server/oauth/consent/consent-step.ts',
        find: 'showConsent(step, { form, reason: choice })',
        replace: 'showConsent(step)',
        title: 'on sqlite .*is named anew if it has passed',
      },
    ],
  },
  {
    rule: "A connection's form changes only what its page showed",
    protects: 'what a person unticked',
    at: ['server/portal/connections#shownOf'],
    mutants: [
      {
        ...shownOffersTest,
        file: 'server/portal/connections.ts',
        find: 'JSON.stringify([role, grant.scope, grant.allowed])',
        replace: 'JSON.stringify([role, grant.scope])',
        title: 'what somebody unticks',
      },
      {
        file: 'server/portal/connections.ts',
        test: 'tests/integration/oauth/listed-grants.test.ts',
        find: 'offersFor(grant.allowed, account, contextOf(grant)).map',
        replace: 'offersFor(grant.scope, account, contextOf(grant)).map',
        title: 'on sqlite.*J10 says what an application may still read',
      },
    ],
  },
  {
    rule: 'A box that was left unticked is unticked the next time, for that account and application alone',
    protects: 'what a person unticked',
    at: [
      'server/oauth/consent/consent#consentView',
      'server/grants/unticked#findUnticked',
      'server/grants/unticked#rememberUnticked',
    ],
    mutants: [
      {
        ...unticked,
        file: 'server/oauth/consent/consent.ts',
        find: 'offer.partOf === undefined && !unticked.has(offer.name)',
        replace: 'offer.partOf === undefined',
        title: 'on sqlite.*is unticked the next time',
      },
      {
        ...unticked,
        file: 'server/oauth/consent/consent.ts',
        find: 'offer.partOf === undefined && !unticked.has(offer.name)',
        replace: '!unticked.has(offer.name)',
        title: 'on sqlite.*never ticks a part',
      },
      {
        ...unticked,
        find: "'client.client_generation', '=', 'record.client_generation'",
        replace: "'client.model', '=', 'client.model'",
        title: 'on sqlite.*is forgotten with a changed account',
      },
      {
        ...unticked,
        find: 'JSON.stringify([id, clientId])',
        replace: 'JSON.stringify([id])',
        title: 'on sqlite.*is not that of another',
      },
      {
        ...unticked,
        find: '[...unticked, ...known.filter((name) => !offered.includes(name))]',
        replace: 'unticked',
        title: 'on sqlite.*stays unticked when it was not on the page',
      },
      {
        ...unticked,
        find: 'names.length > MOST_REMEMBERED ? EVERY : names',
        replace: 'names.slice(0, MOST_REMEMBERED)',
        title: 'on sqlite.*is never ticked because of too many',
      },
      {
        ...unticked,
        find: 'names === EVERY ? { has: () => true } : new Set(names)',
        replace: 'new Set(names)',
        title: 'on sqlite.*is never ticked because of too many',
      },
      {
        ...unticked,
        file: 'server/oauth/clients/end-client.ts',
        find: '  await forgetUnticked(trx, clientId)\n',
        replace: '',
        title: 'on sqlite.*leaves with the application',
      },
    ],
  },
  {
    rule: 'Of the browser in which something was allowed, only names of a list are kept, and only both',
    protects: 'what a browser says of a person; what a page says',
    at: ['server/oauth/consent/browser-of#browserOf'],
    mutants: [
      {
        file: 'server/oauth/consent/browser-of.ts',
        test: 'tests/unit/oauth/browser-of.test.ts',
        find: 'return browser && system && { browser, system }',
        replace: "return browser && { browser, system: system ?? 'Windows' }",
        title: 'because it does not name both',
      },
      {
        file: 'server/oauth/consent/browser-of.ts',
        test: 'tests/unit/oauth/browser-of.test.ts',
        find: "userAgent?.slice(0, LONGEST) ?? ''",
        replace: "userAgent ?? ''",
        title: 'because it does not name both',
      },
    ],
  },
  {
    rule: 'A part is kept with the whole of a connection',
    protects: 'what a person kept',
    at: ['server/portal/connections#narrowedScope'],
    mutants: [
      {
        file: 'server/portal/connections.ts',
        test: 'tests/integration/oauth/offer-parts.test.ts',
        find: 'const kept = withAllGiven(grant.allowed, account, keptOffers, context)',
        replace: 'const kept = keptOffers',
        title: 'on sqlite.*keeps the parts with the whole',
      },
    ],
  },
  {
    rule: 'Consent and connection pages say what an application learns whatever is ticked',
    protects: "the person's name and number",
    at: [
      'server/portal/account#accountRoutes',
      'server/oauth/consent/consent#consentView',
      'server/oauth/terms/offers#learnedAnyway',
    ],
    mutants: [
      {
        ...saidNamesTest,
        file: 'server/oauth/terms/offers.ts',
        find: "record: isOwnRecord || user?.startsWith('Patient/') === true",
        replace: 'record: isOwnRecord',
        title: 'the pages say .*fhirUser',
      },
      {
        ...saidNamesTest,
        file: 'server/oauth/consent/consent.ts',
        find: 'learned: learnedWords(locale, learnedAnyway(scope, account, context)),',
        replace: 'learned: undefined,',
        title: 'the pages say',
      },
      {
        ...saidNamesTest,
        file: 'server/portal/account.ts',
        find: 'learned: learnedOf(grant, session.account, page.locale),',
        replace: 'learned: undefined,',
        title: 'the pages say',
      },
    ],
  },
  {
    rule: 'A launch signs nobody in whose password is older than `max_age`',
    protects: 'applications that ask for it',
    at: ['server/oauth/consent/login-step#findLaunchSession'],
    mutants: [
      {
        ...ehrLaunchTest,
        file: 'server/oauth/consent/login-step.ts',
        find: 'if (!session || clock() - session.since >',
        replace: 'if (!session || session.since < 0 && clock() - session.since >',
        title: 'on sqlite.*P05',
      },
    ],
  },
]
