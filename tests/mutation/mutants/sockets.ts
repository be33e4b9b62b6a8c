import type { Mutant } from '../mutant.ts'

const forwarded = { test: 'tests/attacks/forwarded.test.ts', project: 'attacks' }
const sockets = { test: 'tests/attacks/sockets.test.ts', project: 'attacks' }

/** What happens between a connection and a request. */
export const mutants: readonly Mutant[] = [
  {
    rule: 'Every socket has one owner from its connection to its end, which listens for its errors',
    file: 'server/http-server.ts',
    find: "server.on('connection', ownSocket)",
    replace: 'void ownSocket',
    ...sockets,
    title: 'J01 a reset connection never ends the process.*CONNECT, reset before',
  },
  {
    rule: 'Every socket has one owner: a search over random bytes finds the one that has none',
    file: 'server/http-server.ts',
    find: "server.on('connection', ownSocket)",
    replace: 'void ownSocket',
    test: 'tests/thorough/sockets-fuzz.test.ts',
    project: 'thorough',
    title: 'J01 whatever bytes',
  },
  {
    rule: 'A socket that is taken from the HTTP parser lives for 3 s at most',
    file: 'server/own-socket.ts',
    find: 'setTimeout(() => socket.destroy(), LONGEST_FAREWELL)',
    replace: 'setTimeout(() => {}, LONGEST_FAREWELL)',
    ...sockets,
    title: 'J01 a socket that was taken from HTTP is bounded.*in time: CONNECT',
  },
  {
    rule: 'A socket that is taken from the HTTP parser may send 1 MB more',
    file: 'server/own-socket.ts',
    find: 'if (socket.bytesRead - before > MOST_DISCARDED) socket.destroy()',
    replace: 'void before',
    ...sockets,
    title: 'J01 a socket that was taken from HTTP is bounded.*in bytes: CONNECT',
  },
  {
    rule: 'A refusal is never written into an answer that is being sent',
    file: 'server/http/unreadable-request.ts',
    find: 'if (isAnswering(socket)) return void socket.destroy()',
    replace: 'void isAnswering',
    ...sockets,
    title: 'J01 a refusal is not written',
  },
  {
    rule: 'A request with `Upgrade` is answered as a plain one, and its connection is closed',
    file: 'server/http-server.ts',
    find: "if (request.headers.upgrade !== undefined) response.setHeader('connection', 'close')",
    replace: '',
    ...sockets,
    title: 'J01 Upgrade is answered as a plain request',
  },
  {
    rule: "Without a trusted proxy a person's address is the connection's",
    file: 'server/app.ts',
    find: 'trustProxy: config.trustProxy ? withinAny(config.trustProxy) : false,',
    replace: 'trustProxy: config.trustProxy ? withinAny(config.trustProxy) : () => true,',
    ...forwarded,
    title: 'J22 without a trusted proxy',
  },
  {
    rule: "A person's address is the nearest one that no trusted proxy has",
    file: 'server/app.ts',
    find: 'trustProxy: config.trustProxy ? withinAny(config.trustProxy) : false,',
    replace: 'trustProxy: config.trustProxy ? (_address, hop) => hop === 0 : false,',
    ...forwarded,
    title: 'J22 with two trusted proxies',
  },
  {
    rule: "A person's address is decided in one place, for the engine too",
    file: 'server/oauth/engine/engine-routes.ts',
    find: ", { 'x-forwarded-for': request.ip })",
    replace: ')',
    ...forwarded,
    title: 'J22 with one trusted proxy.*a forged one',
  },
  {
    rule: 'Everybody (/0) is no trusted proxy',
    file: 'server/ip-address.ts',
    find: 'length >= 1 && length <= bits',
    replace: 'length <= bits',
    test: 'tests/unit/ip-address.test.ts',
    project: 'unit',
    title: 'J22',
  },
]
