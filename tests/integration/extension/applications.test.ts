import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createApplications } from '../../../extension/administration/list-applications.ts'
import { findClientRow, putClient } from '../../../server/oauth/clients/clients.ts'
import { redirectAddress } from '../../../values/extension-addresses.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { createUserAgent } from '../../fixtures/user-agent.ts'
import { clearBrowser, configure, createWorker, signInAs } from '../../fixtures/worker.ts'

let riverside: TestOrganization
beforeAll(async () => {
  riverside = await startOrganization({ demo: 'riverside' })
})
afterAll(() => riverside.close())
beforeEach(clearBrowser)

const elsewhere = { client_id: 'elsewhere', client_name: 'From the terminal' }

const administrator = async () => {
  await riverside.store.write((trx) =>
    putClient(trx, { ...elsewhere, redirect_uris: ['https://viewer.test/'], client_secret: 'first' }),
  )
  const worker = createWorker()
  const provider = await configure(worker, riverside.url)
  const { id: connectionId } = await signInAs(worker, provider, { username: 'admin' }, 'administer')
  const find = async (clientId: string) =>
    (await worker.answers.applications({ connectionId })).applications.find(
      (each) => each.clientId === clientId,
    )
  return { worker, connectionId, find }
}

/** Answers as an organization that is not a Carekey server. */
const list = (answer: object | undefined) =>
  createApplications({
    sessions: { sendJson: async () => answer && Response.json(answer), find: async () => undefined } as never,
    providers: {} as never,
  }).list({ connectionId: 'any' })

describe('the applications of an organization', () => {
  it('are listed, also if they were not registered from here', async () => {
    const { find } = await administrator()
    expect(await find('elsewhere')).toEqual({
      clientId: 'elsewhere',
      clientName: 'From the terminal',
      redirectUris: ['https://viewer.test/'],
      scope: '',
      ...{ hasSecret: true, disabled: false, editable: true, inUse: false },
      use: { people: 0, isAll: true },
    })
    expect(await find('carekey')).toMatchObject({
      ...{ clientName: 'Carekey', inUse: true, use: { people: 1, isAll: true } },
    })
  })

  it('are edited, disabled, enabled and deleted', async () => {
    const { worker, connectionId, find } = await administrator()
    const change = worker.answers['change-application']
    const target = { connectionId, clientId: 'elsewhere' }
    const edit = {
      clientName: ' Chart Viewer ',
      redirectUris: ['https://viewer.test/a', 'https://other.test/b'],
      scope: 'openid patient/Condition.rs',
    }
    expect(await change({ ...target, change: edit })).toMatchObject({
      ...{ ...edit, clientName: 'Chart Viewer', scope: expect.stringContaining('patient/Condition.rs') },
    })
    for (const scope of ['', 'openid  fhirUser', 'open"id', 'openid\npatient/*.rs'])
      await expect(change({ ...target, change: { scope } }), scope).rejects.toMatchObject({
        code: 'invalid-input',
      })
    expect((await change({ ...target, change: { disabled: true } })).disabled).toBe(true)
    expect(await find('elsewhere')).toMatchObject({
      ...{ ...edit, clientName: 'Chart Viewer', disabled: true, scope: expect.stringContaining('Condition') },
    })
    expect((await change({ ...target, change: { disabled: false } })).disabled).toBe(false)
    await worker.answers['delete-application'](target)
    expect(await find('elsewhere')).toBeUndefined()
    await worker.answers['delete-application'](target)
    await expect(change({ ...target, change: { disabled: true } })).rejects.toMatchObject({
      code: 'registration-unknown',
    })
  })

  it('are tried out as people see their sign-in, up to a code that nobody can redeem', async () => {
    const { worker, connectionId } = await administrator()
    const redirectUri = 'https://viewer.test/'
    const address = await worker.answers['try-application']({
      ...{ connectionId, clientId: 'elsewhere', redirectUri, scope: 'launch launch/patient patient/*.rs' },
    })
    const agent = createUserAgent(riverside.url)
    const login = await agent.open(address)
    expect(login.html).toContain('From the terminal')
    const consent = await agent.submit(login, { username: 'john', password: 'john-demo' })
    const { url } = await agent.submit(consent, { window: 'hour', decision: 'allow' })
    expect(url.href).toMatch(/^https:\/\/viewer\.test\/\?code=/)
    const redeem = (more: object) =>
      fetch(`${riverside.url}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa('elsewhere:first')}` },
        body: new URLSearchParams({
          ...{ grant_type: 'authorization_code', code: url.searchParams.get('code') ?? '' },
          ...{ redirect_uri: redirectUri, ...more },
        }),
      }).then((response) => response.json())
    expect(await redeem({ code_verifier: 'a'.repeat(43) })).toMatchObject({ error: 'invalid_grant' })
    expect(await redeem({})).not.toHaveProperty('access_token')
  })

  it('keep the part that an edit leaves out, and addresses as they were typed', async () => {
    const { worker, connectionId, find } = await administrator()
    const addresses = ['https://app.example.org', 'https://app.example.org:443/A%7e']
    const long = `https://viewer.test/${'a'.repeat(2000)}`
    const redirect_uris = ['https://viewer.test', 'https://10.0.0.1/callback', long]
    const write = (client: object) =>
      riverside.store.write((trx) => putClient(trx, { ...elsewhere, ...client }))
    const change = (edit: object) =>
      worker.answers['change-application']({ connectionId, clientId: 'elsewhere', change: edit })
    const stored = async () =>
      JSON.parse((await findClientRow(riverside.store.db, 'elsewhere'))?.payload ?? '')

    await write({ redirect_uris, client_secret: 'first' })
    expect(await change({ clientName: 'Chart Viewer' })).toMatchObject({ redirectUrisCut: true })
    expect(await stored()).toMatchObject({ client_name: 'Chart Viewer', redirect_uris })
    expect((await find('elsewhere'))?.redirectUris).toHaveLength(2)

    expect((await change({ redirectUris: addresses })).redirectUrisCut).toBeUndefined()
    expect(await stored()).toMatchObject({ client_name: 'Chart Viewer', redirect_uris: addresses })
  })

  it('get a new secret, which the provider that is configured here gets too', async () => {
    const { worker, connectionId } = await administrator()
    const application = await worker.registrations.register({
      connectionId,
      clientName: 'Ward tablet',
      redirectUri: redirectAddress(fakeBrowser.identity.getRedirectURL(), `${riverside.url}/fhir`),
    })
    const own = await configure(worker, riverside.url, application)
    const { clientSecret } = await worker.answers['change-application']({
      ...{ connectionId, clientId: application.clientId },
      change: { newSecret: true },
    })
    expect(clientSecret).toMatch(/.{20}/)
    expect(clientSecret).not.toBe(application.clientSecret)
    expect((await signInAs(worker, own, { username: 'john' })).patient?.name).toBe('John Doe')
    await worker.answers['delete-application']({ connectionId, clientId: application.clientId })
    expect(await worker.registrations.list()).toEqual([])
  })

  it('are called in the list of those registered from here as the organization calls them, and disabled there too', async () => {
    const { worker, connectionId, find } = await administrator()
    const { clientId } = await worker.registrations.register({
      connectionId,
      clientName: 'Ward App',
      redirectUri: redirectAddress(fakeBrowser.identity.getRedirectURL(), `${riverside.url}/fhir`),
    })
    const target = { connectionId, clientId }
    const change = worker.answers['change-application']
    const listed = async () => (await worker.registrations.list())[0]

    await change({ ...target, change: { clientName: 'Ward App 2' } })
    expect(await listed()).toMatchObject({ clientId, clientName: 'Ward App 2', disabled: false })
    await change({ ...target, change: { disabled: true } })
    expect(await listed()).toMatchObject({ clientName: 'Ward App 2', disabled: true })

    const row = JSON.parse((await findClientRow(riverside.store.db, clientId))?.payload ?? '')
    await riverside.store.write((trx) => putClient(trx, { ...row, client_name: 'Ward App 3' }))
    await find(clientId)
    expect((await listed())?.clientName, 'changed by another administrator').toBe('Ward App 3')
    await worker.answers['delete-application'](target)
  })

  it('are not changed into something that nobody could use', async () => {
    const { worker, connectionId, find } = await administrator()
    const change = worker.answers['change-application']
    const target = { connectionId, clientId: 'elsewhere' }
    for (const [edit, code] of [
      [{ clientName: ' ', redirectUris: ['https://viewer.test/'] }, 'invalid-input'],
      [{ clientName: 'Viewer', redirectUris: ['viewer.test'] }, 'invalid-input'],
      [{ clientName: 'Viewer', redirectUris: [] }, 'change-refused'],
    ] as const)
      await expect(
        change({ ...target, change: { ...edit, redirectUris: [...edit.redirectUris] } }),
      ).rejects.toMatchObject({ code })
    await expect(
      change({ connectionId, clientId: 'carekey', change: { disabled: true } }),
    ).rejects.toMatchObject({ code: 'change-refused' })
    expect(await find('elsewhere')).toMatchObject({ clientName: 'From the terminal' })
  })

  it('are unavailable if the organization names no list, or answers something else', async () => {
    await expect(list(undefined)).rejects.toMatchObject({ code: 'applications-unavailable' })
    for (const answer of [{}, { applications: [{}] }, { applications: [{ client_id: 'a'.repeat(501) }] }])
      await expect(list(answer)).rejects.toMatchObject({ code: 'untrusted-answer' })
    const names = {
      client_name: 'Chart\u202eViewer',
      redirect_uris: ['https://viewer.test/', 5],
      disabled: 'yes',
      use: { people: -1, complete: true },
    }
    expect(await list({ applications: [{ client_id: 'a', ...names }], next: 5 })).toEqual({
      applications: [
        {
          clientId: 'a',
          clientName: 'ChartViewer',
          redirectUris: ['https://viewer.test/'],
          redirectUrisCut: true,
          scope: '',
          ...{ hasSecret: false, disabled: false, editable: false, inUse: false },
        },
      ],
    })
  })

  it('are shown to administrators only', async () => {
    const worker = createWorker()
    const provider = await configure(worker, riverside.url)
    const { id: connectionId } = await signInAs(worker, provider, { username: 'john' })
    await expect(worker.answers.applications({ connectionId })).rejects.toMatchObject({ code: 'refused' })
  })
})
