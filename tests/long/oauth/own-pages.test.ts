import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { carekeyClient } from '../../../server/demo/seed.ts'
import { putClient } from '../../../server/oauth/clients/clients.ts'
import { riverside } from '../../fixtures/seeded-database.ts'
import { startServerProcess } from '../../fixtures/server-process.ts'
import { createDatabase, type TestDatabase } from '../../fixtures/store.ts'
import { createUserAgent, type UserAgent } from '../../fixtures/user-agent.ts'

const run = promisify(execFile)
const APPLICATION = 'action="/ehr/launch"'

describe('the organization’s own pages, after npm start', () => {
  let database: TestDatabase
  let server: Awaited<ReturnType<typeof startServerProcess>>
  beforeAll(async () => {
    database = await createDatabase('sqlite', riverside)
    server = await startServerProcess({ db: database.url, logKey: database.logKey })
  })
  afterAll(async () => {
    await server.stop()
    await database.close()
  })

  const signedIn = async (username: string, at: string): Promise<UserAgent> => {
    const agent = createUserAgent(server.url)
    await agent.submit(await agent.open(at), { username, password: `${username}-demo` })
    return agent
  }

  it('/ehr sends clinicians to their administrator for an application, and shows one that was added as the README says', async () => {
    const agent = await signedIn('lee', '/ehr')
    const launchable = (await agent.open('/ehr/patient/jane-doe')).html
    expect(launchable).toContain(APPLICATION)
    expect(launchable).toContain('name="client_id" value="carekey"')
    // An organization without applications.
    const { launch_uri: _taken, ...unlaunchable } = carekeyClient({ publicUrl: 'http://localhost' })
    const store = await database.open()
    await store.write((trx) => putClient(trx, unlaunchable))
    await store.close()
    const empty = (await agent.open('/ehr/patient/jane-doe')).html
    expect(empty).not.toContain(APPLICATION)
    expect(empty).toContain('No application can be opened from here yet. Ask your administrator')
    expect(empty).not.toContain('npm run')
    const readme = await readFile('README.md', 'utf8')
    const command = /npm run admin -- (client add (?:[^\n]|\\\n)*--launch \S+)/.exec(readme)?.[1] ?? ''
    const folder = await mkdtemp(join(tmpdir(), 'carekey-own-pages-'))
    const config = join(folder, 'clinic.json')
    await writeFile(config, JSON.stringify({ db: database.url }))
    const filledIn = command.replaceAll('\\\n', '').replace('clinic.json', config)
    const args = [...filledIn.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word)
    await run(process.execPath, ['server/cli/admin/main.ts', ...args])
    await rm(folder, { recursive: true })
    const { html } = await agent.open('/ehr/patient/jane-doe')
    expect(html).toContain(APPLICATION)
    expect(html).toContain('Chart Viewer')
  })

  it('the extension can be launched, because its launch address is a page that it has', () => {
    expect(existsSync('extension/launch/index.html')).toBe(true)
    const { launch_uri } = carekeyClient({ publicUrl: 'http://localhost' })
    expect(launch_uri).toMatch(/^chrome-extension:\/\/[a-p]{32}\/extension\/launch\/index\.html$/)
  })

  it('a clinician can go from one to the other, and / leads everybody to the account', async () => {
    expect((await createUserAgent(server.url).open('/login?next=/ehr')).html).toContain('to find a patient')
    const lee = await signedIn('lee', '/ehr')
    for (const path of ['/ehr', '/ehr/patient/jane-doe'])
      expect((await lee.open(path)).html, path).toContain('href="/account"')
    expect((await lee.open('/')).html).toContain('href="/ehr"')
    const john = await signedIn('john', '/')
    expect((await john.open('/account')).html).not.toContain('href="/ehr"')
    for (const path of ['/ehr', '/nowhere']) expect((await john.open(path)).html).toContain('href="/account"')
    const nowhere = await john.open('/nowhere?ui_locales=es')
    expect(nowhere.status).toBe(404)
    expect(nowhere.html).toContain('Página no encontrada')
  })
})
