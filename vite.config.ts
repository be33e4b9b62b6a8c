import { readdirSync, readFileSync } from 'node:fs'
import { crx, type ManifestV3Export } from '@crxjs/vite-plugin'
import preact from '@preact/preset-vite'
import { type BuildOptions, build, defineConfig, type Plugin } from 'vite'
import allOfManifest from './manifest.json' with { type: 'json' }
import { sharedStylesFirst } from './scripts/shared-styles-first.ts'
import { FIREFOX_ID } from './values/extension-addresses.ts'

const { side_panel, ...manifest } = allOfManifest

/**
 * The manifest of Chrome. The `key` gives a build on this computer its id; a store gives the archive an id of its own, and refuses the
 * member.
 */
const chromeManifest = (forStore: boolean) => {
  const { key, ...shared } = manifest
  return forStore ? shared : { key, ...shared }
}

/**
 * Firefox runs the worker as an event page, has a sidebar in place of the side panel, and knows no `key`, no minimum version of Chrome
 * and no policy schema.
 */
const firefoxManifest = () => {
  const { key: _key, minimum_chrome_version: _minimum, storage: _schema, background, ...shared } = manifest
  return {
    ...shared,
    permissions: shared.permissions.filter((permission) => permission !== 'sidePanel'),
    background: { scripts: [background.service_worker], type: 'module' },
    browser_specific_settings: {
      gecko: {
        id: FIREFOX_ID,
        strict_min_version: '140.0',
        data_collection_permissions: { required: ['none'] },
      },
    },
  }
}

interface KnownProvider {
  id: string
  name: string
  about?: string
  fhirBase: string
  authorizationEndpoint?: string
  clientId: string
  /** As FHIR has it; people find the organization by it. */
  address?: { city: string; state: string; country: string }
}

/** Where the demo's organizations are, as they state themselves (`server/demo/organizations.ts`). */
const springfield = { city: 'Springfield', state: 'IL', country: 'US' }

const demoProviders: KnownProvider[] = [
  {
    id: 'riverside',
    name: 'Riverside Clinic',
    about: 'Patient record',
    fhirBase: 'http://localhost:3100/fhir',
    authorizationEndpoint: 'http://localhost:3100/oauth/authorize',
    clientId: 'carekey',
    address: springfield,
  },
  {
    id: 'pulse',
    name: 'Pulse Devices',
    about: 'Scales and cuffs',
    fhirBase: 'http://localhost:3200/fhir',
    authorizationEndpoint: 'http://localhost:3200/oauth/authorize',
    clientId: 'carekey',
    address: springfield,
  },
  {
    id: 'withings',
    name: 'Withings',
    about: 'Scales and cuffs (a stand-in)',
    fhirBase: 'http://localhost:3300/fhir',
    authorizationEndpoint: 'http://localhost:3300/oauth/authorize',
    clientId: 'carekey',
  },
]

/**
 * The organizations this build knows, from `CAREKEY_PROVIDERS`: `demo` (also when unset), `none`, or a JSON array of them. An archive for
 * a store knows none.
 */
const knownProviders = (setting = 'demo'): KnownProvider[] =>
  setting === 'demo' ? demoProviders : setting === 'none' ? [] : JSON.parse(setting)

/**
 * The organizations that people find by name: a User-access Brands bundle in the file that `CAREKEY_DIRECTORY` names, otherwise the
 * organizations this build knows.
 */
const directory = (providers: KnownProvider[], file?: string): object =>
  file
    ? JSON.parse(readFileSync(file, 'utf8'))
    : {
        resourceType: 'Bundle',
        type: 'collection',
        entry: providers.flatMap(({ name, address, fhirBase }, index) => [
          {
            resource: {
              resourceType: 'Organization',
              id: `organization-${index}`,
              name,
              ...(address && { address: [address] }),
              endpoint: [{ reference: `Endpoint/endpoint-${index}` }],
            },
          },
          {
            resource: {
              resourceType: 'Endpoint',
              id: `endpoint-${index}`,
              status: 'active',
              connectionType: { code: 'hl7-fhir-rest' },
              address: fhirBase,
            },
          },
        ]),
      }

/** Browsers look for `_locales` at the root of an extension; here it lies beside what uses it. */
const locales = (): Plugin => ({
  name: 'carekey-locales',
  generateBundle() {
    for (const language of readdirSync('extension/_locales')) {
      const path = `_locales/${language}/messages.json`
      const source = readFileSync(`extension/${path}`)
      this.emitFile({ type: 'asset', fileName: path, source })
    }
  },
})

/**
 * Pages that no entry of the manifest names, and who may open one of them: a record system sends the browser to
 * `extension/launch`, so the hosts of the organizations this build knows may, and no other page (docs/decisions/0022).
 */
const ownPages = ['find', 'launch', 'summary', 'welcome'].map((page) => `extension/${page}/index.html`)
const launchable = (providers: { fhirBase: string }[]) => {
  // A pattern has no port: Firefox would never match it.
  const origins = providers.map(({ fhirBase }) => new URL(fhirBase))
  const matches = [...new Set(origins.map(({ protocol, hostname }) => `${protocol}//${hostname}/*`))]
  return matches.length > 0 ? [{ resources: ['extension/launch/index.html'], matches }] : undefined
}

/** Opens with a click on Carekey's own button alone (docs/decisions/0088). */
const sideOf = (browser: 'chrome' | 'firefox') =>
  browser === 'chrome'
    ? { side_panel }
    : { sidebar_action: { default_panel: side_panel.default_path, open_at_install: false } }

/** Names pages after the build: if the manifest named them before it, they would be copied without being built, or missed. */
const namePages = (members: object): Plugin => ({
  name: 'carekey-name-pages',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const file = bundle['manifest.json']
      if (file?.type !== 'asset') return
      file.source = JSON.stringify({ ...JSON.parse(String(file.source)), ...members }, null, 2)
    },
  },
})

/** Carekey's licence and notice, beside the licences of the packages that it contains (`build.license`). */
const licences = (): Plugin => ({
  name: 'carekey-licences',
  generateBundle() {
    this.emitFile({ type: 'asset', fileName: 'LICENSE', source: readFileSync('LICENSE') })
  },
})

/** Files that nothing imports: Chrome reads from the schema what an administration may set; people read the guide, as text. */
const policyFiles = (): Plugin => ({
  name: 'carekey-policy-files',
  generateBundle() {
    const fileName = manifest.storage.managed_schema
    this.emitFile({ type: 'asset', fileName, source: readFileSync(fileName) })
    this.emitFile({
      type: 'asset',
      fileName: 'extension/policy/guide.txt',
      source: readFileSync('docs/policy.md'),
    })
  },
})

/**
 * Builds the popup once more, by itself: otherwise it would share files with other pages and load them one after the other. In one
 * file it is painted in three quarters of that time (docs/benchmarks.md).
 */
const popupInOneFile = (options: BuildOptions): Plugin => ({
  name: 'carekey-popup',
  apply: 'build',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      for (const [name, file] of Object.entries(bundle))
        if (file.type === 'chunk' && file.facadeModuleId?.endsWith(POPUP)) delete bundle[name]
    },
  },
  closeBundle: async () => {
    await build({
      configFile: false,
      logLevel: 'warn',
      plugins: [preact(), pageAtSide()],
      build: { ...options, emptyOutDir: false, rolldownOptions: { input: POPUP } },
    })
  },
})

const POPUP = 'extension/popup/index.html'

/** Emits the page at the side: the popup's own, at another address and without the popup's size. */
const pageAtSide = (): Plugin => ({
  name: 'carekey-side',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const popup = bundle[POPUP]
      if (popup?.type !== 'asset') return
      const source = String(popup.source).replace('<body>', '<body class="side">')
      this.emitFile({ type: 'asset', fileName: side_panel.default_path, source })
    },
  },
})

export default defineConfig(({ mode }) => {
  const browser = mode === 'firefox' ? 'firefox' : 'chrome'
  const forStore = process.env.CAREKEY_STORE === '1'
  const providers = knownProviders(forStore ? 'none' : process.env.CAREKEY_PROVIDERS)
  const options: BuildOptions = {
    outDir: process.env.CAREKEY_OUT_DIR ?? `dist/${browser}`,
    target: browser === 'firefox' ? 'firefox140' : 'chrome137',
    modulePreload: false,
  }
  return {
    define: {
      __KNOWN_PROVIDERS__: JSON.stringify(providers.map(({ address: _place, ...provider }) => provider)),
      __KNOWN_DIRECTORY__: JSON.stringify(directory(providers, process.env.CAREKEY_DIRECTORY)),
    },
    plugins: [
      preact(),
      locales(),
      policyFiles(),
      licences(),
      crx({
        manifest: (browser === 'firefox' ? firefoxManifest() : chromeManifest(forStore)) as ManifestV3Export,
        browser,
      }),
      namePages({ web_accessible_resources: launchable(providers), ...sideOf(browser) }),
      sharedStylesFirst(),
      popupInOneFile(options),
    ],
    build: {
      ...options,
      emptyOutDir: true,
      license: { fileName: 'third-party-licenses.md' },
      rolldownOptions: { input: ownPages },
    },
    server: { cors: { origin: [/^chrome-extension:\/\//, /^moz-extension:\/\//] } },
  }
})
