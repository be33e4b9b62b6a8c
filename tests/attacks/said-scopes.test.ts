import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, logIn } from './authorization-request.ts'

const anna = attack()

/** Asks for these scopes, and returns the error with which the application gets its person back. */
const refusalOf = async (scope: string) => {
  const { page } = await ask(anna, { scope: `openid launch/patient ${scope}` })
  const { searchParams } = page.url
  return { error: searchParams.get('error'), description: searchParams.get('error_description') }
}

const register = (scope: string) =>
  anna.send('/oauth/register', {
    as: 'TADM',
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Limited',
      redirect_uris: ['https://limited.example/callback'],
      token_endpoint_auth_method: 'none',
      scope,
    }),
  })

const UNSAID = [
  'date=ne2024',
  'date=sa2024-05-01',
  'date=eb2024-05-01',
  'date=ap2024',
  'date=ge2024-05-01T10:00:00Z',
  'date=ge2024,ne2025',
  'code:not=http://loinc.org|718-7',
  'code=http://loinc.org|',
  'code=|718-7',
  'category=urn:evil|laboratory',
  'category=or+no+results,+only+your+first+name+is+read',
  'category=laboratory%E2%80%AE',
  'category=laboratory%C2%85',
  'category=%E2%A0%80',
  'status=none-of-these',
  'status:missing=true',
  '_lastUpdated=ge2024',
  '_id=a-obs1',
  'patient=pa',
  'subject:Patient=pa',
  'value-quantity=gt5.4|http://unitsofmeasure.org|mg',
  'value-concept=laboratory',
  'component-code=8480-6',
  'category=laboratory&_lastUpdated=ge2024',
]

describe('J04 a limit that the consent page cannot say is refused by name', () => {
  test.each(UNSAID)('patient/Observation.rs?%s', async (limit) => {
    const scope = `patient/Observation.rs?${limit}`
    const { error, description } = await refusalOf(scope)
    expect(error).toBe('invalid_scope')
    expect(description).toMatch(/^scope has a limit .*of patient\/Observation\.rs that .* cannot show/)
    expect(description).not.toMatch(/first name|evil/)
    const { status, json } = await register(scope)
    expect(status).toBe(400)
    expect(json).toMatchObject({ error: 'invalid_client_metadata', error_description: description })
  })

  test('names the parameter', async () => {
    const { description } = await refusalOf('patient/Observation.rs?category=laboratory&date=ne2024')
    expect(description).toContain('by date of patient/Observation.rs')
  })

  test.each([
    'patient/AuditEvent.rs?subtype=read',
    'patient/Patient.rs?birthdate=1980',
    'user/Patient.rs?name=a',
  ])('%s', async (scope) => expect((await refusalOf(scope)).error).toBe('invalid_scope'))
})

describe('J04 a limit that can be said is said', () => {
  const hintsOf = async (scope: string, parameters = {}) => {
    const { page } = await logIn(await ask(anna, { scope: `launch/patient ${scope}`, parameters }))
    return [
      ...page.html.matchAll(
        /<span>([^<]*)<\/span>(?:<span[^>]*count[^>]*>[^<]*<\/span>)?<span class="quiet hint">([^<]*)<\/span>/g,
      ),
    ]
      .map(([, label, hint]) => `${label} | ${hint}`)
      .slice(0, 1)
  }

  test.each([
    [
      'patient/Observation.rs?category=laboratory',
      'Laboratory results | only these: category “laboratory” of any list of codes',
      'Resultados de laboratorio | solo esto: categoría «laboratory» de cualquier lista de códigos',
    ],
    [
      'patient/Observation.rs?date=ge2024-05-01&status=final,amended',
      'Some of: vital signs and results | only these: dated 1 May 2024 or later, or lasting beyond it; and status “final” or “amended”',
      'Una parte de: signos vitales y resultados | solo esto: con fecha 1 may 2024 o posterior, o que dura más allá; y estado «final» o «amended»',
    ],
    [
      'patient/Observation.rs?date=lt2024',
      'Some of: vital signs and results | only these: dated before 2024, or begun before it',
      'Una parte de: signos vitales y resultados | solo esto: con fecha antes de 2024, o empezado antes',
    ],
    // The log is written in UTC, and the person reads it in their own time.
    [
      'patient/AuditEvent.rs?date=2025',
      'Some of: who read the record | only these: dated within 2025 (UTC)',
      'Una parte de: quién leyó la historia | solo esto: con fecha dentro de 2025 (UTC)',
    ],
  ])('%s', async (scope, english, spanish) => {
    expect(await hintsOf(scope)).toEqual([english])
    expect(await hintsOf(scope, { ui_locales: 'es' })).toEqual([spanish])
  })
})
