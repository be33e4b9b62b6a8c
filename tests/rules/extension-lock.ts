import type { Rule } from '../mutation/rule.ts'

const runningRequests = {
  file: 'extension/net/asking.ts',
  test: 'tests/long/extension/lock.test.ts',
}
const lock = {
  file: 'extension/lock/lock.ts',
  test: 'tests/long/extension/lock.test.ts',
}
const wrongTries = {
  file: 'extension/lock/lock-opening.ts',
  test: 'tests/unit/extension/wrong-tries.test.ts',
}
const sealedItems = {
  file: 'extension/lock/sealed-items.ts',
  test: 'tests/long/extension/lock.test.ts',
}
const forget = {
  file: 'extension/storage/forget.ts',
  test: 'tests/unit/extension/forget.test.ts',
}
const session = {
  file: 'extension/auth/grant/session.ts',
  test: 'tests/long/extension/lock.test.ts',
}
const resourceScope = {
  file: 'extension/auth/provider/requested-scopes.ts',
  test: 'tests/unit/extension/scopes.test.ts',
}
const lockTest = { test: 'tests/long/extension/lock.test.ts' }
const writeTest = { test: 'tests/unit/extension/write.test.ts' }
const keptOfASignInTest = {
  test: 'tests/integration/extension/kept-of-a-sign-in.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: 'An open page starts anew when the lock closes',
    protects: "the record, in a page's memory",
    at: ['extension/ui/state/use-worker-state#justLocked'],
    mutants: [
      {
        file: 'extension/ui/state/use-worker-state.ts',
        test: 'tests/unit/extension/just-locked.test.ts',
        find: 'next?.lock?.locked === true && shown !== undefined && !shown.lock?.locked',
        replace: 'false',
        title: 'J61',
      },
    ],
  },
  {
    rule: 'Closing the lock waits for no organization, and ends what is running',
    protects: 'tokens, in memory',
    at: [
      'extension/access-log/proof/check-log#proveInclusion',
      'extension/access-log/proof/log-leaf#digestTexts',
      'extension/fhir/client#sleep',
      'extension/net/asking#endRequests',
      'extension/net/asking#signalFor',
    ],
    mutants: [
      {
        ...runningRequests,
        find: "  reads.abort(new ProblemError('locked'))\n",
        replace: '',
        title: 'F72 closing is',
      },
      {
        ...runningRequests,
        find: "changes.abort(new ProblemError('locked'))",
        replace: 'undefined',
        title: 'F72 closing waits a',
      },
      {
        ...lockTest,
        file: 'extension/fhir/client.ts',
        find: "      else signal?.addEventListener('abort', stop, { once: true })\n",
        replace: '',
        title: 'F72 closing waits for',
      },
      {
        file: 'extension/access-log/proof/check-log.ts',
        test: 'tests/unit/extension/check-log.test.ts',
        find: '  for (const event of events.toReversed()) {\n    await giveWay()\n',
        replace: '  for (const event of events.toReversed()) {\n',
        title: 'F72',
      },
      {
        file: 'extension/access-log/proof/log-leaf.ts',
        test: 'tests/unit/extension/entry-texts.test.ts',
        find: '    await giveWay()\n',
        replace: '',
        title: 'F72',
      },
      {
        file: 'extension/administration/fetch-brands.ts',
        test: 'tests/integration/extension/brands.test.ts',
        find: 'const signal = signalFor(asking)',
        replace: 'const signal = signalFor(asking) && asking.signal',
        title: 'F72',
      },
      {
        file: 'extension/auth/grant/session.ts',
        test: 'tests/integration/extension/heavy-log.test.ts',
        find: '        signal: signalFor(asking),\n      }\n    },\n\n    sendJson',
        replace: '        signal: asking.signal,\n      }\n    },\n\n    sendJson',
        title: 'F72',
      },
    ],
  },
  {
    rule: 'While locked, session storage holds nothing clear but a failed sign-in',
    protects: 'tokens; patients',
    at: ['extension/lock/lock#endClosing'],
    mutants: [
      {
        ...lock,
        find: 'if (await items.unlocked.get()) await setTogether',
        replace: 'await setTogether',
        title: 'F72 several requests',
      },
    ],
  },
  {
    rule: 'A PIN that is easy to guess is refused',
    protects: 'the PIN',
    at: ['extension/lock/lock-opening#requireValidLock'],
    mutants: [
      {
        ...lockTest,
        file: 'extension/lock/lock-opening.ts',
        find: ' && !isGuessable(lock.pin)',
        replace: '',
        title: 'cannot be set with',
      },
    ],
  },
  {
    rule: "The wait after wrong PINs goes by the worker's own clock, undisturbed",
    protects: 'the PIN',
    at: ['extension/lock/lock#countDown', 'extension/lock/lock-opening#passedSince'],
    mutants: [
      {
        ...wrongTries,
        find: 'lastCount?.at === countedAt',
        replace: 'lastCount === undefined',
        title: 'F15',
      },
      {
        ...wrongTries,
        find: 'Math.min(Math.max(Date.now() - countedAt, 0), longestGap)',
        replace: 'Math.max(Date.now() - countedAt, 0)',
        title: 'F15',
      },
      {
        ...lock,
        find: 'countDown: () => exclusively(countDown)',
        replace: 'countDown',
        title: 'F46 is forgotten',
      },
    ],
  },
  {
    rule: 'The lock closes if its alarm is too far away',
    protects: 'the idle time',
    at: ['extension/lock/lock#isLocked'],
    mutants: [
      {
        ...lock,
        find: 'timeLeft > 0 && timeLeft <= lock.after * MINUTE + SECOND',
        replace: 'timeLeft > 0',
        title: 'F15 does not grow',
      },
    ],
  },
  {
    rule: 'Only a person restarts the idle time',
    protects: 'the idle time',
    at: ['extension/background/under-lock#performOpen'],
    mutants: [
      {
        ...lockTest,
        file: 'extension/background/under-lock.ts',
        find: '() => work(input, signal)',
        replace: '() => lock.renew().then(() => work(input, signal))',
        title: 'F15 does not start',
      },
    ],
  },
  {
    rule: 'A grant that ends while locked, or with full storage, is revoked later',
    protects: 'grants, from staying valid',
    at: ['extension/lock/sealed-items#endOverdue'],
    mutants: [
      {
        ...sealedItems,
        find: '  await items.ended.update((endedGrants) => ({ ...endedGrants, ...grants }))\n',
        replace: '',
        title: 'F42 unlocking tells the organization of a day',
      },
      {
        ...sealedItems,
        find: 'ended: { ...asleep.ended, ...keepRows(asleep.sessions, isExpired) },',
        replace: '',
        title: 'F42 unlocking tells the organization of a visit',
      },
    ],
  },
  {
    rule: 'The popup names every grant that was not revoked',
    protects: 'people, from unknown grants',
    at: ['extension/auth/grant/revocation#reportToPerson'],
    mutants: [
      {
        ...lockTest,
        file: 'extension/auth/grant/revocation.ts',
        find: 'if (!hasEnded) await reportToPerson(revocation, connectionId)\n      else ',
        replace: '',
        title: 'F42 unlocking names',
      },
      {
        file: 'extension/auth/grant/revocation.ts',
        test: 'tests/long/extension/revocation.test.ts',
        find: 'if (hasExpiredThere(revocation)) return undefined',
        replace: '',
        title: 'F42 is told of no more',
      },
    ],
  },
  {
    rule: 'Forgetting the lock keeps only listed values, and first disconnects everywhere',
    protects: 'names and grants',
    at: ['extension/lock/lock#forget'],
    mutants: [
      {
        ...lock,
        find: "        await keepOnly('local', keysAfterForgetting)\n",
        replace: "        await removeTogether('local', ['lock', 'grants', 'connections'])\n",
        title: 'F46',
      },
      { ...lock, find: '        await browser.alarms.clearAll()\n', replace: '', title: 'F46' },
      {
        ...lock,
        find: '        await requests.clear()\n',
        replace: '',
        title: 'that was forgotten leaves nothing of what',
      },
      {
        ...lock,
        find: '      await dependencies.disconnectEverywhere()\n',
        replace: '',
        title: 'F42 that is forgotten while open tells',
      },
    ],
  },
  {
    rule: 'Rows are deleted with their owner, in one write',
    protects: 'names, readings, tokens',
    at: ['extension/storage/forget#forget'],
    mutants: [
      {
        ...forget,
        find: '        if (after !== before) changes[item.key] = after\n',
        replace: '        if (after !== before) await writeTogether(area, { [item.key]: after })\n',
        title: 'in one write',
      },
      {
        ...forget,
        find: "connection: ['connection', 'grant'],",
        replace: "connection: ['connection'],",
        title: 'a connection takes',
      },
    ],
  },
  {
    rule: 'Keys of the lock and of copies are never on the disk unwrapped',
    protects: 'all that is sealed',
    at: ['extension/lock/keyring#isLockSet', 'extension/lock/lock#remove'],
    mutants: [
      {
        ...lock,
        find: '        const next = await generateClosedKey()\n',
        replace: '        const next = await importKey(await open(now))\n',
        title: 'F68 leaves its key nowhere',
      },
      {
        file: 'extension/lock/keyring.ts',
        test: 'tests/long/extension/last-read.test.ts',
        find: 'const isLockSet = async () => (await items.lock.get()) !== null',
        replace: 'const isLockSet = async () => true',
        title: 'F68',
      },
    ],
  },
  {
    rule: 'Setting a lock renews or ends every grant',
    protects: 'refresh tokens on the disk',
    at: ['extension/auth/grant/session#refresh', 'extension/lock/renew-exposed#markExposed'],
    mutants: [
      {
        ...session,
        find: '      if (refreshToken === grant.refreshToken) throw await revokeAndEnd(connectionId)\n',
        replace: '',
        title: 'F68 ends, when',
      },
      {
        ...lockTest,
        file: 'extension/lock/renew-exposed.ts',
        find: '...(access && !connectionIds.includes(id) && { access })',
        replace: '...(access && { access })',
        title: 'F68 renews, when set,',
      },
      {
        ...session,
        find: '      await refresh(connectionId, token)\n    },',
        replace: '      void token\n    },',
        title: 'F68 renews, when set, every',
      },
    ],
  },
  {
    rule: 'If storage is full, published lists make room',
    protects: 'staying signed in',
    at: ['extension/storage/area#expendableKey'],
    mutants: [
      {
        ...writeTest,
        file: 'extension/storage/area.ts',
        find: '      await removeTogether(area, [expendableKey])\n',
        replace: '',
        title: 'F57 a list that is kept makes room',
      },
    ],
  },
  {
    rule: 'Of a sign-in or registration, little is stored',
    protects: "storage; the worker's thread",
    at: [
      'extension/administration/register-application#isShort',
      'extension/auth/provider/discovery#endpointsOf',
      'extension/auth/provider/requested-scopes#wordsOf',
    ],
    mutants: [
      {
        ...keptOfASignInTest,
        file: 'extension/auth/grant/tokens.ts',
        find: ' || claims.sub.length > longestSubject',
        replace: ' || claims.sub.length > longestSubject * 10_000',
        title: 'F57 a subject',
      },
      {
        ...keptOfASignInTest,
        file: 'extension/administration/register-application.ts',
        find: 'value.length <= longest',
        replace: 'value.length <= longest * 10_000',
        title: 'F57 a Client ID',
      },
      {
        ...keptOfASignInTest,
        file: 'extension/auth/provider/discovery.ts',
        find: '  if (page && page.href.length > longestAddress) return {}\n',
        replace: '  void longestAddress\n',
        title: 'F57 a sign-in takes little storage',
      },
      { ...resourceScope, find: 'scope.slice(0, longestScopes)', replace: 'scope', title: 'F57' },
      {
        ...keptOfASignInTest,
        file: 'extension/auth/grant/usable-scope.ts',
        find: 'readScope(narrowedScope(granted, requested, policy))',
        replace: 'narrowedScope(granted, requested, policy)',
        title: 'F57 a sign-in takes little storage',
      },
      {
        ...keptOfASignInTest,
        file: 'extension/auth/sign-in/sign-in.ts',
        find: 'server: endpointsOf(server),',
        replace: 'server: { ...endpointsOf(server), ...server },',
        title: 'F57 a sign-in takes little storage',
      },
      {
        ...resourceScope,
        find: 'scope.length > longestScopes ? words.slice(0, -1) : words',
        replace: 'words',
        title: 'F57',
      },
    ],
  },
  {
    rule: 'Of a published list, a million characters are stored; copies are 50',
    protects: 'storage',
    at: ['extension/administration/fetch-brands#longestList', 'extension/storage/copies#mostCopies'],
    mutants: [
      {
        ...writeTest,
        file: 'extension/administration/fetch-brands.ts',
        find: 'etag && JSON.stringify(brands).length <= longestList',
        replace: 'etag',
        title: 'F57 a published list',
      },
      {
        ...writeTest,
        file: 'extension/storage/copies.ts',
        find: 'others.length < mostCopies ? undefined',
        replace: 'others.length >= 0 ? undefined',
        title: 'F57 the number of',
      },
    ],
  },
  {
    rule: 'Of the copies that make room, those of allergies go last',
    protects: 'people, from an old record without its allergies',
    at: ['extension/storage/copies#leastOfMost'],
    mutants: [
      {
        ...writeTest,
        file: 'extension/storage/copies.ts',
        find: 'rankOf(a) - rankOf(b)',
        replace: '0',
        title: 'is kept longest',
      },
    ],
  },
]
