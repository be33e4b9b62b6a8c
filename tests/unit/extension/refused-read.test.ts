import { expect, it } from 'vitest'
import { createClient } from '../../../extension/fhir/client.ts'

const outcome = (code: string) =>
  JSON.stringify({ resourceType: 'OperationOutcome', issue: [{ severity: 'error', code }] })

it.each([
  [outcome('too-costly'), 'too-many-people'],
  [outcome('forbidden'), 'refused'],
  ['{"issue":"too-costly"}', 'refused'],
  ['null', 'refused'],
  ['not allowed', 'refused'],
  ['', 'refused'],
])('a 403 with %j is the problem %s', async (body, code) => {
  const client = createClient({
    fhirBase: 'https://clinic.example/fhir',
    fetch: async () => new Response(body, { status: 403 }),
  })
  await expect(client.search('AuditEvent', {})).rejects.toMatchObject({ code })
})
