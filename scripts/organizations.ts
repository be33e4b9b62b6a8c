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

/** @throws Error that names a port in use, and says what to do. */
export const requireFreePorts = async (): Promise<void> => {
  for (const { name, port } of organizations) {
    if (await isPortFree(port)) continue
    throw new Error(
      `Port ${port}, which ${name} needs, is in use by another program, perhaps another npm start. End that program and try again.`,
    )
  }
}

/** Whether a line of pino's log is routine, such as one about a request: level 30 is "info". */
const isRoutine = (line: string) => line.startsWith('{"level":30,')

/**
 * Starts an organization and writes its output to `data/<demo>.log`. Lines that are not routine also appear on this terminal, after
 * its name; with `watch`, all lines do.
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
