import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Child } from '../../scripts/child.ts'
import { freePort, startServer, untilReady } from '../../scripts/server-process.ts'
import { copySeeded } from '../fixtures/seeded-database.ts'

/** A demo organization in its own process, on its own database. */
export interface Organization {
  readonly name: string
  readonly url: string
  /** The address of its database. */
  readonly db: string
  /** As the build of the extension expects it in `CAREKEY_PROVIDERS`. */
  readonly provider: object
  /** Makes it unreachable; its stored data stay. */
  stop(): Promise<void>
  start(): Promise<void>
}

const names = { riverside: 'Riverside Clinic', pulse: 'Pulse Devices' } as const

/** `folder` holds its database and its output. */
export const startOrganization = async (demo: keyof typeof names, folder: string): Promise<Organization> => {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const db = join(folder, `${demo}.db`)
  await copySeeded(db, { name: demo, clock: Date.now })
  let child: Child | undefined
  const organization: Organization = {
    name: names[demo],
    url,
    db: `sqlite:${db}`,
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
        db: organization.db,
        onLine: (line) => appendFileSync(join(folder, `${demo}.log`), `${line}\n`),
      })
      await untilReady(url, child)
    },
    stop: async () => child?.stop(),
  }
  await organization.start()
  return organization
}
