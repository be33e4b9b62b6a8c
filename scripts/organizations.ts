import { appendFileSync, mkdirSync } from 'node:fs'
import type { Child } from './child.ts'
import { isPortFree, startServer } from './server-process.ts'

/** The two demo organizations, as `npm start` and `npm run dev` run them. */
export const organizations = [
  {
    demo: 'riverside',
    name: 'Riverside Clinic',
    port: 3100,
    accounts: ['john', 'jane', 'lee (clinician)', 'admin'],
  },
  { demo: 'pulse', name: 'Pulse Devices', port: 3200, accounts: ['john', 'jane', 'admin'] },
] as const

export type Organization = (typeof organizations)[number]

export const addressOf = ({ port }: Organization) => `http://localhost:${port}`

/** @throws Error that names the taken port and what to do. */
export const requireFreePorts = async (): Promise<void> => {
  for (const { name, port } of organizations) {
    if (await isPortFree(port)) continue
    throw new Error(
      `Port ${port}, where ${name} should listen, is taken by another program (an npm start that still runs?). End it and try again.`,
    )
  }
}

/** What a server writes of each request, in pino's lines: level 30 is "info". */
const isRoutine = (line: string) => line.startsWith('{"level":30,')

/**
 * Its output is kept in `data/<demo>.log`; what is out of the ordinary, or everything when it watches its source,
 * appears on this terminal too, after its name.
 */
export const startOrganizationProcess = (organization: Organization, watch = false): Child => {
  mkdirSync('data', { recursive: true })
  const { demo, port } = organization
  return startServer({
    port,
    db: `sqlite:data/${demo}.db`,
    demo,
    watch,
    onLine: (line) => {
      appendFileSync(`data/${demo}.log`, `${line}\n`)
      if (watch || !isRoutine(line)) console.log(`${demo.padEnd(9)} │ ${line}`)
    },
  })
}
