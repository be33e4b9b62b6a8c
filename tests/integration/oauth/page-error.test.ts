import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'

describe('a page that says why a form was not taken', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const refused = async (path: string, acceptLanguage: string) => {
    const response = await fetch(`${clinic.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x', 'accept-language': acceptLanguage },
      body: 'x',
    })
    expect(response.status).toBe(415)
    return response.text()
  }

  it.each(['/login', '/account', '/oauth/authorize'])(
    'is in the language of who asked, at %s',
    async (path) => {
      const english = 'This form cannot be read'
      const spanish = 'Este formulario no se puede leer'
      expect(await refused(path, 'en')).toContain(english)
      expect(await refused(path, 'es-MX')).toContain(spanish)
      expect(await refused(`${path}?ui_locales=es`, 'en')).toContain(spanish)
      expect(await refused(`${path}?ui_locales=en`, 'es')).toContain(english)
      expect(await refused(`${path}?ui_locales=fr&ui_locales=es`, 'es')).toContain(spanish)
    },
  )
})
