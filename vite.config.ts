import { readdirSync, readFileSync } from 'node:fs'
import { crx, type ManifestV3Export } from '@crxjs/vite-plugin'
import preact from '@preact/preset-vite'
import { defineConfig, type Plugin } from 'vite'
import manifest from './manifest.json' with { type: 'json' }

const geckoId = 'extension@carekey.app'

/** Firefox runs the worker as an event page, and knows neither `key` nor Chrome's minimum version. */
const firefoxManifest = () => {
  const { key: _key, minimum_chrome_version: _minimum, background, ...shared } = manifest
  return {
    ...shared,
    background: { scripts: [background.service_worker], type: 'module' },
    browser_specific_settings: {
      gecko: {
        id: geckoId,
        strict_min_version: '140.0',
        data_collection_permissions: { required: ['none'] },
      },
    },
  }
}

const demoProviders = [
  {
    id: 'riverside',
    name: 'Riverside Clinic',
    about: 'Patient record',
    fhirBase: 'http://localhost:3100/fhir',
    authorizationEndpoint: 'http://localhost:3100/oauth/authorize',
    clientId: 'carekey',
  },
  {
    id: 'pulse',
    name: 'Pulse Devices',
    about: 'Scales and cuffs',
    fhirBase: 'http://localhost:3200/fhir',
    authorizationEndpoint: 'http://localhost:3200/oauth/authorize',
    clientId: 'carekey',
  },
]

/**
 * The organizations this build knows, from `CAREKEY_PROVIDERS`: `demo` (also when unset), `none` (the store archives),
 * or a JSON array of them.
 */
const knownProviders = (setting = 'demo'): unknown =>
  setting === 'demo' ? demoProviders : setting === 'none' ? [] : JSON.parse(setting)

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

export default defineConfig(({ mode }) => {
  const browser = mode === 'firefox' ? 'firefox' : 'chrome'
  return {
    define: { __KNOWN_PROVIDERS__: JSON.stringify(knownProviders(process.env.CAREKEY_PROVIDERS)) },
    plugins: [
      preact(),
      locales(),
      crx({
        manifest: (browser === 'firefox' ? firefoxManifest() : manifest) as ManifestV3Export,
        browser,
      }),
    ],
    build: {
      outDir: process.env.CAREKEY_OUT_DIR ?? `dist/${browser}`,
      emptyOutDir: true,
      target: browser === 'firefox' ? 'firefox140' : 'chrome137',
      modulePreload: false,
    },
    server: { cors: { origin: [/^chrome-extension:\/\//, /^moz-extension:\/\//] } },
  }
})
