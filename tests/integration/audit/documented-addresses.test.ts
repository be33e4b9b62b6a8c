import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'

const addresses = new Set(
  [...readFileSync('docs/access-log.md', 'utf8').matchAll(/\bB(\/[\w/-]+)/g)].map(([, path = '']) => path),
)

describe('an address in docs/access-log.md', () => {
  let clinic: TestOrganization
  beforeAll(async () => {
    clinic = await startOrganization({ demo: 'riverside' })
  })
  afterAll(() => clinic.close())

  const statusOf = async (path: string) =>
    (await fetch(`${clinic.url}${path}`, { redirect: 'manual' })).status

  it.each([...addresses])('is one of the server: B%s', async (path) => {
    expect(await statusOf(path)).not.toBe(404)
  })

  it('would be missed if the server did not have it', async () => {
    expect(addresses.size).toBeGreaterThan(5)
    expect(await statusOf('/account/download-log')).toBe(404)
  })
})
