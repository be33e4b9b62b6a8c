import { createHash } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import { type Clock, type Config, fhirBase } from '../config.ts'
import { addSetting, findSetting } from '../store/settings.ts'
import type { Store } from '../store/store.ts'

/**
 * Returns the User-access Brands Bundle (SMART App Launch 2.2, section 7): the organization as people search for it, and
 * its FHIR endpoint.
 *
 * @param changedAt when the bundle last changed, milliseconds since 1970.
 */
const brandsBundle = (config: Config, changedAt: number) => {
  const timestamp = new Date(changedAt).toISOString()
  const id = createHash('sha256').update(config.publicUrl).digest('hex').slice(0, 32)
  const [endpoint, organization] = [`${id}-endpoint`, `${id}-brand`]
  const { name, about, address } = config.organization
  return {
    resourceType: 'Bundle',
    id: `${id}-bundle`,
    meta: { profile: [`${PROFILES}/user-access-brands-bundle`], lastUpdated: timestamp },
    type: 'collection',
    timestamp,
    entry: [
      {
        fullUrl: `${config.publicUrl}/Organization/${organization}`,
        resource: {
          resourceType: 'Organization',
          id: organization,
          meta: { profile: [`${PROFILES}/user-access-brand`] },
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/organization-portal',
              extension: [
                { url: 'portalName', valueString: `${name}: who may read my record` },
                { url: 'portalDescription', valueMarkdown: about },
                { url: 'portalUrl', valueUrl: `${config.publicUrl}/account` },
                { url: 'portalEndpoint', valueReference: { reference: `Endpoint/${endpoint}` } },
              ],
            },
          ],
          identifier: [{ system: 'urn:ietf:rfc:3986', value: config.publicUrl }],
          active: true,
          type: [
            {
              coding: [{ system: 'http://terminology.hl7.org/CodeSystem/organization-type', code: 'prov' }],
            },
          ],
          name,
          ...(address && { address: [address] }),
          telecom: [{ system: 'url', value: config.publicUrl }],
          endpoint: [{ reference: `Endpoint/${endpoint}` }],
        },
      },
      {
        fullUrl: `${config.publicUrl}/Endpoint/${endpoint}`,
        resource: {
          resourceType: 'Endpoint',
          id: endpoint,
          meta: { profile: [`${PROFILES}/user-access-endpoint`] },
          extension: [
            {
              url: 'http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version',
              valueCode: '4.0.1',
            },
          ],
          status: 'active',
          connectionType: {
            system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
            code: 'hl7-fhir-rest',
          },
          name: `${name} FHIR R4`,
          contact: [{ system: 'url', value: config.publicUrl }],
          payloadType: [
            {
              coding: [
                { system: 'http://terminology.hl7.org/CodeSystem/endpoint-payload-type', code: 'none' },
              ],
            },
          ],
          address: fhirBase(config),
        },
      },
    ],
  }
}

const PROFILES = 'http://hl7.org/fhir/smart-app-launch/StructureDefinition'

/** Serves `B/brands.json`. Any page may read it; an ETag saves a second download while it is unchanged (checklist S27). */
export const brandsRoutes =
  ({ config, store, clock }: { config: Config; store: Store; clock: Clock }): FastifyPluginAsync =>
  async (app) => {
    const content = JSON.stringify(brandsBundle(config, 0).entry)
    const tag = createHash('sha256').update(content).digest('base64url').slice(0, 22)
    const body = JSON.stringify(brandsBundle(config, await lastChange(store, tag, clock())))
    const etag = `W/"${tag}"`

    app.get('/brands.json', { config: { cors: 'anyone' } }, async (request, reply) => {
      reply.headers({
        'access-control-expose-headers': 'etag',
        'cache-control': 'public, max-age=3600',
        etag,
      })
      const etags = request.headers['if-none-match']?.split(',').map((each) => each.trim())
      if (etags?.some((each) => each === etag || each === '*')) return reply.code(304).send()
      return reply.type('application/fhir+json; charset=utf-8').send(body)
    })
  }

/** Returns when the current content was first served; stored, so that a restart or a second process is not a change. */
const lastChange = async (store: Store, tag: string, now: number): Promise<number> => {
  const name = `brands.${tag}`
  const changedAt = await findSetting(store.db, name)
  if (changedAt !== undefined) return Number(changedAt)
  await store.write((trx) => addSetting(trx, name, String(now)))
  return Number((await findSetting(store.db, name)) ?? now)
}
