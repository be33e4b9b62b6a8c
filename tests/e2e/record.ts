import { isGood } from '../fixtures/is-good.ts'
import { type Application, carekeyAt, signIn } from '../fixtures/sign-in.ts'
import type { Organization } from './organization.ts'

/** Reads from an organization's FHIR API without the extension, as a second opinion. */
interface Reader {
  read(path: string): Promise<Resource>
}

/** FHIR JSON to the depth that the tests need. */
interface Resource {
  // biome-ignore lint/suspicious/noExplicitAny: a FHIR resource has any shape; a wrong path fails its test.
  [name: string]: any
}

export const readAs = async (
  organization: Organization,
  username: string,
  scope: string,
  application: Application = carekeyAt(organization.url),
): Promise<Reader> => {
  const { access_token } = await signIn(organization.url, { username, scope, application })
  return {
    read: async (path) => {
      const response = await fetch(`${organization.url}/fhir/${path}`, {
        headers: { authorization: `Bearer ${access_token}` },
      })
      if (!response.ok)
        throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`)
      return (await response.json()) as Resource
    },
  }
}

/** Returns the newest resource of a search that must find at least one. */
export const newest = async (reader: Reader, search: string): Promise<Resource> => {
  const bundle = await reader.read(`${search}&_sort=-date&_count=1`)
  return bundle.entry[0].resource
}

/** Returns the entries of a person's log since a time, as text with readable queries: tests of one process share their organizations. */
export const logSince = async (
  organization: Organization,
  username: string,
  since: Date,
): Promise<string> => {
  const reader = await readAs(organization, username, 'openid launch/patient patient/AuditEvent.rs')
  const { entry } = await reader.read(`AuditEvent?date=ge${since.toISOString()}&_count=100`)
  return JSON.stringify(entry).replaceAll(/"query":"([^"]+)"/g, (_, query) => atob(query))
}

export const hasToken = (organization: Organization, token: string): Promise<boolean> =>
  isGood(organization.url, token)
