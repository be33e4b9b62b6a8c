import { mkdirSync } from 'node:fs'
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

/** Its output appears on this terminal, each line after the organization's name. */
export const startOrganizationProcess = (organization: Organization, watch = false): Child => {
  mkdirSync('data', { recursive: true })
  const { demo, port } = organization
  return startServer({
    ...{ port, db: `sqlite:data/${demo}.db`, demo, watch },
    onLine: (line) => console.log(`${demo.padEnd(9)} │ ${line}`),
  })
}
