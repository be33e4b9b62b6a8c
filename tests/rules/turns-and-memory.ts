import type { Rule } from '../mutation/rule.ts'

const turns = { file: 'server/turns.ts', test: 'tests/unit/fhir/answer-budget.test.ts' }
const logProofs = {
  file: 'server/fhir/log/log-proofs.ts',
  test: 'tests/attacks/large-answers.test.ts',
}
const turnsByTurns = { file: 'server/turns.ts', test: 'tests/unit/turns.test.ts' }
const answerBudget = {
  file: 'server/fhir/access/answer-budget.ts',
  test: 'tests/unit/fhir/answer-budget.test.ts',
}
const patientDirectory = {
  file: 'server/fhir/patient-directory.ts',
  test: 'tests/integration/fhir/patient-directory.test.ts',
}
const pageTurns = {
  file: 'server/portal/page-turns.ts',
  test: 'tests/unit/oauth/page-turns.test.ts',
}
const intlFormats = {
  file: 'server/pages/frame/locale.ts',
  test: 'tests/unit/pages/intl-formats.test.ts',
}
const sharedStore = {
  file: 'server/sources/open-source.ts',
  test: 'tests/unit/sources/shared-store.test.ts',
}
const parseQuery = {
  file: 'server/query/parse-query.ts',
  test: 'tests/unit/fhir/parse-query.test.ts',
}
const grants = {
  file: 'server/oauth/terms/grants.ts',
  test: 'tests/integration/oauth/listed-grants.test.ts',
}
const recentlyUsed = {
  file: 'server/recently-used.ts',
  test: 'tests/integration/store/compile-by-shape.test.ts',
}
const compileByShape = {
  file: 'server/store/statements/compile-by-shape.ts',
  test: 'tests/integration/store/compile-by-shape.test.ts',
}
const respond = {
  file: 'server/fhir/http/respond.ts',
  test: 'tests/attacks/slow-bodies.test.ts',
}
const logNames = {
  file: 'server/fhir/log/log-names.ts',
  test: 'tests/integration/fhir/log-names.test.ts',
}
const parseAddress = {
  file: 'values/parse-address.ts',
  test: 'tests/unit/values/parse-address.test.ts',
}
const longHostsTest = { test: 'tests/integration/oauth/long-hosts.test.ts' }
const largeAnswersTest = { test: 'tests/attacks/large-answers.test.ts' }
const crowdedPagesTest = { test: 'tests/attacks/crowded-pages.test.ts' }
const ownApplicationsTest = { test: 'tests/attacks/own-applications.test.ts' }
const indexUseTest = { test: 'tests/integration/fhir/index-use.test.ts' }
const accountTest = { test: 'tests/long/oauth/account.test.ts' }
const preparedOnceTest = { test: 'tests/integration/store/prepared-once.test.ts' }
const unfinishedBodiesTest = { test: 'tests/attacks/unfinished-bodies.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'Whom a resource names is looked for only in the members that it has',
    protects: "everybody's requests",
    at: ['server/query/patient-elements#namedIn'],
    mutants: [
      {
        file: 'server/query/patient-elements.ts',
        test: 'tests/unit/fhir/contents.test.ts',
        find: 'Object.keys(resource).flatMap(',
        replace: '[...elements.keys()].flatMap(',
        title: 'is not looked for',
      },
    ],
  },
  {
    rule: 'An address that somebody else wrote is parsed only with a short host in plain ASCII',
    protects: "everybody's requests; the person's browser",
    at: ['values/parse-address#WITH_HOST', 'server/oauth/engine/endpoint-steps#refuseCostlyAddresses'],
    covers:
      'references, links, batches, DPoP proofs, parameters and metadata of applications, documents and lists of organizations',
    mutants: [
      { ...parseAddress, find: '[\\w.~!$&', replace: '[^/?#\\\\', title: 'in whatever spelling' },
      { ...parseAddress, find: '|[/\\\\]{2}', replace: '', title: 'in whatever spelling' },
      { ...parseAddress, find: ' && !LEFT_OUT.test(text)', replace: '', title: 'in whatever spelling' },
      { ...parseAddress, find: '{1,320}', replace: '+', title: 'longer host' },
      { ...parseAddress, find: ' && text.length <= longest', replace: '', title: 'longer host' },
      {
        ...longHostsTest,
        file: 'server/oauth/routes.ts',
        find: '    refuseCostlyAddresses(engine)\n',
        replace: '',
        title: 'htu|authorization request|token request',
      },
      {
        ...longHostsTest,
        file: 'server/oauth/clients/client-policy.ts',
        find: '![value].flat().every(isAddress)',
        replace: 'value === null',
        title: 'client_uri',
      },
    ],
  },
  {
    rule: 'Every answer has its share of memory from before its work until it is sent',
    protects: "memory; everybody else's answers",
    at: [
      'server/fhir/access/answer-budget#receive',
      'server/fhir/http/respond#respond',
      'server/fhir/log/log-proofs#answerInTurn',
    ],
    covers: 'slow readers, batches, proofs',
    mutants: [
      {
        ...largeAnswersTest,
        file: 'server/fhir/http/routes.ts',
        find: 'finished(reply.raw, share.end)',
        replace: 'share.end()',
        title: 'J13 an answer keeps its share',
      },
      {
        ...turns,
        find: 'total + size <= limits.all',
        replace: 'size <= limits.all',
        title: 'J13 nothing is worked on',
      },
      {
        ...largeAnswersTest,
        file: 'server/fhir/http/respond.ts',
        find: 'hold(ANSWER_BUDGET.batch, ',
        replace: 'hold(0, ',
        title: 'J13 60 batches of the largest size',
      },
      {
        ...logProofs,
        find: 'ANSWER_BUDGET.batch,',
        replace: 'ANSWER_BUDGET.single,',
        title: 'J13 proofs of log entries',
      },
      {
        ...logProofs,
        find: 'holderOfToken(authorization)',
        replace: 'request.id',
        title: 'J13 an answer keeps',
      },
      {
        ...turnsByTurns,
        find: '(held.get(holder.name) ?? 0) + size <= limits.holder &&',
        replace: '',
        title: 'J13 one application',
      },
      {
        ...answerBudget,
        find: 'if (!bodies.fits(holder, size)) {',
        replace: 'if (!bodies.fits({ name: holder.name + size }, size)) {',
        title: 'J13 a body counts',
      },
    ],
  },
  {
    rule: 'A type that `$everything` names many times is worked on once',
    protects: "everybody's turns",
    at: ['server/fhir/http/respond-to-everything#parseParameters'],
    mutants: [
      {
        file: 'server/fhir/http/respond-to-everything.ts',
        test: 'tests/integration/fhir/everything.test.ts',
        find: "[...new Set(types.split(',').map(requireType))]",
        replace: "types.split(',').map(requireType)",
        title: 'written a hundred times',
      },
    ],
  },
  {
    rule: 'A batch begins its entries within 6 s',
    protects: "the reader's connection",
    at: ['server/fhir/http/respond-to-batch', 'server/fhir/access/answer-budget#until'],
    mutants: [],
    why: 'a test would have to wait for six seconds',
    tests: ['tests/attacks/large-answers.test.ts', 'tests/unit/fhir/answer-budget.test.ts'],
  },
  {
    rule: "Others' requests and connections have their turn between two works of one holder",
    protects: "everybody else's requests",
    at: ['server/fhir/access/answer-budget#startOf', 'server/turns#turnOfOthers'],
    mutants: [
      {
        ...answerBudget,
        find: '(starts.get(name) ?? Promise.resolve()).then(',
        replace: 'Promise.resolve().then(',
        title: 'J13 answers of one',
      },
      { ...answerBudget, find: 'await startOf(holder)', replace: '', title: 'J13 answers of one' },
      {
        file: 'server/turns.ts',
        test: 'tests/unit/turn-of-others.test.ts',
        find: 'const CONNECTIONS = 32',
        replace: 'const CONNECTIONS = 1',
        title: 'J13 others have 32 turns',
      },
    ],
  },
  {
    rule: 'Works share a commit of SQLite until they leave 512 rows',
    protects: "everybody else's requests",
    at: ['server/store/sqlite/group-commit#MANY_ROWS'],
    mutants: [
      {
        file: 'server/store/sqlite/group-commit.ts',
        test: 'tests/unit/store/group-commit.test.ts',
        find: 'const MANY_ROWS = 512',
        replace: 'const MANY_ROWS = 512_000',
        title: 'J13',
      },
    ],
  },
  {
    rule: 'Turns go round between holders, in short lines, without those that have left',
    protects: "everybody's turns",
    at: ['server/sign-in/visit/page-error#findProblem', 'server/turns'],
    mutants: [
      {
        ...turnsByTurns,
        find: 'lines.delete(name)\n      lines.set(name, line)',
        replace: '',
        title: 'J67 turns go round',
      },
      {
        ...turnsByTurns,
        find: 'const [first] = line.waiting\n      if (!first || !fitsHolder(line.holder, first.size)) continue',
        replace:
          'const first = [...line.waiting].filter(({ size }) => fitsHolder(line.holder, size))[0]\n      if (!first) continue',
        title: 'J67 only the first',
      },
      {
        ...turnsByTurns,
        find: 'if (waiting.size >= limits.line) return reject(serverBusy())',
        replace: '',
        title: 'J67 one that waits in a full line',
      },
      {
        ...turnsByTurns,
        find: "left?.addEventListener('abort', giveUp)",
        replace: '',
        title: 'J67 one whose asker has left',
      },
      {
        file: 'server/turns.ts',
        test: 'tests/integration/fhir/patient-directory.test.ts',
        find: '      } finally {\n        change(holder, -1)\n      }',
        replace: '      } finally {\n      }',
        title: 'on sqlite .*J13 a page that fails',
      },
      {
        ...crowdedPagesTest,
        file: 'server/sign-in/visit/page-error.ts',
        find: 'error.status < 500 || isBusy(error)',
        replace: 'error.status < 500',
        title: 'J13 .*a search for patients',
      },
    ],
  },
  {
    rule: "Each application has its own line, and part of its person's memory",
    protects: "the person's other applications",
    at: [
      'server/fhir/access/answer-budget#ANSWER_BUDGET',
      'server/fhir/access/source#holderOfToken',
      'server/turns#lineOf',
    ],
    mutants: [
      {
        ...turnsByTurns,
        find: "const lineOf = ({ name, application = '' }: Holder): string",
        replace: "const lineOf = ({ name }: Holder, application = ''): string",
        title: 'J13 turns of one person',
      },
      {
        ...ownApplicationsTest,
        file: 'server/fhir/access/source.ts',
        find: '{ ...holderOfAccount(account), application: clientId }',
        replace: 'holderOfAccount(account)',
        title: 'J13 unread',
      },
      {
        ...turnsByTurns,
        find: '(limits.application ?? limits.holder)',
        replace: 'limits.holder',
        title: 'J13 one application',
      },
      {
        ...ownApplicationsTest,
        file: 'server/fhir/access/answer-budget.ts',
        find: '  application: 20 * MB,\n',
        replace: '',
        title: 'J13 unread',
      },
    ],
  },
  {
    rule: 'Own pages of a person are made one after another, none for a reader who left',
    protects: "everybody else's requests",
    at: [
      'server/fhir/patient-directory#createPatientDirectory',
      'server/portal/page-turns#createPageTurns',
      'server/portal/visitor#admitInTurn',
    ],
    mutants: [
      {
        ...patientDirectory,
        find: 'all: Number.POSITIVE_INFINITY, holder: 1,',
        replace: 'all: Number.POSITIVE_INFINITY, holder: 10,',
        title: 'on sqlite .*J13 one page',
      },
      {
        ...patientDirectory,
        find: 'line: MOST_WAITING,',
        replace: 'line: MOST_WAITING + 1,',
        title: 'on sqlite .*J13 when too many',
      },
      { ...pageTurns, find: '      await turnOfOthers()\n', replace: '', title: 'J13' },
      { ...pageTurns, find: 'holder: 1,', replace: 'holder: 10,', title: 'J13' },
      {
        ...crowdedPagesTest,
        file: 'server/portal/visitor.ts',
        find: 'inTurn(session.account, reply, () => admit(answer)(request, reply))',
        replace: 'admit(answer)(request, reply)',
        title: 'J13 another.*/account',
      },
      {
        ...crowdedPagesTest,
        file: 'server/portal/ehr.ts',
        find: 'admitInTurn(async (visitor) => {',
        replace: "createAdmission(deps, '/ehr').admit(async (visitor) => {",
        title: 'J13 another.*/ehr',
      },
      {
        ...pageTurns,
        find: 'turns.run({ name: id }, make, left.signal)',
        replace: 'turns.run({ name: id }, make)',
        title: 'J13',
      },
    ],
  },
  {
    rule: 'A list of connections is made a few at a time, and a page of one makes one',
    protects: "everybody else's requests",
    at: ['server/portal/connections#connectionViews', 'server/oauth/terms/grants#listGrants'],
    mutants: [
      {
        ...grants,
        find: 'get allowed() {\n      return allowedOf(clients.get(row.client_id), row)\n    },',
        replace: 'allowed: allowedOf(clients.get(row.client_id), row),',
        title: 'on sqlite.*J13 compares the scopes',
      },
      {
        file: 'server/portal/connections.ts',
        test: 'tests/unit/oauth/connection-views.test.ts',
        find: '    if (at > 0 && at % IN_ONE_TURN === 0) await turnOfOthers()\n',
        replace: '',
        title: 'J13',
      },
    ],
  },
  {
    rule: 'A format of dates or numbers is made once, and few are kept',
    protects: 'memory',
    at: ['server/pages/frame/locale#MOST', 'server/pages/frame/locale#madeOnce'],
    mutants: [
      {
        ...intlFormats,
        find: 'recentlyUsed(JSON.stringify([language, options]), () => make(language, options))',
        replace: 'make(language, options)',
        title: 'J13',
      },
      { ...intlFormats, find: 'const MOST = 500', replace: 'const MOST = 5_000_000', title: 'J13' },
    ],
  },
  {
    rule: 'One person has few places at the records, fewer on SQLite, none after leaving',
    protects: "everybody else's reads",
    at: ['server/sources/open-source#openSource', 'server/sources/open-source#withPauses'],
    mutants: [
      { ...sharedStore, find: 'holder: 3', replace: 'holder: 8', title: 'J13 one person' },
      { ...sharedStore, find: 'all: 8', replace: 'all: 80', title: 'J13 eight' },
      {
        ...sharedStore,
        find: 'store.read(...what), left)',
        replace: 'store.read(...what))',
        title: 'J13 nothing',
      },
      {
        ...sharedStore,
        find: 'setTimeout(giveBack, took).unref()',
        replace: 'giveBack()',
        title: 'J13 on SQLite, others',
      },
      { ...sharedStore, find: 'holder: 1 }', replace: 'holder: 3 }', title: 'J13 on SQLite, where' },
      {
        file: 'server/sources/open-source.ts',
        test: 'tests/integration/fhir/pauses-on-sqlite.test.ts',
        find: 'sharedStore(embeddedSource(db), address.engine)',
        replace: "sharedStore(embeddedSource(db), address && 'postgres')",
        title: 'J13',
      },
    ],
  },
  {
    rule: 'A resource is compared with all ids of a `_revinclude` at once',
    protects: "everybody's turns",
    at: ['server/fhir/search/included-records#keysOf'],
    mutants: [
      {
        ...indexUseTest,
        file: 'server/fhir/search/included-records.ts',
        find: "sql<boolean>`coalesce(found.target_id, '')",
        replace: 'sql<boolean>`found.target_id',
        title: 'J13 of one record',
      },
    ],
  },
  {
    rule: 'A search has few filters, and few values that no index narrows',
    protects: "everybody's requests",
    at: ['server/query/forms#codesCondition', 'server/query/parse-query#comparedIn'],
    mutants: [
      {
        ...parseQuery,
        find: 'const MOST_FILTERS = 12',
        replace: 'const MOST_FILTERS = 50',
        title: 'J13 filters',
      },
      { ...parseQuery, find: 'const MOST_COMPARED = 5', replace: 'const MOST_COMPARED = 100', title: 'J13' },
      {
        ...indexUseTest,
        file: 'server/query/forms.ts',
        find: 'return isByCode ? all(isOneOf(codes), alternatives) : alternatives',
        replace: 'return alternatives',
        title: 'J13',
      },
    ],
  },
  {
    rule: 'A person has 500 active connections at most, of those that the page lists',
    protects: "everybody's requests",
    at: ['server/oauth/terms/grants'],
    covers: 'consents at once',
    mutants: [
      {
        file: 'server/oauth/terms/grants.ts',
        test: 'tests/integration/oauth/consents-at-once.test.ts',
        find: '  await holdAccountById(trx, account.id)\n',
        replace: '',
        title: 'on postgres.*J13',
      },
      {
        ...accountTest,
        file: 'server/oauth/terms/grants.ts',
        find: 'const MOST_GRANTS = 500',
        replace: 'const MOST_GRANTS = 5_000',
        title: 'on sqlite.*J13 gives a person',
      },
      {
        ...grants,
        find: 'rows.filter((row) => endOfGrant(config, account, row) > now).length',
        replace: 'rows.length',
        title: 'on sqlite.*J13 counts no grant',
      },
      {
        ...grants,
        find: ".onRef('account.generation', '=', 'consent.account_generation')",
        replace: '',
        title: 'on sqlite.*J13 counts no grant',
      },
      {
        ...grants,
        find: ".onRef('account.generation', '=', 'consent.account_generation')",
        replace: '',
        title: 'on sqlite.*a new password has ended',
      },
    ],
  },
  {
    rule: "An account's page is made for a session that has not ended meanwhile",
    protects: 'a person who signed out',
    at: ['server/portal/visitor#admitInTurn'],
    mutants: [
      {
        ...accountTest,
        file: 'server/portal/visitor.ts',
        find: 'admit(answer)(request, reply)',
        replace: 'answer({ request, reply, session })',
        title: 'on sqlite.*a session that ended',
      },
    ],
  },
  {
    rule: 'A consent page counts with one statement after another, for 2 s',
    protects: "everybody else's requests",
    at: ['server/fhir/patient-directory#counter'],
    mutants: [
      {
        ...patientDirectory,
        find: 'length: source.atOnce ?? 1',
        replace: 'length: source.atOnce ?? 4',
        title: 'on sqlite .*J13 entries are counted',
      },
      {
        ...patientDirectory,
        find: 'const count = late.aborted ? undefined : await',
        replace: 'const count = await',
        title: 'on sqlite .*J13 no statement',
      },
      {
        ...patientDirectory,
        find: '            await turnOfOthers()\n',
        replace: '',
        title: 'on sqlite .*J13 others are answered',
      },
    ],
  },
  {
    rule: 'Statements in use stay compiled and prepared, and connections with too many are replaced',
    protects: "everybody's common searches",
    at: ['server/recently-used#createRecentlyUsed', 'server/store/postgres/postgres#nameOf'],
    mutants: [
      { ...recentlyUsed, find: 'values.delete(key)\n', replace: '\n', title: 'on sqlite .*J66' },
      {
        ...recentlyUsed,
        find: 'values.delete(oldest)',
        replace: 'void oldest, values.delete(key)',
        title: 'on sqlite .*J66',
      },
      {
        ...preparedOnceTest,
        file: 'server/recently-used.ts',
        find: 'values.delete(oldest)',
        replace: 'void oldest, values.delete(key)',
        title: 'J66 is not prepared again',
      },
      {
        ...preparedOnceTest,
        file: 'server/store/postgres/postgres.ts',
        find: 'isOutdated ||= names.size >= MOST_STATEMENTS',
        replace: '',
        title: 'J66 a statement is prepared with PostgreSQL',
      },
    ],
  },
  {
    rule: 'Statements are kept up to a size, without the tree they came from',
    protects: 'memory',
    at: [
      'server/store/statements/compile-by-shape#compileByShape',
      'server/store/statements/compile-by-shape#statementOf',
      'server/store/statements/compile-by-shape#keepStatements',
    ],
    mutants: [
      {
        ...compileByShape,
        find: 'return { sql: compiled.sql, parameters: compiled.parameters }',
        replace: 'return compiled',
        title: 'on sqlite .*J13',
      },
      {
        ...preparedOnceTest,
        file: 'server/store/statements/compile-by-shape.ts',
        find: 'lengthOf(...statement) / LONG_STATEMENT',
        replace: 'Math.min(1, lengthOf(...statement)) / LONG_STATEMENT',
        title: 'J13',
      },
      {
        ...compileByShape,
        find: 'key.length + sql.length',
        replace: 'Math.min(1, key.length + sql.length)',
        title: 'on sqlite .*J13',
      },
    ],
  },
  {
    rule: '`$everything` looks up few shared resources of a type, and says so',
    protects: 'memory; a whole record',
    at: [
      'server/fhir/search/everything-records#everythingRecords',
      'server/fhir/search/everything-records#addSharedReferences',
    ],
    mutants: [
      {
        ...largeAnswersTest,
        file: 'server/fhir/search/everything-records.ts',
        find: 'if (ids.size <= MOST_INCLUDED) ',
        replace: '',
        title: 'J13 .everything answers',
      },
      {
        ...largeAnswersTest,
        file: 'server/fhir/search/everything-records.ts',
        find: 'cut: cut || all',
        replace: 'cut: all',
        title: 'J13 .everything answers',
      },
    ],
  },
  {
    rule: 'Bodies count as their bytes come, and no memory is set aside meanwhile',
    protects: "memory; everybody else's answers",
    at: [
      'server/fhir/access/answer-budget#receive',
      'server/fhir/http/respond#respond',
      'server/read-at-most#readAtMost',
    ],
    mutants: [
      {
        ...respond,
        find: "const form = isForm ? await readBody(body, ['application/x-www-form-urlencoded'], count) : ''\n  return hold(ANSWER_BUDGET.single, () => answer(exchange, permitted, form))",
        replace:
          "return hold(ANSWER_BUDGET.single, async () => answer(exchange, permitted, isForm ? await readBody(body, ['application/x-www-form-urlencoded'], count) : ''))",
        title: 'J13 searches by form',
      },
      {
        ...respond,
        find: "const batch = await readBody(body, ['application/fhir+json', 'application/json'], count)\n    return hold(ANSWER_BUDGET.batch, () => respondToBatch(exchange, authorization, source, batch))",
        replace:
          "return hold(ANSWER_BUDGET.batch, async () => respondToBatch(exchange, authorization, source, await readBody(body, ['application/fhir+json', 'application/json'], count)))",
        title: 'J13 batches whose bodies',
      },
      {
        ...unfinishedBodiesTest,
        file: 'server/fhir/access/answer-budget.ts',
        find: 'resize(0)\n        forgetBody()',
        replace: 'resize(0)',
        title: 'J13 bodies that one person does not finish',
      },
      {
        ...answerBudget,
        find: 'forgetBody()\n          throw',
        replace: 'throw',
        title: 'J13 a body that is refused',
      },
      {
        ...unfinishedBodiesTest,
        file: 'server/read-at-most.ts',
        find: 'count?.(chunk.length)',
        replace: 'void count',
        title: 'J13 bodies that one person does not finish',
      },
      {
        ...turns,
        find: 'fitsHolder(holder, size) && fitsAll(size),',
        replace: 'fitsHolder(holder, size),',
        title: 'J13 a body counts',
      },
      {
        file: 'server/read-at-most.ts',
        test: 'tests/unit/read-at-most.test.ts',
        find: 'let bytes = Buffer.alloc(0)\n  let size = 0\n  for await (const chunk of body) {\n    const end = size + chunk.length\n    if (end > most) return undefined\n    count?.(chunk.length)\n    if (end > bytes.length) {\n      const larger = Buffer.alloc(Math.min(most, 2 * end))\n      bytes.copy(larger)\n      bytes = larger\n    }\n    bytes.set(chunk, size)\n    size = end\n  }\n  return bytes.subarray(0, size)',
        replace:
          'const chunks: Uint8Array[] = []\n  let size = 0\n  for await (const chunk of body) {\n    size += chunk.length\n    if (size > most) return undefined\n    count?.(chunk.length)\n    chunks.push(chunk)\n  }\n  return Buffer.concat(chunks)',
        title: 'J13 a chunk is copied',
      },
    ],
  },
  {
    rule: 'An answer from an address that somebody else chose takes no more memory than its 64 kB, in whatever chunks it comes',
    protects: 'memory',
    at: ['server/oauth/clients/outbound-fetch#createOutboundFetch'],
    mutants: [
      {
        file: 'server/oauth/clients/outbound-fetch.ts',
        test: 'tests/long/oauth/outbound-fetch.test.ts',
        find: 'await readAtMost(answer, LARGEST)',
        replace:
          "await new Promise<Buffer<ArrayBuffer>>((resolve) => { const chunks: Buffer[] = []; answer.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks))) })",
        title: 'A32 keeps no more',
      },
    ],
  },
  {
    rule: 'People of the log are compared with names a few at a time',
    protects: "everybody else's requests",
    at: ['server/fhir/log/log-names#peopleOf'],
    mutants: [
      {
        ...logNames,
        find: "if (after !== '') await turnOfOthers()\n    const accounts",
        replace: 'const accounts',
        title: 'on sqlite .*J02 others are answered while the people',
      },
      {
        ...logNames,
        find: "if (after !== '') await turnOfOthers()\n    const { rows }",
        replace: 'const { rows }',
        title: 'on sqlite .*J02 others are answered while removed',
      },
    ],
  },
  {
    rule: 'Grants that have ended are not read with those that go on',
    protects: "everybody's answers",
    at: ['server/store/tables/oauth-tables#createConsents'],
    mutants: [
      {
        ...grants,
        file: 'server/store/tables/oauth-tables.ts',
        find: 'sql<boolean>`revoked_at is null`',
        replace: 'sql<boolean>`revoked_at is not null`',
        title: 'J13 reads no grants that have ended',
      },
      {
        ...grants,
        file: 'server/store/tables/oauth-tables.ts',
        find: 'sql<boolean>`ended_because is not null`',
        replace: 'sql<boolean>`ended_because is null`',
        title: 'J13 reads no grants that have ended',
      },
    ],
  },
  {
    rule: 'Origins and records of an account are found by an index',
    protects: "everybody's answers",
    at: ['server/oauth/clients/origins#clientAt', 'server/store/tables/oauth-tables#createRecords'],
    mutants: [
      {
        file: 'server/oauth/clients/origins.ts',
        test: 'tests/integration/oauth/origins.test.ts',
        find: ".where('origin', '=', origin)",
        replace: ".where((eb) => eb(eb.fn('lower', ['origin']), '=', origin))",
        title: 'T09',
      },
      {
        file: 'server/store/tables/oauth-tables.ts',
        test: 'tests/integration/store/record-lookups.test.ts',
        find: ".columns(['account_id', 'model'])",
        replace: ".columns(['expires_at', 'model'])",
        title: 'on sqlite.*device-cookie',
      },
    ],
  },
]
