import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from '../../scripts/child.ts'
import { freePort, startServer, untilReady } from '../../scripts/server-process.ts'
import { copySeeded } from '../fixtures/seeded-database.ts'

/** A demo organization as a process of its own, on a database of its own. */
export interface Organization {
  readonly name: string
  readonly url: string
  /** As the extension's build takes it in `CAREKEY_PROVIDERS`. */
  readonly provider: object
  /** From now on it cannot be reached; what it has stored stays. */
  stop(): Promise<void>
  start(): Promise<void>
}

const names = { riverside: 'Riverside Clinic', pulse: 'Pulse Devices' } as const

/** Its database and its output are kept in `folder`. */
export const startOrganization = async (demo: keyof typeof names, folder: string): Promise<Organization> => {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const db = join(folder, `${demo}.db`)
  await copySeeded(db, { name: demo, clock: Date.now })
  let child: Child | undefined
  const organization: Organization = {
    name: names[demo],
    url,
    provider: {
      id: demo,
      name: names[demo],
      fhirBase: `${url}/fhir`,
      authorizationEndpoint: `${url}/oauth/authorize`,
      clientId: 'carekey',
    },
    start: async () => {
      child = startServer({
        port,
        demo,
        db: `sqlite:${db}`,
        onLine: (line) => appendFileSync(join(folder, `${demo}.log`), `${line}\n`),
      })
      await untilReady(url, child)
    },
    stop: async () => child?.stop(),
  }
  await organization.start()
  return organization
}
