import { isLoopback } from '../values/address-range.ts'
import { requireUrl } from '../values/parse-address.ts'
import { readableName } from '../values/readable-name.ts'
import { createApp } from './app.ts'
import type { LogKeyOptions } from './audit/open-log-key.ts'
import { healthCommand } from './cli/health-command.ts'
import type { Config, DemoName } from './config.ts'
import { demoOrganizations } from './demo/organizations.ts'
import { requireNoDemo, seedDemo } from './demo/seed.ts'
import { keepFilesPrivate } from './files/private-file.ts'
import { listen } from './http/listen.ts'
import type { Metrics } from './metrics/metrics.ts'
import { readConfigFile, requirePublicUrl, requireSecrets } from './start/config-file.ts'
import { defaultDatabase, defaultKeyFile, defaultLogKey } from './start/database-url.ts'
import { openOrCreate } from './start/open-database.ts'
import { parseArguments } from './start/parse-arguments.ts'
import { asksForHelp, printing, UsageError } from './start/terminal.ts'

const USAGE = `Usage: npm run server -- [--config FILE] [--port N] [--db URL] [--public-url URL] [--name N]
                         [--demo riverside|pulse|withings] [--keys FILE] [--log-key FILE]
                         [--accept-rollback] [--lost-log-key] [--accept-clock] [--move-address]
       node server/main.ts health [--config FILE] [--port N] [--live]

Serves one organization until Ctrl-C: its pages, SMART on FHIR authorization, the FHIR API and the access log. It listens on this
machine only, unless the configuration names another host, and expects a proxy that serves --public-url over TLS.

  --config FILE      a JSON file with what the options below say, and where the records are; an option overrides it.
                     docs/config.schema.json describes it
  --port N           the port; by default 3100
  --db URL           sqlite:PATH or postgres://…; by default ${defaultDatabase}
  --public-url URL   the address by which everybody reaches it, such as https://records.example.org
  --name N           the organization's name, as people read it; by default the host of --public-url
  --demo NAME        a demo organization with records, accounts and public passwords: riverside or pulse; or withings, with a
                     --config FILE that leads to the stand-in for Withings
  --keys FILE        the keys that sign id_tokens and cookies; by default beside the SQLite file, or
                     beside --config FILE
  --log-key FILE     the key that signs the access log's checkpoints; by default beside those
  --accept-rollback  goes on with the log of an older copy, after a backup was restored; the log records that
  --lost-log-key     goes on with another key, because the one that signed the log is lost for good
  --accept-clock     takes this machine's time, although the database has seen a later one
  --move-address     serves the organization at another --public-url than before`

/** How long a server may take to stop, in milliseconds: four seconds for requests that run (`http/listen.ts`), and a moment to close. */
const LONGEST_STOP = 4_500
/** How long a server that can write no more answers, in milliseconds. */
const WHILE_LOST = 5_000

/** Where a server listens, unless its configuration says otherwise. */
const LOCAL = 'localhost'

interface ServerOptions {
  config: Config
  db: string
  keyFile: string
  logKey: LogKeyOptions
  acceptClock: boolean
  moveAddress: boolean
}

/**
 * Reads the command line and the configuration file that it names.
 *
 * @throws Error with a sentence for the person at the terminal.
 */
export const readConfig = async (args: string[]): Promise<ServerOptions> => {
  const { values } = parseArguments({
    args,
    options: {
      config: { type: 'string' },
      port: { type: 'string' },
      db: { type: 'string' },
      'public-url': { type: 'string' },
      demo: { type: 'string' },
      name: { type: 'string' },
      keys: { type: 'string' },
      'log-key': { type: 'string' },
      'accept-rollback': { type: 'boolean', default: false },
      'lost-log-key': { type: 'boolean', default: false },
      'accept-clock': { type: 'boolean', default: false },
      'move-address': { type: 'boolean', default: false },
    },
  })
  const settings = values.config === undefined ? undefined : await readConfigFile(values.config)
  const port = Number(values.port ?? settings?.port ?? 3100)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error(`--port takes a number from 0 to 65535.`)
  const demo = requireDemo(values.demo)
  const labelOf = (option: keyof typeof values, key: string) =>
    values[option] === undefined && settings ? `${settings.file}: ${key}` : `--${option}`
  const publicUrl = requirePublicUrl(
    values['public-url'] ?? settings?.publicUrl ?? `http://localhost:${port}`,
    labelOf('public-url', 'publicUrl'),
  )
  if (demo && !isLoopback(requireUrl(publicUrl))) {
    throw new Error(
      `--demo cannot be used with --public-url ${publicUrl}. A demo runs on this machine only, because its passwords are public.`,
    )
  }
  const host = settings?.host ?? LOCAL
  if (demo && host !== LOCAL)
    throw new Error(
      `--demo cannot be used with host: a demo runs on this machine only, because its passwords are public.`,
    )
  const source = settings?.source ?? { kind: 'embedded' }
  if (demo === 'withings' && source.kind !== 'withings')
    throw new Error('--demo withings takes a configuration file with the source "withings".')
  if (demo && demo !== 'withings' && source.kind !== 'embedded')
    throw new Error(
      `--demo ${demo} has records of its own, so it cannot be used with the source "${source.kind}".`,
    )
  const named = { ...settings?.organization, ...(values.name !== undefined && { name: values.name.trim() }) }
  requireLine(named.name, labelOf('name', 'organization.name'))
  requireLine(named.about, `${settings?.file}: organization.about`)
  const organization = {
    ...(demo
      ? demoOrganizations[demo]
      : { name: requireUrl(publicUrl).hostname, about: 'Health records', color: '#0b6e6e' }),
    ...named,
  }
  const db = values.db ?? settings?.db ?? defaultDatabase
  if (settings) await requireSecrets({ ...settings, source })
  return {
    db,
    acceptClock: values['accept-clock'],
    moveAddress: values['move-address'],
    keyFile: values.keys ?? defaultKeyFile(db, values.config),
    logKey: {
      file: values['log-key'] ?? defaultLogKey(db, values.config),
      acceptRollback: values['accept-rollback'],
      isLost: values['lost-log-key'],
    },
    config: {
      ...{ publicUrl, host, port, source, organization },
      ...(settings && { windows: settings.windows }),
      ...(settings?.trustProxy && { trustProxy: settings.trustProxy }),
      ...(settings?.metrics && { metrics: { host: '127.0.0.1', ...settings.metrics } }),
      ...(demo && { demo }),
    },
  }
}

/** @throws Error when there is no demo of this name. */
const requireDemo = (name: string | undefined): DemoName | undefined => {
  if (name === undefined || Object.hasOwn(demoOrganizations, name)) return name as DemoName | undefined
  throw new Error('--demo takes riverside, pulse or withings.')
}

/** @throws Error for a text that pages would have to shorten or clean. */
const requireLine = (text: string | undefined, label: string): void => {
  if (text === undefined || (text !== '' && readableName(text) === text)) return
  throw new Error(`${label} takes 1 to 80 characters on one line, without invisible characters.`)
}

/** Opens the metrics' own port before the database, which may take minutes. Loaded only where the configuration names that port. */
const openMetrics = async ({ metrics: address, source }: Config): Promise<Metrics | undefined> => {
  if (!address) return undefined
  const { createMetrics } = await import('./metrics/metrics.ts')
  const { serveMetrics } = await import('./metrics/serve-metrics.ts')
  const metrics = createMetrics(source)
  await serveMetrics(metrics, address)
  return metrics
}

const main = async (): Promise<void> => {
  const [command, ...rest] = process.argv.slice(2)
  if (command === 'health') process.exit(await healthCommand(rest, process))
  if (asksForHelp(process.argv.slice(2))) {
    printing(process).printUsage(USAGE)
    return
  }
  // Some supervisors send it to make a program read its configuration again; by default it ends the process.
  if (!process.stdin.isTTY) process.on('SIGHUP', () => undefined)
  const { config, db, keyFile, logKey, acceptClock, moveAddress } = await readConfig(process.argv.slice(2))
  // Listens first, so that monitoring gets an answer while the database is opened, waited for or migrated.
  const listener = await listen(config)
  const { store, created } = await openOrCreate(db)
  if (config.demo) await seedDemo(store, config.demo, config, Date.now)
  else await requireNoDemo(store)
  const metrics = await openMetrics(config)
  const app = await createApp({
    config,
    store,
    clock: Date.now,
    acceptClock,
    moveAddress,
    keyFile,
    logKey,
    metrics,
    log: true,
  })
  if (created) app.log.info(config.demo ? `${created} The demo's records were written to it.` : created)
  await listener.serve(app)
  const { organization, publicUrl, port } = config
  app.log.info(
    `${organization.name} is ready at ${publicUrl} (on this machine at port ${port}). Ctrl-C ends it.`,
  )

  let isStopping = false
  const stop = async () => {
    // Ctrl-C reaches a process from the terminal, and again from its parent process.
    if (isStopping) return
    isStopping = true
    app.log.info('Stopping: requests that run are finished, and new ones are not accepted.')
    if (config.trustProxy) await listener.drain()
    // A database may be locked, or fall silent, at any moment (T01). What is not signed yet is signed after the next start.
    setTimeout(() => process.exit(1), LONGEST_STOP)
    await listener.close()
    await store.close()
    process.exit(0)
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  // A terminal that closes sends it.
  if (process.stdin.isTTY) process.on('SIGHUP', stop)
  // First the monitoring may see why, then the supervisor starts another process (T04).
  store.lost?.then(() => setTimeout(() => process.exit(1), WHILE_LOST))
}

if (import.meta.main) {
  keepFilesPrivate()
  main().catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    const sentence =
      code === 'EADDRINUSE'
        ? `Another program uses port ${(error as { port?: number }).port}. Choose another with --port, or in the configuration.`
        : error instanceof Error
          ? [error.message, code === 'store-unavailable' && error.cause].filter(Boolean).join(' ')
          : String(error)
    process.exit(printing(process).fail(1, sentence, error instanceof UsageError ? USAGE : undefined))
  })
}
