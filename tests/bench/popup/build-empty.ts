import { fileURLToPath } from 'node:url'
import { crx, type ManifestV3Export } from '@crxjs/vite-plugin'
import preact from '@preact/preset-vite'
import { build } from 'vite'
import carekey from '../../../manifest.json' with { type: 'json' }
import empty from './empty/manifest.json' with { type: 'json' }

// The same key gives it the same id, by which the browser tests find the popup.
const manifest = { ...empty, key: carekey.key }

/** Builds the empty popup with the same tools as the real one. */
export const buildEmpty = (outDir: string): Promise<unknown> =>
  build({
    configFile: false,
    root: fileURLToPath(new URL('empty', import.meta.url)),
    logLevel: 'warn',
    plugins: [preact(), crx({ manifest: manifest as ManifestV3Export, browser: 'chrome' })],
    build: { outDir, emptyOutDir: true, target: 'chrome137', modulePreload: false },
  })
