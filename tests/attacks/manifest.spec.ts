import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from './extension.ts'

const built = (extension: string, file: string) => readFileSync(join(extension, file), 'utf8')

test('E15 the built manifest requests no site at install, and runs only its own code', ({ extension }) => {
  const manifest = JSON.parse(built(extension, 'manifest.json'))
  expect(manifest.manifest_version).toBe(3)
  expect(manifest.host_permissions ?? []).toEqual([])
  expect(manifest.optional_host_permissions.length).toBeGreaterThan(0)
  for (const pattern of manifest.optional_host_permissions) {
    expect(pattern).not.toBe('<all_urls>')
    expect(pattern).not.toMatch(/^\*:/)
    if (!pattern.startsWith('https:')) expect(pattern).toMatch(/^http:\/\/(localhost|127\.0\.0\.1)\//)
  }
  expect([...manifest.permissions].sort()).toEqual(['alarms', 'identity', 'sidePanel', 'storage'])
  expect(Number(manifest.minimum_chrome_version)).toBeGreaterThanOrEqual(116)

  const policy = manifest.content_security_policy.extension_pages as string
  expect(policy).not.toMatch(/unsafe-(eval|inline|hashes)|wasm-unsafe-eval|data:|blob:/)
  const directives = new Map(
    policy.split(';').map((directive) => {
      const [name = '', ...sources] = directive.trim().split(/\s+/)
      return [name, sources]
    }),
  )
  expect(directives.get('default-src')).toEqual(["'none'"])
  for (const name of ['script-src', 'style-src', 'img-src']) expect(directives.get(name)).toEqual(["'self'"])
  for (const name of ['base-uri', 'form-action', 'frame-ancestors'])
    expect(directives.get(name)).toEqual(["'none'"])
})

test('E15 the built manifest is open to no page and no other extension', ({ extension }) => {
  const manifest = JSON.parse(built(extension, 'manifest.json'))
  expect(manifest.externally_connectable).toBeUndefined()
  expect(manifest.content_scripts).toBeUndefined()
  // One page is reachable from the hosts of organizations that the build knows; this build knows none.
  expect(manifest.web_accessible_resources ?? []).toEqual([])
})

test('E15 the built files load nothing from elsewhere and do not evaluate text as code', ({ extension }) => {
  const files = readdirSync(extension, { recursive: true, encoding: 'utf8' })
  const pages = files.filter((file) => file.endsWith('.html'))
  expect(pages.length).toBeGreaterThan(1)
  for (const page of pages)
    expect(built(extension, page)).not.toMatch(/(src|href)="(https?:)?\/\/|<script>|\son\w+=/)
  const fromElsewhere = /\beval\(|new Function\(|\b(import|importScripts)\(["'`]https?:/
  const scripts = files.filter((file) => file.endsWith('.js'))
  expect(scripts.filter((script) => fromElsewhere.test(built(extension, script)))).toEqual([])
})
