import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { inject } from 'vitest'
import { freePort } from '../../scripts/server-process.ts'
import { putClient } from '../../server/oauth/clients/clients.ts'
import { hashPassword, hashSecret } from '../../server/sign-in/password/password.ts'
import type { Db } from '../../server/store/schema.ts'
import type { Store } from '../../server/store/store.ts'
import { startHapi } from '../fakes/hapi-upstream.ts'
import { startMedplum } from '../fakes/medplum-upstream.ts'
import type { UpstreamServer } from '../fakes/upstream-server.ts'
import { type Contents, withNewStore } from '../fixtures/filled-database.ts'
import { putResource } from '../fixtures/put-resource.ts'
import { createAttackedDatabase } from './attacked-database.ts'
import { careless } from './careless.ts'
import { connected, WITHINGS_SOURCE } from './connected.ts'
import { accounts, clients } from './people.ts'
import { records } from './records.ts'

/** The server as in production: `server/main.ts` in a process and on a database of its own, with two patients. */
export interface AttackedServer {
  /** The base `B`. */
  readonly url: string
  /** The file with its keys, which are not in the database. */
  readonly keyFile: string
  /** The key that signs its access log. */
  readonly logKey: string
  /** The value for `--db`. */
  readonly database: string
  /** A second pair of connections to its database. */
  readonly store: Store
  readonly pid: number
  /** What was asked of the FHIR server that it stands in front of, since the last call; nothing from other servers. */
  asked(): readonly string[]
  /** Starts another process of the same organization. */
  another(): Promise<{ readonly url: string; readonly pid: number; stop(): Promise<void> }>
  /** Adds resources to the records, or replaces them. */
  put(resources: readonly object[]): Promise<void>
  /** Everything it has written to its output. */
  output(): string
  /** The state of the process since the last call. @throws Error when it has ended. */
  health(): Promise<Health>
  /** Resident memory in bytes, once garbage is collected. */
  memory(): Promise<number>
  /** Processor time of the process and all its threads so far, in milliseconds. */
  processor(): Promise<number>
  /** The SQL statements that a request ran, if it is among the latest. */
  statements(requestId: string): Promise<readonly string[]>
  /** From now on no entry can be added to the access log, until `mend`. */
  breakLog(): Promise<void>
  mendLog(): Promise<void>
  /** The bytes of the database, as a thief of its files has them. */
  stolenDatabase(): Promise<string>
  close(): Promise<void>
}

export interface Health {
  /** 99th percentile of one turn of its event loop, in milliseconds. */
  readonly turn: number
  /** Resident memory in bytes, with garbage. */
  readonly memory: number
}

export interface AttackedServerOptions {
  /** Its address behind a TLS proxy; the tests act as the proxy. */
  readonly publicUrl?: string
  /** The proxies that it trusts, in place of those on this machine if it is behind one. None if the list is empty. */
  readonly trustProxy?: readonly string[]
  /** Set for a demo organization, which may send requests to this machine. Its records are still those of the attacks. */
  readonly demo?: boolean
  /** Hashes passwords at the full cost of the product, for tests about that cost. */
  readonly costlyPasswords?: boolean
  /** The FHIR server that it stands in front of, in every project. */
  readonly gateway?: UpstreamKind
}

export type UpstreamKind = 'medplum' | 'hapi'

const startUpstream: Readonly<Record<UpstreamKind, () => Promise<UpstreamServer>>> = {
  medplum: async () => Object.assign(await startMedplum(records), { twist: careless }),
  hapi: () => startHapi(records),
}

/** Presented to the FHIR server that an attacked one stands in front of. */
export const UPSTREAM_TOKEN = 'SECRET-token-of-the-server-upstream'

export const startAttackedServer = async ({
  publicUrl,
  trustProxy = publicUrl === undefined ? [] : ['127.0.0.1', '::1'],
  demo = false,
  costlyPasswords = false,
  gateway = inject('gateway'),
}: AttackedServerOptions = {}): Promise<AttackedServer> => {
  const upstream = gateway && (await startUpstream[gateway]())
  const isWithings = inject('withings') ?? false
  const database = await createAttackedDatabase(
    upstream ? peopleAlone : isWithings ? patientsAtWithings : patientsAndPeople,
  )
  const { store } = database
  if (demo) await nameDemo(store)
  if (costlyPasswords) await hashAsInProduct(store)
  const port = await freePort()
  const url = `http://localhost:${port}`
  const output: string[] = []
  const { logKey, keyFile } = database
  const args = ['--db', database.url, '--keys', keyFile, '--log-key', logKey]
  args.push('--public-url', publicUrl ?? url)
  if (demo) args.push('--demo', 'riverside')
  const source = upstream
    ? { kind: 'fhir', base: upstream.base, authentication: { kind: 'bearer', tokenFile: 'upstream-token' } }
    : isWithings && WITHINGS_SOURCE
  const settings = { ...(source && { source }), ...(trustProxy.length > 0 && { trustProxy }) }
  if (Object.keys(settings).length > 0) args.push('--config', await configure(settings, dirname(keyFile)))
  const listenAt = (at: number) =>
    run(['--port', String(at), ...args], output, `http://localhost:${at}/readyz`)
  const server = await listenAt(port)
  const ask = async <T>(question: string | object): Promise<T> => {
    if (!server.connected) throw new Error(`The server has ended:\n${output.join('')}`)
    const answer = once(server, 'message')
    server.send(question)
    const [result] = await answer
    return result as T
  }

  return {
    url,
    keyFile,
    logKey,
    database: database.url,
    store,
    pid: server.pid ?? 0,
    asked: () => upstream?.requests() ?? [],
    another: async () => {
      const at = await freePort()
      const other = await listenAt(at)
      return { url: `http://localhost:${at}`, pid: other.pid ?? 0, stop: () => end(other) }
    },
    put: async (resources) => {
      if (upstream) await upstream.put(resources)
      else
        await store.write(async (trx) => {
          for (const resource of resources) await putResource(trx, resource, Date.now())
        })
    },
    output: () => output.join(''),
    health: () => ask<Health>('health'),
    memory: () => ask<number>('memory'),
    processor: () => ask<number>('processor'),
    statements: (requestId) => ask<readonly string[]>({ statementsOf: requestId }),
    breakLog: database.breakLog,
    mendLog: database.mendLog,
    stolenDatabase: database.stolen,
    close: async () => {
      await end(server)
      await database.close()
      await upstream?.close()
    },
  }
}

/** Writes the configuration of a server and the secrets that it may name, and returns the name of its file. */
const configure = async (settings: object, folder: string): Promise<string> => {
  const file = join(folder, 'config.json')
  await writeFile(join(folder, 'withings'), 'the secret of the attacked application', { mode: 0o600 })
  await writeFile(join(folder, 'upstream-token'), UPSTREAM_TOKEN, { mode: 0o600 })
  await writeFile(file, JSON.stringify(settings))
  return file
}

const end = async (server: ChildProcess): Promise<void> => {
  server.kill('SIGTERM')
  if (server.exitCode === null) await once(server, 'exit')
}

/**
 * @param resources the resources in its own database.
 * @param more adds rows after the people.
 */
const contentsOf = (
  name: string,
  resources: typeof records,
  more: (trx: Db) => Promise<unknown> = async () => {},
): Contents => ({
  name,
  fill: (url) =>
    withNewStore(url, async (store) => {
      const rows = await Promise.all(
        // Hashes passwords at the cost of a secret, a fortieth, because few of the tests are about the cost.
        accounts.map(async ({ password, ...account }) => ({
          ...account,
          password_hash: await hashSecret(password),
        })),
      )
      await store.write(async (trx) => {
        for (const resource of resources) await putResource(trx, resource, Date.now())
        await trx.insertInto('account').values(rows).execute()
        for (const client of clients) await putClient(trx, client)
        await more(trx)
      })
    }),
})

/** Two patients with their records, the people, and the applications. */
export const patientsAndPeople = contentsOf('attacked', records)
/** Where the records are, if they are on another server. */
const peopleAlone = contentsOf('attacked-gateway', [])
/** Where both patients are connected to Withings. */
const patientsAtWithings = contentsOf('attacked-withings', records, connected)

/** Marks the database as the demo's, so that the server adds no demo data. */
const nameDemo = (store: Store): Promise<unknown> =>
  store.write((trx) => trx.insertInto('setting').values({ name: 'demo', value: 'riverside' }).execute())

const hashAsInProduct = async (store: Store): Promise<void> => {
  for (const { id, password } of accounts) {
    const password_hash = await hashPassword(password)
    await store.write((trx) =>
      trx.updateTable('account').set({ password_hash }).where('id', '=', id).execute(),
    )
  }
}

const run = async (args: string[], output: string[], ready: string): Promise<ChildProcess> => {
  const server = fork('server/main.ts', args, {
    execArgv: [
      // As `npm run server` starts it.
      '--max-semi-space-size=4',
      ...['report-health', 'report-statements'].flatMap((name) => ['--import', `./tests/attacks/${name}.ts`]),
    ],
    silent: true,
  })
  for (const stream of [server.stdout, server.stderr]) stream?.on('data', (text) => output.push(String(text)))
  for (const deadline = Date.now() + 30_000; ; await sleep(30)) {
    const answer = await fetch(ready).then(
      ({ ok }) => ok,
      () => false,
    )
    if (answer) return server
    if (server.exitCode !== null || Date.now() > deadline)
      throw new Error(`The server did not start:\n${output.join('')}`)
  }
}
