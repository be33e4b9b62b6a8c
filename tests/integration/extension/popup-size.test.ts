import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildExtension } from '../../../scripts/build.ts'

/** What the popup may load before it shows anything, in bytes after gzip. */
const MOST = 30 * 1024

const cache = resolve('.cache')
mkdirSync(cache, { recursive: true })
const outDir = mkdtempSync(join(cache, 'popup-size-'))

beforeAll(() => buildExtension('chrome', { outDir }))
afterAll(() => rmSync(outDir, { recursive: true, force: true }))

const page = 'extension/popup/index.html'
const imported = /\b(?:from|import)\s*["'](\.\.?\/[^"']+\.js)["']/g

/** The page's scripts and their static imports, without what they `import()` later. */
const initialCode = (): Map<string, string> => {
  const result = new Map<string, string>()
  const add = (file: string) => {
    if (result.has(file)) return
    const code = readFileSync(file, 'utf8')
    result.set(file, code)
    for (const [, path = ''] of code.matchAll(imported)) add(join(dirname(file), path))
  }
  const html = readFileSync(join(outDir, page), 'utf8')
  for (const [, path = ''] of html.matchAll(/<script[^>]* src="\/([^"]+)"/g)) add(join(outDir, path))
  return result
}

it('the popup needs no more than 30 kB of code to show itself', () => {
  const code = [...initialCode().values()]
  const bytes = code.reduce((sum, text) => sum + gzipSync(text).length, 0)
  expect(code.join('')).toContain('popup:ready')
  expect(bytes).toBeLessThanOrEqual(MOST)
})

it('charts are loaded later, in files of their own', () => {
  const initial = initialCode()
  const assets = join(outDir, 'assets')
  const withCharts = readdirSync(assets)
    .map((name) => join(assets, name))
    .filter((file) => file.endsWith('.js') && readFileSync(file, 'utf8').includes('u-cursor'))
  expect(withCharts).not.toEqual([])
  for (const file of withCharts) expect(initial.has(file)).toBe(false)
})

it('the popup is one script and one stylesheet, because it has to wait for each further file', () => {
  expect(initialCode().size).toBe(1)
  expect(readFileSync(join(outDir, page), 'utf8').match(/<link rel="stylesheet"/g)).toHaveLength(1)
})

it.each(['find', 'launch', 'options', 'summary', 'welcome'])(
  'the page %s links the styles that all pages share before its own, which override them',
  (name) => {
    const html = readFileSync(join(outDir, `extension/${name}/index.html`), 'utf8')
    const [shared, own] = [...html.matchAll(/<link rel="stylesheet"[^>]* href="\/([^"]+)"/g)].map(
      ([, path = '']) => readFileSync(join(outDir, path), 'utf8'),
    )
    expect(shared).toContain('color-scheme:light dark')
    expect(own).not.toContain('color-scheme:light dark')
  },
)
