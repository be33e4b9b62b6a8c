import type { Rule } from '../mutation/rule.ts'

const forwardClock = {
  file: 'server/clock/forward-clock.ts',
  test: 'tests/unit/audit/forward-clock.test.ts',
}
const serverClock = {
  file: 'server/clock/server-clock.ts',
  test: 'tests/faults/clock.test.ts',
}
const requireTrustedClock = {
  file: 'server/cli/admin/log-change.ts',
  test: 'tests/integration/admin/clock.test.ts',
}
const groupCommit = {
  file: 'server/store/sqlite/group-commit.ts',
  test: 'tests/faults/slept-server.test.ts',
}
const serverClockBySleptServer = {
  file: 'server/clock/server-clock.ts',
  test: 'tests/faults/slept-server.test.ts',
}
const clockTest = { test: 'tests/faults/clock.test.ts' }
const sleptServerTest = { test: 'tests/faults/slept-server.test.ts' }
const fractionalTimesTest = {
  test: 'tests/integration/oauth/fractional-times.test.ts',
}

export const rules: readonly Rule[] = [
  {
    rule: 'A database moves to another address only when its operator says so',
    protects: 'tokens, links, the log',
    at: ['server/store/known-organization#rememberOrganization'],
    mutants: [
      {
        file: 'server/store/known-organization.ts',
        test: 'tests/integration/oauth/known-organization.test.ts',
        find: 'if (known.publicUrl !== publicUrl && !moves && !areOnThisMachine)',
        replace: 'if (false)',
        title: 'on sqlite.*is moved only by its operator',
      },
    ],
  },
  {
    rule: 'Time never goes back, not even over a restart',
    protects: 'rights that have ended',
    at: ['server/clock/forward-clock#step', 'server/clock/server-clock#openClock'],
    mutants: [
      { ...forwardClock, find: 'if (now < last.time) {', replace: 'if (now < 0) {', title: 'F16 runs at' },
      {
        ...serverClock,
        find: 'const before = await latestTime(store.db)',
        replace: 'const before = 0',
        title: 'F16 leaves expired grants expired when the',
      },
    ],
  },
  {
    rule: 'A leap of the clock is believed once it has lasted a minute',
    protects: 'rights, from a wrong clock',
    at: ['server/clock/forward-clock#LEAP', 'server/oauth/engine/adapter#inEngineTime'],
    mutants: [
      {
        ...forwardClock,
        find: 'at - leap.begun >= LEAP',
        replace: 'at - leap.begun >= 0',
        title: 'T07 believes a leap',
      },
      {
        ...forwardClock,
        find: '      believed = leap.least\n      leap = undefined\n',
        replace: '      believed = leap.least\n',
        title: 'T07 believes of two leaps',
      },
      {
        ...forwardClock,
        find: '    if (now <= expected + LEAP) {\n      leap = undefined\n',
        replace: '    if (now <= expected + LEAP) {\n',
        title: 'T07 believes a leap',
      },
      {
        ...forwardClock,
        find: '    if (leap && now < runOn(leap.least, at)) leap.least = { time: now, at }\n',
        replace: '',
        title: 'T07 believes only the least',
      },
      {
        ...clockTest,
        file: 'server/oauth/engine/adapter.ts',
        find: '{ ...payload, exp: payload.exp + Math.floor((Date.now() - now) / 1000) }',
        replace: 'payload',
        title: 'T07 locks nobody out',
      },
    ],
  },
  {
    rule: 'A command believes no clock that a server would not believe',
    protects: "the log's dates",
    at: ['server/clock/measured-time#findMeasuredTime', 'server/cli/admin/log-change#requireTrustedClock'],
    mutants: [
      {
        ...requireTrustedClock,
        find: 'if (apart !== undefined)',
        replace: 'if (apart === undefined)',
        title: 'on postgres.*T07 a workstation',
      },
      {
        ...requireTrustedClock,
        find: 'now - measured > LEAP)',
        replace: 'now - measured > LEAP * 1e9)',
        title: 'on sqlite.*T07 no command',
      },
      {
        file: 'server/clock/measured-time.ts',
        test: 'tests/integration/admin/clock.test.ts',
        find: 'if (measured.boot !== boot) return undefined',
        replace: '',
        title: 'on sqlite.*a time that a server stored',
      },
    ],
  },
  {
    rule: "Nothing is dated before a stored time with which the database's clock agrees",
    protects: "the log's dates",
    at: [
      'server/cli/admin/log-change#timeOf',
      'server/store/sqlite/group-commit#commit',
      'server/store/postgres/postgres#transact',
    ],
    covers: 'both stores, works that share a commit, commands',
    mutants: [
      {
        ...sleptServerTest,
        file: 'server/store/postgres/postgres.ts',
        find: 'if (end.earliest < (await earliest) - SLACK) throw',
        replace: 'if (end.earliest < 0) throw',
        title: 'on postgres.*of another server',
      },
      {
        ...groupCommit,
        find: 'beginWork(connection, new LastWrites(end.notBefore))',
        replace: 'beginWork(connection, new LastWrites())',
        title: 'on sqlite.*of another server',
      },
      {
        ...groupCommit,
        find: 'new LastWrites(await findEarliestTime(connection))',
        replace: 'new LastWrites((await findEarliestTime(connection)) * 0)',
        title: 'on sqlite.*of another server',
      },
      {
        ...sleptServerTest,
        file: 'server/store/postgres/share-commits.ts',
        find: 'rowsOf(addRows, notBefore)',
        replace: 'rowsOf(addRows, notBefore * 0)',
        title: 'on postgres.*of another server',
      },
      {
        ...sleptServerTest,
        file: 'server/cli/admin/log-change.ts',
        find: '  await storeLatestTime(trx, now)\n',
        replace: '',
        title: 'on sqlite.*of a command',
      },
      {
        ...sleptServerTest,
        file: 'server/store/statements/latest-time.ts',
        find: 'Math.min(Number(row.latest) || 0, row.now + MOST_AHEAD)',
        replace: 'Number(row.latest)',
        title: 'on postgres.*somebody has stored',
      },
    ],
  },
  {
    rule: "No server starts, is ready or dates by a clock far off the database's",
    protects: 'the log; all rights',
    at: [
      'server/app#findFault',
      'server/clock/measured-time#MOST_APART',
      'server/clock/server-clock#openClock',
    ],
    mutants: [
      {
        ...serverClockBySleptServer,
        find: 'if (apart !== undefined) throw',
        replace: 'if (false) throw',
        title: 'T07 a server that is off',
      },
      {
        ...sleptServerTest,
        file: 'server/app.ts',
        find: 'if (apart !== undefined) return',
        replace: "if (apart === '') return",
        title: 'T07 a server is not ready',
      },
      {
        ...serverClockBySleptServer,
        find: '    system: time,',
        replace: '    system,',
        title: 'T07 a clock that drifts',
      },
      {
        ...serverClockBySleptServer,
        find: '    system: time,',
        replace: '    system,',
        title: 'T07 a leap that the database does not know',
      },
      {
        ...sleptServerTest,
        file: 'server/clock/measured-time.ts',
        find: 'const MOST_APART = 30_000',
        replace: 'const MOST_APART = 60_000',
        title: 'T07 a server is not ready',
      },
    ],
  },
  {
    rule: "All servers and commands of a database have one time, the database's",
    protects: 'sessions, leases, limits',
    at: ['server/cli/admin/log-change#requireTrustedClock', 'server/clock/server-clock#openClock'],
    mutants: [
      {
        ...serverClock,
        test: 'tests/faults/servers-apart.test.ts',
        find: 'const time = () => databaseNow() ?? system()',
        replace: 'const time = () => (doubt() && databaseNow()) ?? system()',
        title: 'T07 a refresh that is repeated',
      },
      {
        ...serverClockBySleptServer,
        find: '    system: time,',
        replace: '    system,',
        title: 'T07 servers whose machines differ',
      },
      {
        ...serverClockBySleptServer,
        find: 'Math.min(time - asked, ahead ?? Number.NEGATIVE_INFINITY)',
        replace: 'Number.NEGATIVE_INFINITY',
        title: 'T07 an answer of the database that arrives late',
      },
      {
        ...serverClockBySleptServer,
        find: '{ ...deps, clock: time }',
        replace: 'deps',
        title: 'F16 the time that the operator accepts',
      },
      {
        ...requireTrustedClock,
        find: 'return () => Date.now() + time - now',
        replace: 'return Date.now',
        title: 'on postgres.*T07 a workstation',
      },
    ],
  },
  {
    rule: 'Each time the clock is set back, the log gets one entry',
    protects: 'the operator',
    at: ['server/clock/server-clock#logSteps'],
    mutants: [
      {
        ...serverClock,
        find: 'unloggedSteps.push(behind)',
        replace: '',
        title: 'F16 leaves expired grants expired when it',
      },
    ],
  },
  {
    rule: 'A stated time is rounded up to whole milliseconds where it is stored',
    protects: 'answers on PostgreSQL; proofs',
    at: ['server/grants/dpop#requireDpopProof', 'server/oauth/engine/adapter#upsert'],
    mutants: [
      {
        ...fractionalTimesTest,
        file: 'server/grants/dpop.ts',
        find: 'Math.ceil((iat + FRESHNESS_SECONDS) * 1000)',
        replace: '((iat + FRESHNESS_SECONDS) * 1000)',
        title: 'on postgres .*is taken in a proof',
      },
      {
        ...fractionalTimesTest,
        file: 'server/oauth/engine/adapter.ts',
        find: 'Math.ceil(clock() + expiresIn * 1000)',
        replace: '(clock() + expiresIn * 1000)',
        title: 'on postgres .*is taken in a client assertion',
      },
    ],
  },
  {
    rule: "Assertions and proofs are fresh by the server's clock too",
    protects: 'proofs, from being used twice',
    at: [
      'server/oauth/clients/client-assertion#checkAssertion',
      'server/oauth/engine/endpoint-steps#refuseStaleProofs',
    ],
    mutants: [
      {
        ...clockTest,
        file: 'server/oauth/engine/endpoint-steps.ts',
        find: "if (typeof iat !== 'number' || Math.abs(clock() / 1000 - iat) <= FRESHNESS_SECONDS)",
        replace: "if (typeof iat !== 'number' || iat > 0)",
        title: 'F16 accepts no',
      },
      {
        ...clockTest,
        file: 'server/oauth/clients/client-assertion.ts',
        find: "if (exp + CLOCK_SKEW <= now) refuse('the assertion has expired')",
        replace: '',
        title: 'F16 accepts no',
      },
    ],
  },
  {
    rule: 'After a wrong time, what depends on it ends when the operator accepts the clock',
    protects: 'records',
    at: ['server/clock/server-clock#endUntil', 'server/sources/withings/forget-missing#olderReadings'],
    mutants: [
      {
        ...clockTest,
        file: 'server/clock/server-clock.ts',
        find: "eb.or([eb('expires_at', '<=', wrongTime), eb('created_at', '>', now)])",
        replace: "eb('expires_at', '<=', 0)",
        title: 'F16 is trusted',
      },
      {
        file: 'server/clock/server-clock.ts',
        test: 'tests/integration/store/end-until.test.ts',
        find: "  await replaceLater('oauth_record', { consumed_at: now })\n",
        replace: '',
        title: 'F16 nothing .* on sqlite',
      },
      {
        file: 'server/clock/server-clock.ts',
        test: 'tests/integration/withings/server-again.test.ts',
        find: 'next_read: 0, read_at: null',
        replace: 'read_at: null',
        title: 'J39 readings come',
      },
      {
        file: 'server/sources/withings/forget-missing.ts',
        test: 'tests/integration/withings/server-again.test.ts',
        find: "or([eb('resource.last_updated', '<', began), eb('resource.last_updated', '>', clock())])",
        replace: "or([eb('resource.last_updated', '<', began)])",
        title: 'J39 readings come',
      },
    ],
  },
]
