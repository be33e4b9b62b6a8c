import type { Comparison, Fork } from '../../../../extension/messages/log-entries.ts'
import type { Policy } from '../../../../extension/messages/state.ts'
import { logPage } from '../access.ts'
import { heads, line } from '../log-heads.ts'
import { administrator, DAY, device, LONG_NAME, now, patient, providers } from '../people.ts'
import { type Look, problem, type Scene, type Scenes, yes } from '../scene.ts'

const forked: Fork = {
  providerId: 'provider-0',
  organization: 'Riverside Clinic',
  foundAt: now - DAY,
  kept: line(1204),
  other: line(1204, 'x9QpTn1sWc7rM2PyC0bVXvX1mCOt6b4XwO1pA5dgkCa='),
}

/** The result of a comparison after a line was pasted. */
const compared = (comparison: Comparison, forks: Fork[] = []): Scene => ({
  address: '#compare-logs',
  answers: {
    'log-heads': yes({ heads: heads.map((head) => ({ ...head, line: line(head.size) })), forks }),
    'compare-log': yes(comparison),
  },
  act: async ({ button, field }) => {
    await field('compare_logs_theirs').fill(line(1210))
    await button('compare_logs_do').click()
  },
})

const policy: Policy = {
  allowedProviders: ['https://records.clinic.example', 'http://localhost:3100'],
  forbiddenScopes: ['user/*.rs', 'client.register'],
  longestWindow: 'day',
  locked: ['providers', 'applications'],
}

const choosesFile = ({ field }: Look) =>
  field('configuration_file').setInputFiles({
    name: 'a.json',
    mimeType: 'application/json',
    buffer: Buffer.from('{}'),
  })

/** The options page. */
export const options: Scenes = {
  first: { address: '#administration' },
  organizations: { state: { connections: [patient] } },
  units: { address: '#units', state: { connections: [patient], units: 'us' } },
  managed: {
    address: '#administration',
    state: {
      connections: [administrator],
      providers: providers.map((provider, hue) =>
        hue === 2 ? { ...provider, builtIn: true, managed: true } : provider,
      ),
      policy,
    },
  },
  lists: {
    address: '#administration',
    act: async ({ page, button, field }) => {
      await field('brands_url').fill('https://lists.example/brands.json')
      await button('brands_search').click()
      await page.getByRole('button').last().blur()
    },
  },
  import: { address: '#configuration', act: choosesFile },
  'import-same': {
    address: '#configuration',
    answers: {
      'plan-import': yes({
        ...{ added: [], changed: [], signedOut: [], foreign: [], faults: [] },
        unchanged: ['Pulse Devices'],
      }),
    },
    act: choosesFile,
  },
  policy: { address: '#configuration', state: { policy } },
  about: { address: '#about' },
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
  'name-in-use': {
    address: '#administration',
    state: { connections: [administrator] },
    act: async ({ button, field }) => {
      await field('client_name').fill('Chart Viewer')
      await button('add_client').click()
    },
  },
  administrator: {
    address: '#administration',
    state: { connections: [administrator] },
    act: async ({ page, say, button, field }) => {
      await field('client_name').fill('Growth Diary')
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
  'all-applications': {
    address: '#applications',
    state: { connections: [administrator] },
    act: async ({ page }) => page.getByRole('button', { name: /^Chart Viewer/ }).click(),
  },
  'applications-list': {
    address: '#applications',
    state: { connections: [administrator] },
    act: async ({ page }) => page.getByRole('button', { name: /^Chart Viewer/ }).waitFor(),
  },
  'application-edited': {
    address: '#applications',
    state: { connections: [administrator] },
    act: async ({ page, button, say }) => {
      await page.getByRole('button', { name: /^Chart Viewer/ }).click()
      await button('edit_of', 'Chart Viewer').click()
      await page.getByRole('form').getByLabel(say('redirect_uris')).fill('viewer.example')
      await button('save_changes').click()
    },
  },
  'application-cut': {
    address: '#applications',
    state: { connections: [administrator] },
    answers: {
      applications: yes({
        applications: [
          {
            ...{ clientId: 'viewer', clientName: 'Chart Viewer', redirectUris: ['https://viewer.example'] },
            ...{ redirectUrisCut: true, hasSecret: true, disabled: false, editable: true, inUse: false },
          },
        ],
      }),
    },
    act: async ({ page, button }) => {
      await page.getByRole('button', { name: /^Chart Viewer/ }).click()
      await button('edit_of', 'Chart Viewer').click()
    },
  },
  'applications-fail': {
    address: '#applications',
    state: { connections: [administrator] },
    answers: { applications: problem('applications-unavailable') },
  },
  'scan-fails': {
    address: '#administration',
    answers: { autoscan: problem('not-fhir-server', { organization: 'clinic.example' }) },
    act: async ({ button, field }) => {
      await field('autoscan_url').fill('https://clinic.example')
      await button('autoscan').click()
      await button('allow_host', 'clinic.example').waitFor()
    },
  },
  reset: {
    address: '#administration',
    act: async ({ button }) => {
      await button('configure_of', LONG_NAME).click()
      await button('reset_configuration').click()
    },
  },
  'logs-none': {
    address: '#compare-logs',
    answers: { 'log-heads': yes({ heads: [], forks: [] }) },
  },
  'logs-agree': compared({ outcome: 'agree', organization: 'Riverside Clinic', sizes: [1204, 1210] }),
  'logs-diverge': {
    ...compared({ outcome: 'diverge', organization: 'Riverside Clinic', sizes: [1204, 1204] }, [forked]),
  },
  'logs-unproven': compared({
    outcome: 'unproven',
    organization: LONG_NAME,
    problem: { code: 'signed-out' },
  }),
  'logs-no-proof': compared({ outcome: 'unproven', organization: 'Riverside Clinic' }),
  'logs-unknown': compared({ outcome: 'unknown-log', origin: 'records.clinic.example/audit' }),
  'logs-other-key': compared({ outcome: 'other-key', organization: 'Riverside Clinic' }),
  'logs-not-genuine': compared({ outcome: 'not-genuine', organization: 'Riverside Clinic' }),
  'logs-unreadable': compared({ outcome: 'unreadable' }),
  'access-log-visit': {
    address: '#access-log',
    state: { connections: [administrator] },
    act: async ({ page }) => {
      for (const line of await page.locator('.log button').all()) await line.click()
    },
  },
  'access-log-ahead': {
    state: { connections: [administrator] },
    answers: {
      'access-log': yes({
        ...logPage,
        entries: logPage.entries.map((entry, at) =>
          at === 0 ? { ...entry, recorded: '2099-01-01T00:00:00Z' } : entry,
        ),
        warning: { code: 'list-too-long' },
      }),
    },
    address: '#access-log',
  },
}
