/**
 * Loaded into the server before it starts: tells the test which SQL statements a request ran, as they reached the
 * database, whatever stands between. What runs for no request, or for another, is not among them.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import pg from 'pg'

const KEPT = 200

const asking = new AsyncLocalStorage<string>()
const statements = new Map<string, string[]>()

subscribe('http.server.request.start', (message) => {
  const id = (message as { request: IncomingMessage }).request.headers['x-request-id']
  if (typeof id !== 'string') return
  asking.enterWith(id)
  statements.set(id, [])
  for (const oldest of statements.keys()) {
    if (statements.size <= KEPT) break
    statements.delete(oldest)
  }
})

const ran = (text: string): void => void statements.get(asking.getStore() ?? '')?.push(text)

type Method = (this: unknown, ...args: unknown[]) => unknown

const watch = (
  prototype: object,
  name: string,
  textOf: (self: unknown, argument: unknown) => string,
): void => {
  const methods = prototype as Record<string, Method>
  const original = methods[name] as Method
  methods[name] = function (...args) {
    ran(textOf(this, args[0]))
    return original.apply(this, args)
  }
}

for (const name of ['all', 'get', 'iterate', 'run'])
  watch(StatementSync.prototype, name, (self) => (self as StatementSync).sourceSQL)
watch(DatabaseSync.prototype, 'exec', (_self, text) => String(text))
watch(pg.Client.prototype, 'query', (_self, query) =>
  typeof query === 'string' ? query : (query as { text: string }).text,
)

process.on('message', (message: { statementsOf?: string }) => {
  if (message.statementsOf !== undefined) process.send?.(statements.get(message.statementsOf) ?? [])
})
