import { beforeEach, expect, it } from 'vitest'
import { giveBackHosts } from '../../../extension/background/give-back-hosts.ts'
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
