import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { packAll } from '../../scripts/package.ts'
import { FIREFOX_ID } from '../../values/extension-addresses.ts'
import { readZip } from '../fixtures/read-zip.ts'

const folder = mkdtempSync(join(tmpdir(), 'carekey-archives-'))
let archives: Awaited<ReturnType<typeof packAll>>
beforeAll(async () => {
  archives = await packAll(folder)
}, 120_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The packages whose code is in the extension, as their licences name them. */
const PACKAGES = ['idb', 'ipaddr.js', 'oauth4webapi', 'preact', 'uplot', 'webextension-polyfill']

it.each(['chrome', 'firefox'] as const)('the archive for %s has its licences, and no key', (target) => {
  const files = readZip(archives[target])
  const manifest = JSON.parse(String(files.get('manifest.json')))
  expect(manifest).not.toHaveProperty('key')
  expect(manifest.browser_specific_settings?.gecko.id).toBe(target === 'firefox' ? FIREFOX_ID : undefined)
  expect(String(files.get('LICENSE'))).toContain('Apache License')
  const named = [...String(files.get('third-party-licenses.md')).matchAll(/^## (\S+) - /gm)]
  expect(named.map(([, name]) => name).sort()).toEqual(PACKAGES)
  expect([...files.keys()].filter((path) => /node_modules|\.map$|\.tsx?$/.test(path))).toEqual([])
})

it.each(['chrome', 'firefox'] as const)('the archive for %s knows no organization', (target) => {
  const code = [...readZip(archives[target])].filter(([path]) => path.endsWith('.js'))
  expect(code.length).toBeGreaterThan(5)
  expect(code.filter(([, text]) => String(text).includes('localhost:3')).map(([path]) => path)).toEqual([])
})

it('the source archive has all that a reviewer builds from', () => {
  const files = readZip(archives.source ?? '')
  const needed = [
    'package.json',
    'package-lock.json',
    'vite.config.ts',
    'docs/stores.md',
    'scripts/package.ts',
  ]
  expect(needed.filter((path) => !files.has(`carekey/${path}`))).toEqual([])
  expect(String(files.get('carekey/docs/stores.md'))).toContain('npm run package')
})
