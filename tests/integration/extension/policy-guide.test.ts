import { readFileSync } from 'node:fs'
import { beforeEach, describe, expect, it } from 'vitest'
import { findPolicy } from '../../../extension/auth/provider/policy.ts'
import manifest from '../../../manifest.json' with { type: 'json' }
import { fakeBrowser } from '../../fakes/browser.ts'
import { clearBrowser } from '../../fixtures/worker.ts'

interface Schema {
  type: string
  properties?: Record<string, Schema>
  items?: Schema
  enum?: unknown[]
}

const guide = readFileSync('docs/policy.md', 'utf8')
const schema: Schema = JSON.parse(readFileSync('extension/policy/schema.json', 'utf8'))
const blocks = (kind: string) =>
  [...guide.matchAll(new RegExp(`\`\`\`${kind}\n([^]*?)\`\`\``, 'g'))].map(([, text = '']) => text)

/** Reads a registry file as Chrome does: the keys below `policy` are members, and those with numbers lists. */
const fromRegistry = (text: string, id: string): unknown => {
  const root = `[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Google\\Chrome\\3rdparty\\extensions\\${id}\\policy`
  const policy: Record<string, unknown> = {}
  for (const section of text.split('\n\n').slice(1)) {
    const [key = '', ...values] = section.trim().split('\n')
    expect(key.startsWith(root)).toBe(true)
    let members = policy
    for (const name of key.slice(root.length, -1).split('\\').filter(Boolean)) {
      members[name] ??= {}
      members = members[name] as Record<string, unknown>
    }
    for (const value of values) Object.assign(members, JSON.parse(`{${value.replace('=', ':')}}`))
  }
  return toLists(policy)
}

const toLists = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([name, each]) => [name, toLists(each)] as const)
  return entries.every(([name]) => /^\d+$/.test(name))
    ? entries.map(([, each]) => each)
    : Object.fromEntries(entries)
}

const fromPropertyList = (text: string): unknown => {
  const tokens = text.split('<plist version="1.0">')[1]?.match(/<\/?(dict|array)>|<(key|string)>[^<]*/g) ?? []
  const read = (): unknown => {
    const token = tokens.shift() ?? ''
    if (token === '<array>') {
      const list: unknown[] = []
      while (tokens[0] !== '</array>') list.push(read())
      tokens.shift()
      return list
    }
    if (token === '<dict>') {
      const members: Record<string, unknown> = {}
      while (tokens[0] !== '</dict>') members[String(read())] = read()
      tokens.shift()
      return members
    }
    return token.replace(/^<(key|string)>/, '')
  }
  return read()
}

const fits = (value: unknown, { type, properties, items, enum: choices }: Schema): boolean => {
  if (choices && !choices.includes(value)) return false
  if (type === 'array') return Array.isArray(value) && value.every((each) => items && fits(each, items))
  if (type !== 'object') return typeof value === type
  return Object.entries(Object(value)).every(([name, each]) => {
    const property = properties?.[name]
    return property !== undefined && fits(each, property)
  })
}

const id = fakeBrowser.runtime.id
const [chrome = '', firefox = ''] = blocks('json')

beforeEach(clearBrowser)

describe('the guide to policies', () => {
  it.each([
    ['Chrome on Linux', () => JSON.parse(chrome)['3rdparty'].extensions[id]],
    ['Chrome on Windows', () => fromRegistry(blocks('reg')[0] ?? '', id)],
    ['Chrome on macOS', () => fromPropertyList(blocks('xml')[0] ?? '')],
    ['Firefox', () => JSON.parse(firefox).policies['3rdparty'].Extensions['extension@carekey.app']],
  ])('has a file for %s that fits the schema and is in force as it is written', async (_where, read) => {
    const policy = read()
    expect(policy).toEqual(JSON.parse(chrome)['3rdparty'].extensions[id])
    expect(fits(policy, schema)).toBe(true)
    await fakeBrowser.storage.managed.set(policy)
    expect(await findPolicy()).toEqual({
      ...policy,
      providers: [{ ...policy.providers[0], authorizationEndpoint: '' }],
    })
  })

  it('explains every setting of the schema, and every value that it offers', () => {
    const rows = [...guide.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(rows).toEqual(Object.keys(schema.properties ?? {}))
    const { longestWindow, locked } = schema.properties ?? {}
    for (const value of [...(longestWindow?.enum ?? []), ...(locked?.items?.enum ?? [])])
      expect(guide).toContain(`\`${value}\``)
  })

  it('is plain text, so that the browser can show it from the extension', () => {
    expect(guide).toMatch(/^[\x20-\x7e\n]+$/)
    expect(guide).toContain(`com.google.Chrome.extensions.${id}`)
    expect(manifest.storage.managed_schema).toBe('extension/policy/schema.json')
  })
})
