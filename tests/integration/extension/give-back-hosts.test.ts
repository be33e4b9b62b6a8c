import { beforeEach, expect, it } from 'vitest'
import { giveBackHosts } from '../../../extension/background/give-back-hosts.ts'
import { items, type StoredRegistration } from '../../../extension/storage/items.ts'
import { allowedHosts } from '../../fakes/browser.ts'
import { clearBrowser, configure, createWorker } from '../../fixtures/worker.ts'

beforeEach(async () => {
  await clearBrowser()
  allowedHosts.clear()
})

it('removes the host permission of an organization that was not saved, and no other', async () => {
  const { providers, ...worker } = createWorker()
  await configure({ providers, ...worker }, 'https://riverside.test:8443')
  const hosts = ['https://riverside.test/*', 'https://*/*']
  for (const host of [...hosts, 'https://looked-at.test/*', 'http://localhost/*']) allowedHosts.add(host)
  await giveBackHosts(providers)
  const builtIns = (await providers.list()).map(({ fhirBase }) => `http://${new URL(fhirBase).hostname}/*`)
  const local = builtIns.includes('http://localhost/*') ? ['http://localhost/*'] : []
  expect([...allowedHosts]).toEqual([...hosts, ...local])
})

const registeredAt = (fhirBase: string): StoredRegistration => ({
  ...{
    id: 'own',
    organization: 'Other',
    clientId: 'own',
    clientName: 'Own',
    hasSecret: false,
    registeredAt: 0,
  },
  ...{ fhirBase, address: `${fhirBase}/register`, sealed: { iv: '', data: '' } },
})

it('removes the host permission of an organization that is removed, unless an application registered there needs it', async () => {
  const { providers, ...worker } = createWorker()
  for (const host of ['riverside', 'other']) {
    const { id } = await configure({ providers, ...worker }, `https://${host}.test`)
    allowedHosts.add(`https://${host}.test/*`)
    if (host === 'other') await items.registrations.put('own', registeredAt(`https://${host}.test/fhir`))
    await worker.answers['remove-provider']({ providerId: id })
  }
  expect([...allowedHosts]).toEqual(['https://other.test/*'])
})
