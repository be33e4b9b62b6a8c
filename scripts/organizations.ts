import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { demoApplication } from '../server/demo/withings/application.ts'
import { type Child, startChild } from './child.ts'
import { isPortFree, startServer } from './server-process.ts'

/** The three demo organizations, as `npm start` and `npm run dev` run them. */
export const organizations = [
  {
    demo: 'riverside',
    name: 'Riverside Clinic',
    port: 3100,
    accounts: ['john', 'jane', 'lee (clinician)', 'admin'],
  },
  { demo: 'pulse', name: 'Pulse Devices', port: 3200, accounts: ['john', 'jane', 'admin'] },
  { demo: 'withings', name: 'Withings (a stand-in)', port: 3300, accounts: ['john'] },
] as const

type Organization = (typeof organizations)[number]

/** Stands in for Withings' own hosts. */
const standIn = { name: 'The stand-in for Withings', port: 3301 }

export const addressOf = ({ port }: { readonly port: number }) => `http://localhost:${port}`

/** @throws Error that names a port in use, and says what to do. */
export const requireFreePorts = async (): Promise<void> => {
  for (const { name, port } of [...organizations, standIn]) {
    if (await isPortFree(port)) continue
    throw new Error(
      `Port ${port}, which ${name} needs, is in use by another program, perhaps another npm start. End that program and try again.`,
    )
  }
}

interface Started {
  readonly name: string
  readonly url: string
  readonly child: Child
}

/** Starts the organizations and the stand-in, each as a process that restarts on a change of its source with `watch`. */
export const startDemo = (watch = false): Started[] => {
  mkdirSync('data', { recursive: true })
  return [
    { name: standIn.name, url: addressOf(standIn), child: startStandIn(watch) },
    ...organizations.map((organization) => ({
      name: organization.name,
      url: addressOf(organization),
      child: startOrganization(organization, watch),
    })),
  ]
}

const startOrganization = ({ demo, port }: Organization, watch: boolean): Child =>
  startServer({
    port,
    db: `sqlite:data/${demo}.db`,
    demo,
    watch,
    ...(demo === 'withings' && { config: writeWithingsConfig('data') }),
    onLine: logTo(demo, watch),
  })

const startStandIn = (watch: boolean): Child =>
  startChild(
    process.execPath,
    [
      ...(watch ? ['--watch', '--watch-preserve-output'] : []),
      ...['server/demo/withings/main.ts', '--port', String(standIn.port)],
      ...['--state', 'data/stand-in.json'],
    ],
    { onLine: logTo('stand-in', watch) },
  )

/** Writes the configuration of the organization that signs people in with the stand-in, and its secret. Returns the file's name. */
export const writeWithingsConfig = (folder: string): string => {
  const { clientId, clientSecret } = demoApplication
  const url = addressOf(standIn)
  const source = {
    kind: 'withings',
    clientId,
    clientSecretFile: 'withings.secret',
    accountUrl: url,
    apiUrl: url,
  }
  const config = join(folder, 'withings.json')
  const files = [
    [config, JSON.stringify({ source }, null, 2)],
    [join(folder, source.clientSecretFile), clientSecret],
  ] as const
  for (const [file, text] of files) {
    writeFileSync(file, `${text}\n`, { mode: 0o600 })
    // The mode applies only to new files.
    chmodSync(file, 0o600)
  }
  return config
}

/** Whether a line of pino's log is routine, such as one about a request: level 30 is "info". */
const isRoutine = (line: string) => line.startsWith('{"level":30,')

/**
 * Writes a process's output to `data/<name>.log`. Lines that are not routine also appear on this terminal, after the name; with
 * `watch`, all lines do.
 */
const logTo = (name: string, watch: boolean) => (line: string) => {
  appendFileSync(`data/${name}.log`, `${line}\n`)
  if (watch || !isRoutine(line)) console.log(`${name.padEnd(9)} │ ${line}`)
}
