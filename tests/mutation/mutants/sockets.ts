import type { Mutant } from '../mutant.ts'

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
]
