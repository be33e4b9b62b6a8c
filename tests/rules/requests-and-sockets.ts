import type { Rule } from '../mutation/rule.ts'

const malformedRequest = {
  file: 'server/http/malformed-request.ts',
  test: 'tests/attacks/malformed-requests.test.ts',
}
const httpServer = {
  file: 'server/http/http-server.ts',
  test: 'tests/attacks/sockets.test.ts',
}
const ownSocket = {
  file: 'server/http/own-socket.ts',
  test: 'tests/attacks/sockets.test.ts',
}
const limitNetworks = {
  file: 'server/http/limit-networks.ts',
  test: 'tests/attacks/forwarded.test.ts',
  title: 'C11',
}
const databaseUrl = {
  file: 'server/start/database-url.ts',
  test: 'tests/long/admin/database-password.test.ts',
}
const parseArguments = {
  file: 'server/start/parse-arguments.ts',
  test: 'tests/long/admin/database-password.test.ts',
}
const securityHeaders = {
  file: 'server/pages/frame/security-headers.ts',
  test: 'tests/unit/pages/security-headers.test.ts',
}
const bodiesTest = { test: 'tests/attacks/bodies.test.ts' }
const largeBodiesTest = { test: 'tests/attacks/large-bodies.test.ts' }
const addressRangeTest = { test: 'tests/unit/values/address-range.test.ts' }

export const rules: readonly Rule[] = [
  {
    rule: 'A connection has its network address from its beginning to its end',
    protects: 'limits and the access log, from a caller who resets the connection',
    at: ['server/http/own-socket#ownSocket'],
    mutants: [
      {
        ...ownSocket,
        test: 'tests/attacks/aborted-requests.test.ts',
        find: '  if (socket.remoteAddress === undefined) socket.destroy()\n',
        replace: '',
        title: 'F11 .* resets the connection',
      },
    ],
  },
  {
    rule: 'A request that cannot be read is counted before it is refused, whatever its method',
    protects: 'the count of refusals',
    at: ['server/sign-in/visit/page-error#answerPageError'],
    mutants: [
      {
        ...malformedRequest,
        file: 'server/sign-in/visit/page-error.ts',
        find: "request.method === 'POST' || problem.words === 'unreadable'",
        replace: "request.method === 'POST'",
        title: 'a content type that cannot be read',
      },
    ],
  },
  {
    rule: 'A request that repeats a header which may stand once is refused',
    protects: "the sender's identity, behind any proxy",
    at: ['server/http/malformed-request#findHeaderFault'],
    mutants: [
      {
        ...malformedRequest,
        find: 'if (names.has(name) && !LISTS.has(name))',
        replace: "if (names.has(name) && name === 'host')",
        title: 'F06 .* two Authorization',
      },
    ],
  },
  {
    rule: 'A body that is too large, slow or cut off harms no other request',
    protects: 'every caller; the log',
    at: [
      'server/http/http-server#limitPipelining',
      'server/oauth/seam/read-body#readJson',
      'server/http/own-socket#destroySoon',
    ],
    mutants: [
      {
        ...largeBodiesTest,
        file: 'server/http/http-server.ts',
        find: "response.on('finish', () => request.resume())",
        replace: '',
        title: 'J18 a client that reads only after',
      },
      {
        ...largeBodiesTest,
        file: 'server/http/own-socket.ts',
        find: 'socket.destroySoon = () => {',
        replace: 'const unused = () => {',
        title: 'J18 .*sent slowly',
      },
      {
        ...largeBodiesTest,
        file: 'server/oauth/seam/read-body.ts',
        find: "throw new errors.InvalidRequest('the request did not come whole')",
        replace: "throw new Error('the request did not come whole')",
        title: 'J18 .*hangs up',
      },
    ],
  },
  {
    rule: 'Parameters, fields and cookies are counted before anything is made of them',
    protects: "everybody else's requests",
    at: [
      'server/http/malformed-request#findHeaderFault',
      'server/oauth/seam/read-body#readEngineForms',
      'server/sign-in/visit/own-form#readForms',
    ],
    mutants: [
      {
        file: 'server/oauth/seam/read-body.ts',
        test: 'tests/integration/oauth/same-form.test.ts',
        find: " || hasMoreParts(MOST_PARAMETERS, body.toString('latin1'), '&')",
        replace: ' || hasMoreParts(999, String(MOST_PARAMETERS), "&")',
        title: 'a form with more than 100 parameters',
      },
      {
        ...malformedRequest,
        find: "hasMoreParts(MOST_NAMES, url, '&') || ",
        replace: "hasMoreParts(MOST_NAMES, String(url), '\\n') || ",
        title: 'more than 200 parameters or cookies',
      },
      {
        ...malformedRequest,
        find: "|| hasMoreParts(MOST_NAMES, headers.cookie ?? '', ';')",
        replace: '',
        title: 'more than 200 parameters or cookies',
      },
      {
        file: 'server/sign-in/visit/own-form.ts',
        test: 'tests/attacks/forms.test.ts',
        find: 'MOST_FIELDS = 200',
        replace: 'MOST_FIELDS = 9_999',
        title: 'more than 200 fields',
      },
    ],
  },
  {
    rule: 'A body is read only by a route that wants one, in the format that it wants',
    protects: "memory; everybody else's answers",
    at: [
      'server/read-at-most#readNoBodies',
      'server/app#createApp',
      'server/sign-in/visit/own-form#readForms',
    ],
    mutants: [
      {
        ...bodiesTest,
        file: 'server/app.ts',
        find: '  readNoBodies(app)\n',
        replace: '',
        title: 'J13 .*POST /nothing',
      },
      {
        ...bodiesTest,
        file: 'server/sign-in/visit/own-form.ts',
        find: '  app.removeAllContentTypeParsers()\n',
        replace: '',
        title: 'J13 .*POST /login',
      },
    ],
  },
  {
    rule: 'A request that does not come whole in time gets no answer, and its entry or count is still written',
    protects: 'the log',
    at: ['server/http/unreadable-request#answerUnreadable'],
    mutants: [
      {
        file: 'server/http/unreadable-request.ts',
        test: 'tests/attacks/connections.test.ts',
        find: "    if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.destroy()\n",
        replace: '',
        title: 'C10 .* slow headers',
      },
    ],
  },
  {
    rule: "At most a quarter of the connections wait for one network's requests, whichever proxy they come through",
    protects: "everybody else's requests",
    at: ['server/http/limit-networks#limitNetworks'],
    mutants: [
      {
        ...limitNetworks,
        find: 'MOST_CONNECTIONS / 4',
        replace: 'MOST_CONNECTIONS',
      },
      {
        ...limitNetworks,
        find: 'networkOf(request.ip, PREFIX)',
        replace: "networkOf(request.socket.remoteAddress ?? '', PREFIX)",
      },
      {
        ...limitNetworks,
        find: "reply.raw.on('close', () => add(network, -1))",
        replace: '',
      },
    ],
  },
  {
    rule: 'At most four requests on one connection are unanswered',
    protects: "everybody's turns",
    at: ['server/http/http-server#MOST_PIPELINED'],
    mutants: [
      {
        file: 'server/http/http-server.ts',
        test: 'tests/attacks/connections.test.ts',
        find: 'const MOST_PIPELINED = 4',
        replace: 'const MOST_PIPELINED = 20',
        title: '5 pipelined requests',
      },
    ],
  },
  {
    rule: 'A request body is never decompressed',
    protects: 'memory',
    at: ['server/http/malformed-request#findHeaderFault'],
    mutants: [
      {
        ...malformedRequest,
        find: "return encoding !== undefined && encoding.toLowerCase() !== 'identity' ? ENCODED_BODY : undefined",
        replace: 'return undefined',
        title: 'F66 a compressed body',
      },
    ],
  },
  {
    rule: 'Every socket has one owner, which listens for its errors',
    protects: 'the process',
    at: ['server/http/http-server#createHttpServer'],
    covers: 'CONNECT, Upgrade, parser errors, resets',
    mutants: [
      {
        ...httpServer,
        find: "server.on('connection', ownSocket)",
        replace: 'void ownSocket',
        title: 'J01 a reset connection never ends the process.*CONNECT, reset before',
      },
      {
        file: 'server/http/http-server.ts',
        test: 'tests/thorough/sockets-fuzz.test.ts',
        find: "server.on('connection', ownSocket)",
        replace: 'void ownSocket',
        title: 'J01 whatever bytes',
      },
    ],
  },
  {
    rule: 'After its last answer a socket lives 3 s and may send 12 MB, and an answer before the end of a body is the last',
    protects: 'sockets, memory and processor time',
    at: ['server/http/own-socket#takeSocket', 'server/http/http-server#limitPipelining'],
    mutants: [
      {
        ...httpServer,
        find: '!request.complete || ',
        replace: '',
        title: 'J01 a socket that had its last answer is bounded.*in bytes: a body that is not read',
      },
      {
        ...ownSocket,
        find: ' || performance.now() > deadline)',
        replace: ' || deadline < 0)',
        title: 'J01 a socket that had its last answer is bounded.*in time: CONNECT',
      },
      {
        ...ownSocket,
        find: 'socket.bytesRead > mostBytes || ',
        replace: 'mostBytes < 0 || ',
        title: 'J01 a socket that had its last answer is bounded.*in bytes: CONNECT',
      },
    ],
  },
  {
    rule: 'A refusal neither enters nor overtakes another answer',
    protects: 'the reader, from a mixed-up answer',
    at: ['server/http/http-server#owesAnswer', 'server/http/unreadable-request#refuse'],
    mutants: [
      {
        file: 'server/http/unreadable-request.ts',
        test: 'tests/attacks/sockets.test.ts',
        find: 'if (owesAnswer(socket)) return void socket.destroy()',
        replace: 'void owesAnswer',
        title: 'J01 a refusal is not written',
      },
      {
        ...httpServer,
        find: '(headersSent || req.complete)',
        replace: 'headersSent',
        title: 'J01 a refusal overtakes no answer',
      },
    ],
  },
  {
    rule: 'A request with `Upgrade` is answered plainly and its connection closed',
    protects: 'the next request behind a proxy',
    at: ['server/http/http-server#limitPipelining'],
    mutants: [
      {
        ...httpServer,
        find: ' || request.headers.upgrade !== undefined',
        replace: '',
        title: 'J01 Upgrade is answered as a plain request',
      },
    ],
  },
  {
    rule: 'Carekey itself answers what Node would answer by default',
    protects: 'headers; the count of refusals',
    at: ['server/http/http-server#createHttpServer'],
    mutants: [
      {
        file: 'server/http/http-server.ts',
        test: 'tests/attacks/malformed-requests.test.ts',
        find: "  server.on('checkExpectation', answer)\n",
        replace: '',
        title: 'F65',
      },
    ],
  },
  {
    rule: 'Every address that is not global unicast counts as private',
    protects: 'private networks',
    at: ['values/address-range#rangeOf'],
    covers: 'decimal and mapped forms, names that resolve there',
    mutants: [
      {
        ...addressRangeTest,
        file: 'values/address-range.ts',
        find: "if (range !== 'unicast') return 'private'",
        replace: "if (range === 'private') return 'private'",
        title: 'F09',
      },
    ],
  },
  {
    rule: 'Only a request to this machine follows redirects, and its answer is not read',
    protects: 'other hosts',
    at: ['extension/net/http#isAnswerHidden'],
    mutants: [
      {
        file: 'extension/net/http.ts',
        test: 'tests/integration/extension/scan-findings.test.ts',
        find: 'if (!isLoopback(url)) return false',
        replace: '',
        title: 'C15 a request that follows redirects',
      },
    ],
  },
  {
    rule: "A database's address is read in one place, and no message quotes a password",
    protects: "the database's password",
    at: [
      'server/start/database-url#parseDatabase',
      'server/start/database-url#parsePostgres',
      'server/start/parse-arguments#parse',
    ],
    mutants: [
      {
        ...databaseUrl,
        find: 'if (path !== undefined && !mayHoldPassword(path))',
        replace: 'if (path !== undefined)',
        title: 'J19.*sqlite:',
      },
      {
        ...databaseUrl,
        find: 'HOST.test(host)) && DATABASE.test(database)',
        replace: 'HOST.test(host)) || DATABASE.test(database)',
        title: 'J19.*postgres://127',
      },
      {
        file: 'server/start/database-url.ts',
        test: 'tests/unit/cli/config-file.test.ts',
        find: 'const postgres = POSTGRES.test(text) ? parsePostgres(text) : undefined',
        replace:
          "const postgres = parsePostgres(text) ?? ({ kind: 'postgres', url: 'postgres://h', host: '', database: '' } as const)",
        title: 'G16 .+ driver',
      },
      {
        ...parseArguments,
        find: "if (typeof value === 'string' && mayHoldPassword(value))",
        replace: "if (value === '' && mayHoldPassword(value))",
        title: 'J19.*pg:',
      },
      {
        ...parseArguments,
        find: 'new UsageError(sentenceOf(error.message, error.code))',
        replace: 'new UsageError(error.message)',
        title: 'J19.*pg:',
      },
    ],
  },
  {
    rule: 'A name that contains NUL matches nobody, on PostgreSQL too',
    protects: 'the count of refusals',
    at: ['server/store/postgres/postgres#replaceNul'],
    mutants: [
      {
        file: 'server/store/postgres/postgres.ts',
        test: 'tests/integration/store/contract.test.ts',
        find: 'values: values.map(replaceNul)',
        replace: 'values: [...values]',
        title: 'on postgres.*C08',
      },
    ],
  },
  {
    rule: 'A Content-Security-Policy names origins, and one script by its hash',
    protects: 'every page',
    at: ['server/pages/frame/security-headers#contentSecurityPolicy'],
    mutants: [
      {
        ...securityHeaders,
        find: 'if (!formTargets.every((target) => ORIGIN.test(target)))',
        replace: 'if (formTargets.length > 99)',
        title: 'F66',
      },
      {
        ...securityHeaders,
        find: '`script-src ',
        replace: "`script-src 'unsafe-inline' ",
        title: 'F66 a page runs only its own script',
      },
    ],
  },
  {
    rule: 'Only a time zone that this server knows is used',
    protects: 'every page with a time',
    at: ['server/sign-in/visit/own-session#findTimeZone'],
    mutants: [
      {
        file: 'server/sign-in/visit/own-session.ts',
        test: 'tests/unit/oauth/time-zone.test.ts',
        find: "    dateTimeFormat('en', { timeZone })\n",
        replace: '',
        title: 'is no time zone',
      },
    ],
  },
  {
    rule: 'Names of people, patients and visits are cleaned where they are read',
    protects: 'every page; the log',
    at: ['server/fhir/patient-directory#describePatient'],
    mutants: [
      {
        file: 'server/fhir/patient-directory.ts',
        test: 'tests/attacks/names.test.ts',
        find: 'name: readableName(fullName) || `Patient ',
        replace: 'name: fullName || `Patient ',
        title: 'F66',
      },
    ],
  },
]
