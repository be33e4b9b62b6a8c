import { administrator, device, LONG_NAME, patient, providers } from '../people.ts'
import { problem, type Scenes } from '../scene.ts'

/** The options page. */
export const options: Scenes = {
  first: {},
  managed: {
    state: {
      connections: [administrator],
      providers: providers.map((provider, hue) =>
        hue === 2 ? { ...provider, builtIn: true, managed: true } : provider,
      ),
      policy: {
        allowedProviders: ['https://records.clinic.example', 'http://localhost:3100'],
        forbiddenScopes: ['user/*.rs', 'client.register'],
        longestWindow: 'day',
        locked: ['providers', 'applications'],
      },
    },
  },
  lists: {
    act: async ({ page, button, field }) => {
      await field('brands_url').fill('https://lists.example/brands.json')
      await button('brands_search').click()
      await field('configuration_file').setInputFiles({
        name: 'a.json',
        mimeType: 'application/json',
        buffer: Buffer.from('{}'),
      })
      await page.getByRole('button').last().blur()
    },
  },
  disconnect: {
    state: { connections: [patient, device] },
    act: ({ button }) => button('disconnect_everywhere').click(),
  },
  disconnected: {
    state: { connections: [patient, device] },
    act: async ({ button }) => {
      await button('disconnect_everywhere').click()
      await button('disconnect').click()
    },
  },
  administrator: {
    state: { connections: [administrator] },
    act: async ({ page, say, button, field }) => {
      await field('client_name').fill('Chart Viewer')
      await button('add_client').click()
      await field('autoscan_url').fill('http://localhost:3100')
      await button('autoscan').click()
      await page
        .getByRole('form', { name: say('configure_title') })
        .getByLabel(say('client_id'))
        .fill('carekey')
      await button('save_configuration').click()
    },
  },
  'scan-fails': {
    answers: { autoscan: problem('unreachable') },
    act: async ({ button, field }) => {
      await field('autoscan_url').fill('https://clinic.example')
      await button('autoscan').click()
      await button('edit_of', LONG_NAME).click()
      await button('reset_configuration').click()
    },
  },
}
