import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'

describe('the page for an unknown Client ID', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const pageFor = async (clientId: string) => {
    const query = new URLSearchParams({ response_type: 'code', client_id: clientId })
    const response = await fetch(`${clinic.url}/oauth/authorize?${query}`)
    expect(response.status).toBe(400)
    return response.text()
  }

  it('names it, for the administrator of the application', async () => {
    expect(await pageFor('growth_chart')).toContain(
      'no application has the Client ID growth_chart; npm run admin -- client add --id growth_chart … registers one',
    )
  })

  it('prints nothing of a Client ID that is posted as markup, or given twice', async () => {
    const body = new URLSearchParams({ response_type: 'code', client_id: '<b>call 555</b>' })
    const twice = 'response_type=code&client_id=growth_chart&client_id=other'
    for (const [query, init] of [
      ['', { method: 'POST', body }],
      [`?${twice}`, {}],
      ['', { method: 'POST', body: new URLSearchParams(twice) }],
    ] as const) {
      const response = await fetch(`${clinic.url}/oauth/authorize${query}`, init)
      expect(response.status).toBe(400)
      expect(await response.text()).not.toMatch(/call 555|growth_chart|has the Client ID/)
    }
  })

  it.each([
    'Call 555 0100 now',
    '<b>bold</b>',
    'a'.repeat(41),
    'x\u202Ey',
    'https://evil.example/x',
    'evil.example',
  ])('does not print %j', async (text) => {
    const page = await pageFor(text)
    expect(page).toContain('invalid_client')
    expect(page).not.toContain('has the Client ID')
  })
})

describe('a page that says why a form was refused', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const pageOf = async (path: string, acceptLanguage: string) => {
    const response = await fetch(`${clinic.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'accept-language': acceptLanguage },
      body: 'x',
    })
    expect(response.status).toBe(415)
    return response.text()
  }

  it.each(['/login', '/account', '/oauth/authorize'])("is in the visitor's language, at %s", async (path) => {
    const english = 'This form cannot be read'
    const spanish = 'Este formulario no se puede leer'
    expect(await pageOf(path, 'en')).toContain(english)
    expect(await pageOf(path, 'es-MX')).toContain(spanish)
    expect(await pageOf(`${path}?ui_locales=es`, 'en')).toContain(spanish)
    expect(await pageOf(`${path}?ui_locales=en`, 'es')).toContain(english)
    expect(await pageOf(`${path}?ui_locales=fr&ui_locales=es`, 'es')).toContain(spanish)
  })
})
