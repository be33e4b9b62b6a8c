import type { Rule } from '../mutation/rule.ts'

const discovery = {
  file: 'extension/auth/provider/discovery.ts',
  test: 'tests/integration/extension/one-issuer.test.ts',
}
const session = {
  file: 'extension/auth/grant/session.ts',
  test: 'tests/integration/extension/granted-too-much.test.ts',
}
const keepGrant = {
  file: 'extension/auth/grant/keep-grant.ts',
  test: 'tests/integration/extension/granted-too-much.test.ts',
}
const beginConnection = {
  file: 'extension/auth/grant/begin-connection.ts',
  test: 'tests/integration/extension/sign-in-under-way.test.ts',
}
const sessionBySignInUnderWay = {
  file: 'extension/auth/grant/session.ts',
  test: 'tests/integration/extension/sign-in-under-way.test.ts',
}
const sessionBySigningOutAtOnce = {
  file: 'extension/auth/grant/session.ts',
  test: 'tests/integration/extension/signing-out-at-once.test.ts',
}
const signOut = {
  file: 'extension/auth/sign-in/sign-out.ts',
  test: 'tests/integration/extension/signing-out-at-once.test.ts',
}
const snapshot = {
  file: 'extension/storage/drop-snapshot.ts',
  test: 'tests/unit/extension/snapshot.test.ts',
}
const keepSnapshot = {
  file: 'extension/background/keep-snapshot.ts',
  test: 'tests/long/extension/snapshot.test.ts',
}
const notices = {
  file: 'extension/popup/notices.ts',
  test: 'tests/unit/extension/notices.test.ts',
}
const signedInPerson = {
  file: 'extension/auth/sign-in/signed-in-person.ts',
  test: 'tests/unit/extension/signed-in-person.test.ts',
}
const narrowGrant = {
  file: 'extension/auth/grant/narrow-grant.ts',
  test: 'tests/long/extension/changed-grant.test.ts',
}
const sessionByChangedGrant = {
  file: 'extension/auth/grant/session.ts',
  test: 'tests/long/extension/changed-grant.test.ts',
}
const registrations = {
  file: 'extension/administration/registrations.ts',
  test: 'tests/integration/extension/registrations.test.ts',
}
const grantedTooMuchTest = {
  test: 'tests/integration/extension/granted-too-much.test.ts',
}
const signInUnderWayTest = {
  test: 'tests/integration/extension/sign-in-under-way.test.ts',
}
const signingOutAtOnceTest = {
  test: 'tests/integration/extension/signing-out-at-once.test.ts',
}
const snapshotTest = { test: 'tests/long/extension/snapshot.test.ts' }
const changedGrantTest = { test: 'tests/long/extension/changed-grant.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: "Addresses agree with their issuer's own document, and name no third origin",
    protects: 'codes and tokens (mix-up)',
    at: ['extension/auth/provider/discovery#confirmServer'],
    mutants: [
      {
        ...discovery,
        find: 'issuer === undefined ? metadata : await confirmIssuer(metadata, issuer, findDocument)',
        replace: 'metadata',
        title: 'J57 .*(own token endpoint|without a document|two hosts)',
      },
      {
        ...discovery,
        find: '!confirmed || !isConfirmed',
        replace: '!confirmed',
        title: 'J57 .*another token endpoint',
      },
      {
        ...discovery,
        find: '  requireOrigins(addressesOf(confirmed), [fhirBase, authorizationEndpoint])\n',
        replace: '',
        title: 'J57 .*revocation endpoint at a third host',
      },
      {
        ...discovery,
        find: 'if (!namesSender) requireOrigins(',
        replace: 'if (false) requireOrigins(',
        title: 'J57 .*(no issuer|names no sender|CapabilityStatement)',
      },
      {
        ...discovery,
        find: '  requireConfiguredSignIn(confirmed, authorizationEndpoint)\n',
        replace: '',
        title: 'J57 .*a configured login URL',
      },
    ],
  },
  {
    rule: 'Autoscan foretells what a sign-in refuses',
    protects: 'people, from failing later',
    at: ['extension/administration/autoscan#confirm'],
    mutants: [
      {
        file: 'extension/administration/autoscan.ts',
        test: 'tests/integration/extension/one-issuer.test.ts',
        find: 'if (error instanceof ProblemError) return { metadata, refusal: error.code }',
        replace: 'if (error instanceof ProblemError) return { metadata }',
        title: 'J57 .*Autoscan foretells',
      },
    ],
  },
  {
    rule: 'A granted scope is cut to what was requested and the policy allows',
    protects: 'records, from a stolen token',
    at: [
      'extension/auth/grant/session#fetch',
      'extension/auth/grant/session#sendJson',
      'extension/auth/grant/usable-scope#narrowedScope',
    ],
    mutants: [
      {
        ...grantedTooMuchTest,
        file: 'extension/auth/grant/usable-scope.ts',
        find: 'const words = wordsOf(granted).flatMap((word) => partsOf(word, request))',
        replace: 'const words = request.words.length > 0 ? wordsOf(granted) : []',
        title: 'J58 .*beyond the request',
      },
      {
        file: 'extension/auth/grant/usable-scope.ts',
        test: 'tests/unit/extension/usable-scope.test.ts',
        find: 'const segments = segmentsWithin(fhirBase, url)',
        replace: "const segments = url.pathname.slice(new URL(fhirBase).pathname.length).split('/').slice(1)",
        title: 'J58 what was not requested',
      },
      {
        ...session,
        find: '        await requireUsable(current, url)\n',
        replace: '',
        title: 'J58 .*by any request',
      },
      {
        ...session,
        find: '      await requireRegistering(session)\n',
        replace: '',
        title: 'J58 .*although it was granted',
      },
    ],
  },
  {
    rule: 'Tokens that reach too far are exchanged once, and given back',
    protects: 'records, from a stolen token',
    at: [
      'extension/auth/grant/grant-store#tokens',
      'extension/auth/grant/keep-grant',
      'extension/auth/grant/session#find',
    ],
    mutants: [
      {
        ...keepGrant,
        find: 'const narrows = askedScope !== undefined',
        replace: 'const narrows = false && askedScope !== undefined',
        title: 'J58 .*(beyond the request|policy forbids)',
      },
      {
        ...keepGrant,
        find: 'if (wide) await revocations.revokeAccess({ ...session, tokens: [wide.token] })',
        replace: '',
        title: 'J58 .*exchanged',
      },
      {
        ...keepGrant,
        find: 'await store(connectionId, waiting, refreshToken, isRenewed)',
        replace: 'await store(connectionId, cut, refreshToken, isRenewed)',
        title: 'J58 .*within reach',
      },
      {
        ...keepGrant,
        find: 'isSurplus && !forbidsStaying(policy) ? await',
        replace: 'isSurplus ? await',
        title: 'J58 .*a refresh token that is granted',
      },
      {
        ...grantedTooMuchTest,
        file: 'extension/auth/grant/grant-store.ts',
        find: '[grant?.refreshToken, surplusToken, usableToken]',
        replace: '[grant?.refreshToken, usableToken]',
        title: 'J58 .*of a launch',
      },
      {
        file: 'extension/lock/sealed-items.ts',
        test: 'tests/integration/extension/surplus-tokens.test.ts',
        find: '[grant?.refreshToken, surplus, access]',
        replace: '[grant?.refreshToken, access]',
        title: 'while the lock was closed',
      },
      {
        file: 'extension/lock/sealed-items.ts',
        test: 'tests/integration/extension/surplus-tokens.test.ts',
        find: '...(surplus && { surplus: await resealValue(records.surplus(id), surplus) }),',
        replace: '...(surplus && { surplus }),',
        title: 'lock is (set|removed) during',
      },
      {
        file: 'extension/auth/sign-in/sign-in.ts',
        test: 'tests/integration/extension/surplus-tokens.test.ts',
        find: "personFrom(claims, launch && patient ? { name: '' } : patient)",
        replace: 'personFrom(claims, patient)',
        title: 'nobody in particular',
      },
      {
        file: 'extension/auth/sign-in/signed-in-person.ts',
        test: 'tests/unit/extension/signed-in-person.test.ts',
        find: "((role === 'patient' && patient?.name) || undefined)",
        replace: '(patient?.name || undefined)',
        title: 'a clinician is not named',
      },
      {
        ...session,
        find: '    if (stored.staysConnected && !session.staysConnected) await giveBackRefreshToken(connectionId, session)\n',
        replace: '',
        title: 'J58 .*before the policy',
      },
    ],
  },
  {
    rule: 'A failed sign-in removes only the connection that it made',
    protects: 'other grants',
    at: ['extension/auth/grant/begin-connection#withConnection'],
    mutants: [
      {
        ...beginConnection,
        find: "?.beginning) await forget('connection', [id])\n    throw error",
        replace: '?.beginning) await items.connections.set({})\n    throw error',
        title: 'F46 cancelling a sign-in',
      },
    ],
  },
  {
    rule: 'An unidentified sign-in gets a new connection',
    protects: "one clinician's searches",
    at: ['extension/auth/grant/begin-connection#isUnnamed'],
    mutants: [
      {
        file: 'extension/auth/grant/begin-connection.ts',
        test: 'tests/integration/extension/hostile-sign-in.test.ts',
        find: '  !isUnnamed(a) &&\n',
        replace: '',
        title: 'two clinicians cannot be told apart',
      },
    ],
  },
  {
    rule: 'A grant is found and ended even if its connection is gone',
    protects: 'tokens that no page shows',
    at: ['extension/auth/grant/session#find', 'extension/auth/sign-in/sign-out#connectionIds'],
    mutants: [
      {
        ...signInUnderWayTest,
        file: 'extension/auth/sign-in/sign-out.ts',
        find: '[await items.connections.get(), await items.sessions.get(), await items.grants.get()]',
        replace: '[await items.connections.get()]',
        title: 'F46 a new grant',
      },
      {
        ...sessionBySignInUnderWay,
        find: 'if (!isConnected)',
        replace: 'if (isConnected === undefined)',
        title: 'F46 a new grant',
      },
    ],
  },
  {
    rule: 'An answer about a connection survives signing in again',
    protects: "one person's record",
    at: ['extension/auth/grant/begin-connection#withConnection'],
    mutants: [
      {
        ...beginConnection,
        find: '...(stored ?? { id, ...person, beginning: true })',
        replace: '...(stored ? {} : {}), id, ...person, beginning: true',
        title: 'F70',
      },
      {
        file: 'extension/auth/grant/begin-connection.ts',
        test: 'tests/integration/extension/timeline.test.ts',
        find: '...(stored ?? { id, ...person, beginning: true })',
        replace: '...(stored?.endedBy ? stored : { id, ...person })',
        title: 'F70 his statement that both connections',
      },
    ],
  },
  {
    rule: 'A sign-in, or connection, does not outlive its provider',
    protects: 'tokens that no page shows',
    at: [
      'extension/auth/sign-in/provider-changes#createProviderChanges',
      'extension/auth/grant/session#begin',
      'extension/background/settle#settleUnlocked',
    ],
    mutants: [
      {
        ...sessionBySignInUnderWay,
        find: 'if (!(await providers.list()).some(isProviderOf(session))) throw',
        replace: 'if (!session) throw',
        title: 'F46 nobody is signed in',
      },
      {
        ...signInUnderWayTest,
        file: 'extension/auth/sign-in/provider-changes.ts',
        find: '    await providers.remove(providerId)\n    await removeConnectionsOf(providerId)\n',
        replace: '    await providers.remove(providerId)\n',
        title: 'F46 a provider that is removed',
      },
      {
        ...signInUnderWayTest,
        file: 'extension/background/settle.ts',
        find: '    await forgetWithoutProvider(services)\n',
        replace: '    void forgetWithoutProvider\n',
        title: 'F46 the next worker',
      },
    ],
  },
  {
    rule: 'Signing out ends what the person opened from the record system',
    protects: 'access that seems ended',
    at: ['extension/auth/sign-in/sign-out#endVisitsOf'],
    mutants: [
      {
        file: 'extension/auth/sign-in/sign-out.ts',
        test: 'tests/integration/extension/launch.test.ts',
        find: '!connection.launched && each.launched && isByOnePerson(each, connection)',
        replace: 'false && isByOnePerson(each, connection)',
        title: 'signing out at an organization ends',
      },
    ],
  },
  {
    rule: 'A session ends here at once, before its organization is told',
    protects: 'the record, from the next person',
    at: [
      'extension/auth/grant/session#signOut',
      'extension/auth/sign-in/sign-out#endAtOnce',
      'extension/storage/forget#forget',
    ],
    mutants: [
      {
        ...signingOutAtOnceTest,
        file: 'extension/storage/forget.ts',
        find: "if (revocation && area === 'local')",
        replace: "if (!revocation && area === 'local')",
        title: 'E17 .*before the organization answers',
      },
      {
        ...sessionBySigningOutAtOnce,
        find: 'await end(connectionId, owner, revocation.waiting)',
        replace: 'await revocation.attempt().then(() => end(connectionId, owner, revocation.waiting))',
        title: 'E17 .*before the organization answers',
      },
      {
        ...signOut,
        find: 'await Promise.all(connections.map((connection) => remove(connection)))',
        replace: 'for (const connection of connections) await remove(connection)',
        title: 'E17 removing a provider does not wait',
      },
      {
        ...signOut,
        find: 'const ended = end()',
        replace: 'const ended = sessions.exclusively(connectionId, end)',
        title: 'E17 .*does not wait for a refresh',
      },
      {
        ...signingOutAtOnceTest,
        file: 'extension/background/settle.ts',
        find: '    await completeSignOuts(sessions)\n',
        replace: '',
        title: 'E17 the next worker completes',
      },
    ],
  },
  {
    rule: 'What is stored while somebody signs out ends too',
    protects: 'the record, from the next person',
    at: [
      'extension/auth/grant/keep-grant#createKeepGrant',
      'extension/auth/grant/session#signOut',
      'extension/auth/sign-in/sign-out#endAtOnce',
    ],
    mutants: [
      {
        ...signOut,
        find: 'sessions.exclusively(connectionId, () => ended.then(end))',
        replace: 'Promise.resolve(undefined)',
        title: 'E17 a session that something running stores',
      },
      {
        ...sessionBySigningOutAtOnce,
        find: '        await forget(owner, [connectionId])\n        await copies.drop(connectionId)\n',
        replace: '',
        title: 'E17 what was read',
      },
      {
        ...signingOutAtOnceTest,
        file: 'extension/auth/grant/keep-grant.ts',
        find: 'if (isRenewed && former',
        replace: 'if (false && isRenewed && former',
        title: 'E17 .*does not wait for a refresh',
      },
    ],
  },
  {
    rule: 'A person who signed in again stays signed in, whatever ended before',
    protects: 'the new grant',
    at: ['extension/auth/grant/session#endQuietly'],
    mutants: [
      {
        ...sessionBySignInUnderWay,
        find: 'if (session?.signedInAt !== signedInAt) return',
        replace: 'if (!session || signedInAt === 0) return',
        title: 'F46 a person who',
      },
    ],
  },
  {
    rule: "The popup's place is remembered only while signed in there",
    protects: "a patient's name",
    at: ['extension/background/describe-state#rememberPlace'],
    mutants: [
      {
        ...signInUnderWayTest,
        file: 'extension/background/describe-state.ts',
        find: '(place.connectionId === connectionId ? { home: true } : place)',
        replace: 'place',
        title: "F46 the popup's place",
      },
    ],
  },
  {
    rule: 'No snapshot is drawn after a change, its end, or another policy',
    protects: 'names, in the first frame',
    at: [
      'extension/background/keep-snapshot#describeAndKeep',
      'extension/messages/snapshot#findSnapshot',
      'extension/storage/drop-snapshot#withoutSnapshot',
    ],
    mutants: [
      { ...snapshot, find: 'running > 0 || ', replace: '', title: 'that is still running leaves' },
      {
        ...snapshot,
        find: '    await deleteSnapshot()\n    await change()\n',
        replace: '    await change()\n    await deleteSnapshot()\n',
        title: 'deletes the snapshot before it is written',
      },
      {
        ...snapshotTest,
        file: 'extension/storage/drop-snapshot.ts',
        find: 'if (running > 0 || finished !== before) return',
        replace: '',
        title: 'began before a sign-out',
      },
      {
        ...snapshotTest,
        file: 'extension/storage/area.ts',
        find: 'return keys.some(isShown) ? withoutSnapshot(run) : run()',
        replace: 'return run()',
        title: 'when this is told',
      },
      {
        ...snapshotTest,
        file: 'extension/messages/snapshot.ts',
        find: ' && snapshot.policy === (await policy)',
        replace: '',
        title: 'new policy no longer allows',
      },
      {
        file: 'extension/messages/snapshot.ts',
        test: 'tests/unit/extension/snapshot.test.ts',
        find: 'from <= now && ',
        replace: '',
        title: 'clock was set back',
      },
      {
        ...keepSnapshot,
        find: '[closesAt, ...ends]',
        replace: '[closesAt]',
        title: 'nobody is shown once the window',
      },
      { ...keepSnapshot, find: '[closesAt, ...ends]', replace: 'ends', title: 'idle time of the lock' },
    ],
  },
  {
    rule: 'When the open connection ends, no other record opens by itself',
    protects: 'records',
    at: ['extension/popup/frame/place#connectionAt'],
    mutants: [
      {
        file: 'extension/popup/frame/place.ts',
        test: 'tests/unit/extension/place.test.ts',
        find: 'return signedIn.find((connection) => connection.id === place.connectionId)\n',
        replace:
          'return signedIn.find((connection) => connection.id === place.connectionId) ?? signedIn[0]\n',
        title: "is not another person's",
      },
    ],
  },
  {
    rule: 'A page forgets the patient who was open at a connection that the person signed out of on another page',
    protects: 'records',
    at: ['extension/popup/frame/place#isSignedOut'],
    mutants: [
      {
        file: 'extension/popup/frame/place.ts',
        test: 'tests/unit/extension/place.test.ts',
        find: 'id === connectionId && (signedIn || endedBy))',
        replace: 'id === connectionId)',
        title: 'a place at a connection that is signed out of',
      },
    ],
  },
  {
    rule: 'A warning that was dismissed returns behind all other notices',
    protects: 'notices, from an organization that always has the newest one',
    at: ['extension/popup/notices#noticesOf'],
    mutants: [
      {
        ...notices,
        find: 'dismissedAt(a) - dismissedAt(b) || ',
        replace: '',
        title: 'behind all others',
      },
      {
        ...notices,
        find: '(notice.connection.noticedAt ?? 0)',
        replace: 'Number(notice.connection.noticedAt !== undefined)',
        title: 'behind all others',
      },
    ],
  },
  {
    rule: "A notice about one person is not shown on another's page",
    protects: 'people, from a mix-up',
    at: ['extension/popup/notices#noticesOf'],
    mutants: [
      {
        ...notices,
        find: 'const here = connections.filter((connection) => !isElsewhere(connection))',
        replace: 'const here = connections',
        title: 'on the page of another person',
      },
      {
        ...notices,
        find: '!isIdElsewhere(about)',
        replace: 'true',
        title: 'on the page of another person',
      },
      {
        ...notices,
        find: '!isIdElsewhere(connectionId)',
        replace: 'true',
        title: 'on the page of another person',
      },
      {
        ...notices,
        find: '!ended.every(isElsewhere)',
        replace: 'true',
        title: 'on the page of another person',
      },
      {
        ...notices,
        find: 'personOf(connection) === personOf(open)',
        replace: "personOf(connection) !== ''",
        title: 'on the page of another person',
      },
      {
        ...notices,
        find: 'connection.samePerson !== undefined && ',
        replace: '',
        title: 'on the page of another person',
      },
    ],
  },
  {
    rule: "Only a sign-in that names nobody in the record is an administrator's",
    protects: 'people, from an unwatched log',
    at: ['extension/auth/sign-in/signed-in-person#roleOf'],
    mutants: [
      {
        ...signedInPerson,
        find: "claims.fhirUser === undefined ? 'administrator' : 'clinician'",
        replace: "'administrator'",
        title: 'Person/1',
      },
      {
        ...signedInPerson,
        find: '!claims || hasPatient || ',
        replace: '!claims || ',
        title: 'Person/1',
      },
      { ...signedInPerson, find: ".replace(/\\/$/, '')", replace: '', title: 'is kept as an access log' },
      {
        ...signedInPerson,
        find: ".replace(/\\/_history\\/[^/]+$/, '')",
        replace: '',
        title: 'is kept as an access log',
      },
    ],
  },
  {
    rule: 'If something is no longer allowed, the page says so, and blames nobody falsely',
    protects: 'people',
    at: ['extension/_locales/en/messages', 'extension/auth/grant/learn-terms#learnScope'],
    mutants: [
      {
        ...changedGrantTest,
        file: 'extension/auth/grant/learn-terms.ts',
        find: 'if (await items.grants.has(connectionId)) {',
        replace: 'if (connectionId === undefined) {',
        title: 'if its own token covers it',
      },
      {
        file: 'extension/_locales/en/messages.json',
        test: 'tests/unit/extension/stopped-sharing.test.ts',
        find: 'read $1 at $2. This was changed there, by you or by $2.',
        replace: 'read $1 at $2. You changed this there.',
        title: 'the summary names all',
      },
    ],
  },
  {
    rule: 'What was read under a grant is deleted or dropped when that shrinks',
    protects: 'readings without access',
    at: [
      'extension/auth/grant/narrow-grant',
      'extension/auth/grant/session#begin',
      'extension/auth/grant/session#refresh',
    ],
    mutants: [
      {
        ...narrowGrant,
        find: '  await forgetRead(copies, connectionId)\n  await items.sessions.change(',
        replace: '  await items.sessions.change(',
        title: 'what was found during a visit',
      },
      {
        ...narrowGrant,
        find: "!covers(scope, 'Patient')",
        replace: "scope === ''",
        title: 'only the name stays',
      },
      {
        ...changedGrantTest,
        file: 'extension/background/describe-state.ts',
        find: ' return forgetUnsearchable(connectionId)',
        replace: ' return',
        title: 'reports its place',
      },
      {
        ...sessionByChangedGrant,
        find: '    await forgetRead(copies, connectionId)\n    await keepNew(',
        replace: '    await keepNew(',
        title: 'a new sign-in in the place',
      },
      {
        ...sessionByChangedGrant,
        find: '      if (isNarrower(session.scope, scope)) await forgetRead(copies, connectionId)\n',
        replace: '',
        title: 'its copy is deleted',
      },
      {
        ...sessionByChangedGrant,
        find: 'if (isNarrower(session.scope, scope)) await',
        replace: "if (scope.split(' ').length < session.scope.split(' ').length) await",
        title: 'leaves no full copy',
      },
      {
        ...changedGrantTest,
        file: 'extension/auth/grant/keep-grant.ts',
        find: '    await forgetUnsearchable(connectionId)\n',
        replace: '',
        title: 'while the session is written',
      },
      {
        ...narrowGrant,
        find: ' && readIn.scope === now.scope',
        replace: '',
        title: 'is not kept as it was before',
      },
      {
        file: 'extension/background/read-record.ts',
        test: 'tests/integration/extension/own-patient.test.ts',
        find: 'isSameGrant(readIn, now)',
        replace: 'now.patient',
        title: 'an answer that was under way is not kept',
      },
    ],
  },
  {
    rule: 'Only a grant on disk before the lock has to be renewed',
    protects: 'later grants',
    at: ['extension/auth/grant/session#begin'],
    mutants: [
      {
        ...sessionBySignInUnderWay,
        find: '    // The refresh token that was exposed on disk belonged to the earlier grant.\n    await items.exposed.delete(connectionId)\n',
        replace: '',
        title: 'F68',
      },
    ],
  },
  {
    rule: 'A late answer restores nothing that was forgotten or replaced',
    protects: 'registrations; secrets',
    at: [
      'extension/administration/registrations#renew',
      'extension/auth/provider/client-secrets#authentication',
    ],
    mutants: [
      {
        ...registrations,
        find: '(registration) => registration && { ...registration, sealed }',
        replace: '(registration) => ({ ...registration, sealed }) as never',
        title: 'F46 that was forgotten',
      },
      {
        ...signInUnderWayTest,
        file: 'extension/auth/provider/client-secrets.ts',
        find: 'stored?.iv === sealed.iv ? ',
        replace: 'sealed.iv !== "" ? ',
        title: 'F46 a client secret',
      },
      {
        ...registrations,
        find: '    navigator.locks.request(',
        replace: '    ((_id: string, work: typeof change) => work())(',
        title: 'F46 is changed by one request',
      },
    ],
  },
]
