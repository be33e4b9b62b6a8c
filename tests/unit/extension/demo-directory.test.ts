import type { UserConfig } from 'vite'
import { expect, it } from 'vitest'
import { matching } from '../../../extension/administration/fetch-brands.ts'
import { readBrands } from '../../../extension/administration/read-brands.ts'
import { demoOrganizations } from '../../../server/demo/organizations.ts'
import config from '../../../vite.config.ts'

const built = () => (config as (env: { mode: string }) => UserConfig)({ mode: 'chrome' }).define ?? {}

it('a build for the demo finds its organizations by the place that they state themselves', async () => {
  const brands = await readBrands(JSON.parse(built().__KNOWN_DIRECTORY__))
  expect(matching(brands, 'springfield').map(({ name, place }) => [name, place])).toEqual([
    ['Riverside Clinic', 'Springfield, IL, US'],
    ['Pulse Devices', 'Springfield, IL, US'],
  ])
  for (const { name, place } of brands) {
    const { address } = Object.values(demoOrganizations).find((each) => each.name === name) ?? {}
    expect(address && [address.city, address.state, address.country].join(', ')).toBe(place)
  }
})

it('of a provider, a build knows nothing but how to sign in', () => {
  for (const provider of JSON.parse(built().__KNOWN_PROVIDERS__))
    expect(Object.keys(provider).sort()).toEqual([
      'about',
      'authorizationEndpoint',
      'clientId',
      'fhirBase',
      'id',
      'name',
    ])
})
