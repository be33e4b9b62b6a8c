import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildExtension } from '../../scripts/build.ts'
import { FIREFOX_ID } from '../../values/extension-addresses.ts'

const codeIn = (folder: string): string => {
  const assets = readdirSync(join(folder, 'assets')).filter((name) => name.endsWith('.js'))
  return assets.map((name) => readFileSync(join(folder, 'assets', name), 'utf8')).join('\n')
}
/** An organization in the list that is built in. */
const LISTED = /connectionType:\{code:[`"']hl7-fhir-rest[`"']\},address:[`"']([^`"']+)/g

// Tests the built manifest, not its source.
describe.each(['chrome', 'firefox'] as const)('E14 E15 the extension built for %s', (target) => {
  let folder = ''
  let manifest: Record<string, unknown> = {}

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carekey-build-'))
    await buildExtension(target, { outDir: folder, forStore: true })
    manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'))
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('asks for few permissions, and for no host at the installation', () => {
    const ofChrome = target === 'chrome' ? ['sidePanel'] : []
    expect(manifest.permissions).toEqual(['identity', 'storage', 'alarms', ...ofChrome])
    expect(manifest).not.toHaveProperty('host_permissions')
    expect(manifest.optional_host_permissions).toEqual([
      'http://localhost/*',
      'http://127.0.0.1/*',
      'https://*/*',
    ])
  })

  it('has the popup’s own page at the side, which opens by itself in no browser', () => {
    const page = 'extension/side/index.html'
    if (target === 'chrome') expect(manifest.side_panel).toEqual({ default_path: page })
    else expect(manifest.sidebar_action).toEqual({ default_panel: page, open_at_install: false })
    expect(manifest).not.toHaveProperty(target === 'chrome' ? 'sidebar_action' : 'side_panel')
    const [side, popup] = [page, 'extension/popup/index.html'].map((path) =>
      readFileSync(join(folder, path), 'utf8'),
    )
    expect(side).toBe(popup?.replace('<body>', '<body class="side">'))
    expect(side).not.toBe(popup)
  })

  it('is open to no page and no other extension', () => {
    expect(manifest).not.toHaveProperty('web_accessible_resources')
    expect(manifest).not.toHaveProperty('externally_connectable')
    expect(manifest).not.toHaveProperty('content_scripts')
  })

  describe('for this computer', () => {
    let known = ''
    beforeAll(async () => {
      known = mkdtempSync(join(tmpdir(), 'carekey-build-'))
      await buildExtension(target, { outDir: known })
    })
    afterAll(() => rmSync(known, { recursive: true, force: true }))

    it('can be launched from the hosts of the organizations it knows, and from no other, and lists them for people who search', () => {
      const { web_accessible_resources, key } = JSON.parse(readFileSync(join(known, 'manifest.json'), 'utf8'))
      // It fixes the id, and with it the redirect addresses, of a build on this computer.
      expect(key).toEqual(target === 'chrome' ? expect.any(String) : undefined)
      expect(web_accessible_resources).toEqual([
        { resources: ['extension/launch/index.html'], matches: ['http://localhost/*'] },
      ])
      expect([...codeIn(known).matchAll(LISTED)].map(([, address]) => address)).toEqual(
        [3100, 3200, 3300].map((port) => `http://localhost:${port}/fhir`),
      )
    })
  })

  it('runs only its own code, in no frame', () => {
    const { extension_pages: policy } = manifest.content_security_policy as { extension_pages: string }
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|upgrade-insecure-requests/)
  })

  it('knows only the organizations that its build was given', () => {
    const code = codeIn(folder)
    expect(code).not.toContain('localhost:3')
    expect(code).not.toMatch(LISTED)
  })

  it('contains the schema of a policy if the browser reads one', () => {
    const schema = join('extension', 'policy', 'schema.json')
    if (target === 'firefox') expect(manifest).not.toHaveProperty('storage')
    else {
      expect(manifest.storage).toEqual({ managed_schema: schema })
      expect(JSON.parse(readFileSync(join(folder, schema), 'utf8')).type).toBe('object')
    }
  })

  it('says which browsers it supports', () => {
    if (target === 'chrome') expect(manifest).toMatchObject({ minimum_chrome_version: '137' })
    else {
      expect(manifest).not.toHaveProperty('key')
      expect(manifest.browser_specific_settings).toMatchObject({
        gecko: { id: FIREFOX_ID, data_collection_permissions: { required: ['none'] } },
      })
    }
  })
})
