/**
 * Loaded into the server before it starts. Tells the test which SQL statements a request ran before it was answered, as they
 * reached the database: the reads on its behalf and the writes with its id. Leaves out the other works of a shared commit, and
 * what the server does by itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { IncomingMessage } from 'node:http'
import { DatabaseSync, StatementSync } from 'node:sqlite'
import pg from 'pg'

const KEPT = 200

interface Asked {
  readonly statements: string[]
  answered: boolean
}

const asking = new AsyncLocalStorage<Asked>()
const requests = new Map<string, Asked>()

const idOf = (message: unknown): string =>
  String((message as { request: IncomingMessage }).request.headers['x-request-id'])

subscribe('http.server.request.start', (message) => {
  const request: Asked = { statements: [], answered: false }
  requests.set(idOf(message), request)
  asking.enterWith(request)
  for (const oldest of requests.keys()) {
    if (requests.size <= KEPT) break
    requests.delete(oldest)
  }
})
subscribe('http.server.response.finish', (message) => {
  const request = requests.get(idOf(message))
  if (request) request.answered = true
})

/** Statements from a timer are the server's own work, such as placing entries, whichever request started it. */
const { setTimeout: startTimer } = globalThis
globalThis.setTimeout = Object.assign(
  (callback: (...args: unknown[]) => void, ...rest: unknown[]) =>
    startTimer((...args: unknown[]) => asking.exit(() => callback(...args)), ...(rest as [number?])),
  startTimer,
) as typeof setTimeout

const ran = (text: string, values: readonly unknown[], isShared = false): void => {
  // Rows that are written together may be lists of values.
  const requestId = values.flat().find((value) => typeof value === 'string' && requests.has(value))
  const asked = requestId === undefined ? asking.getStore() : requests.get(String(requestId))
  if (asked?.answered === false && (requestId !== undefined || !isShared)) asked.statements.push(text)
}

/** SQLite's single writing connection: the request that starts a commit runs the others' works too. */
const writers = new WeakSet<DatabaseSync>()
const databases = new WeakMap<StatementSync, DatabaseSync>()

const { prepare } = DatabaseSync.prototype
DatabaseSync.prototype.prepare = function (text, ...more) {
  const statement = prepare.call(this, text, ...more)
  databases.set(statement, this)
  return statement
}

type Method = (this: unknown, ...args: unknown[]) => unknown

const watch = (prototype: object, name: string, before: (self: unknown, args: unknown[]) => void): void => {
  const methods = prototype as Record<string, Method>
  const original = methods[name] as Method
  methods[name] = function (...args) {
    before(this, args)
    return original.apply(this, args)
  }
}

for (const name of ['all', 'get', 'iterate', 'run'])
  watch(StatementSync.prototype, name, (self, values) => {
    const { sourceSQL } = self as StatementSync
    const database = databases.get(self as StatementSync)
    if (database && sourceSQL.startsWith('BEGIN')) writers.add(database)
    ran(sourceSQL, values, database && writers.has(database))
  })
watch(pg.Client.prototype, 'query', (_self, [query]) => {
  const { text, values = [] } = typeof query === 'string' ? { text: query } : (query as pg.QueryConfig)
  ran(text, values)
})

process.on('message', (message: { statementsOf?: string }) => {
  if (message.statementsOf !== undefined) process.send?.(requests.get(message.statementsOf)?.statements ?? [])
})
