import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../manifest.json' with { type: 'json' }

/**
 * Who may import whom: the left side is a folder, or a file beside the folders. `x (types)` allows `import type` only,
 * `x/y` that one file.
 */
const allowed: Record<string, readonly string[]> = {
  'extension/popup': ['extension/ui', 'extension/messages'],
  'extension/options': ['extension/ui', 'extension/messages'],
  // A patient that a record system opened has the same vital signs as one from the toolbar.
  'extension/launch': ['extension/ui', 'extension/messages', 'extension/popup/vital-signs'],
  'extension/welcome': ['extension/ui'],
  // Whose record it is, and how it is read, is as in the popup.
  'extension/summary': [
    'extension/ui',
    'extension/messages',
    'extension/popup/person',
    'extension/popup/use-vitals',
    'extension/popup/use-record-list',
    'extension/popup/fold-entries',
    'extension/popup/list-absence',
    'extension/popup/entry-words',
  ],
  'extension/ui': ['extension/messages'],
  'extension/background': [
    'extension/auth',
    'extension/fhir',
    'extension/net',
    'extension/storage',
    'extension/messages',
  ],
  'extension/auth': ['extension/storage', 'extension/messages', 'extension/net'],
  'extension/fhir': [
    'extension/messages (types)',
    'extension/messages/errors',
    'extension/messages/readable',
    'extension/net',
  ],
  'extension/net': ['extension/messages/errors'],
  'extension/messages': [],
  'extension/storage': [],

  'server/main': [
    'server/app',
    'server/audit (types)',
    'server/listen',
    'server/config',
    'server/errors',
    'server/store',
    'server/demo',
    'server/cli',
  ],
  'server/app': [
    'server/http',
    'server/http-server',
    'server/config',
    'server/errors',
    'server/store (types)',
    'server/store/sweep',
    'server/oauth',
    'server/fhir',
    'server/audit',
    'server/pages',
  ],
  'server/oauth': [
    'server/readable-name',
    'server/config',
    'server/errors',
    'server/store',
    'server/audit',
    'server/pages',
    // What limits a scope is a search, read by the one who answers searches.
    'server/fhir/parse-filters',
    'server/fhir (types)',
  ],
  'server/fhir': [
    'server/config',
    'server/readable-name',
    'server/errors',
    'server/store',
    'server/audit',
    'server/oauth',
  ],
  'server/audit': ['server/config', 'server/errors', 'server/store', 'server/oauth (types)'],
  'server/pages': ['server (types)', 'server/readable-name'],
  'server/store': ['server/config (types)', 'server/errors'],
  'server/demo': ['server/config', 'server/store (types)', 'server/oauth', 'server/fhir'],
  'server/cli': [
    'server/config',
    'server/errors',
    'server/store',
    'server/oauth',
    'server/fhir',
    'server/audit',
    'server/demo',
  ],
  // A refusal takes the form of what was asked for: FHIR, OAuth, a page.
  'server/http': [
    'server/http-server',
    'server/config',
    'server/errors',
    'server/store (types)',
    'server/audit',
    'server/fhir',
    'server/pages',
  ],
  'server/listen': ['server/http-server'],
  'server/http-server': [],
  'server/config': [],
  'server/errors': [],
  'server/readable-name': [],
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath, entry.name))

const isCode = (file: string) => /\.(ts|tsx|mjs)$/.test(file)
const code = ['extension', 'server', 'scripts'].flatMap(filesIn).filter(isCode)
const read = (file: string) => readFileSync(file, 'utf8')

interface Import {
  readonly from: string
  readonly to: string
  readonly typesOnly: boolean
}

const statement = /^\s*(?:import|export)\s+(type\s)?(?:[^'";]*?\sfrom\s+)?['"](\.[^'"]+)['"]/gm
const expression = /\bimport\(\s*['"](\.[^'"]+)['"]/g

const importsOf = (from: string): Import[] => {
  const text = read(from)
  const resolve = (specifier: string) => posix.join(dirname(from), specifier)
  return [
    ...[...text.matchAll(statement)].map(([, type, to]) => ({
      from,
      to: resolve(to ?? ''),
      typesOnly: Boolean(type),
    })),
    ...[...text.matchAll(expression)].map(([, to]) => ({ from, to: resolve(to ?? ''), typesOnly: false })),
  ]
}

/** `server/oauth/token/scopes.ts` belongs to `server/oauth`, `server/app.ts` to `server/app`. */
const partOf = (file: string) => {
  const [top, next = ''] = file.split('/')
  return `${top}/${next.replace(/\.tsx?$/, '')}`
}

const isAllowed = ({ from, to, typesOnly }: Import) => {
  if (!isCode(to) || partOf(from) === partOf(to)) return true
  return (allowed[partOf(from)] ?? []).some((rule) => {
    const target = rule.replace(' (types)', '')
    const isTarget = to.startsWith(`${target}/`) || to.replace(/\.tsx?$/, '') === target
    return isTarget && (typesOnly || target === rule)
  })
}

const inProduct = code.filter((file) => !file.startsWith('scripts/'))

describe('imports', () => {
  it('follow the table of who may import whom', () => {
    const broken = inProduct.flatMap(importsOf).filter((it) => !isAllowed(it))
    expect(broken.map(({ from, to, typesOnly }) => `${from} -> ${to}${typesOnly ? ' (types)' : ''}`)).toEqual(
      [],
    )
  })

  it('never cross between extension and server', () => {
    const crossing = inProduct
      .flatMap(importsOf)
      .filter(({ from, to }) => from.split('/')[0] !== to.split('/')[0])
    expect(crossing.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('come from folders that the table knows', () => {
    expect([...new Set(inProduct.map(partOf))].filter((part) => !(part in allowed))).toEqual([])
  })
})

describe('files', () => {
  it('are no longer than 300 lines', () => {
    expect(code.filter((file) => read(file).split('\n').length > 301)).toEqual([])
  })

  it('have names that say something', () => {
    const empty = /^(utils?|helpers?|common|misc|shared|managers?|services?|index)$/
    const names = (file: string) => [...dirname(file).split('/'), basename(file).replace(/\..*$/, '')]
    expect(code.filter((file) => names(file).some((name) => empty.test(name)))).toEqual([])
  })

  it('export by name', () => {
    expect(code.filter((file) => /^export default/m.test(read(file)))).toEqual([])
  })

  it('know nothing that a clone does not hold', () => {
    const outside = ['..', 'shared'].join('/')
    expect(code.filter((file) => read(file).includes(outside))).toEqual([])
  })
})

describe('decisions', () => {
  const names = readdirSync('docs/decisions').sort()
  const numberOf = (name: string) => Number(name.slice(0, 4))

  it('have a number each, and say it', () => {
    const numbers = names.map(numberOf)
    expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([])
    expect(
      names.filter((name) => !read(`docs/decisions/${name}`).startsWith(`# ${numberOf(name)}. `)),
    ).toEqual([])
  })

  it('are found where they are named', () => {
    const texts = ['docs', 'docs/decisions'].flatMap((folder) =>
      readdirSync(folder).flatMap((name) => (name.endsWith('.md') ? [join(folder, name)] : [])),
    )
    const wrong = [...texts, 'README.md', 'SECURITY.md', 'CONTRIBUTING.md'].flatMap((file) =>
      [...read(file).matchAll(/\[decision (\d+)\]\((?:[a-z./]*\/)?([^/)]+)\)/g)]
        .filter(([, number, name = '']) => !names.includes(name) || numberOf(name) !== Number(number))
        .map(([link]) => `${file}: ${link}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('the extension', () => {
  const extension = inProduct.filter((file) => file.startsWith('extension/'))

  it('explains each permission in docs/permissions.md, and no other', () => {
    const asked = [...manifest.permissions, ...manifest.optional_host_permissions].sort()
    const explained = [...read('docs/permissions.md').matchAll(/^## `([^`]+)`/gm)]
      .map(([, name]) => name ?? '')
      .sort()
    expect(explained).toEqual(asked)
  })

  it('declares every stored key in storage/items.ts', () => {
    const storing = /\bstorage\.(local|session|sync|managed)\b|\b(localStorage|sessionStorage|indexedDB)\b/
    const elsewhere = extension.filter((file) => !file.startsWith('extension/storage/'))
    expect(elsewhere.filter((file) => storing.test(read(file)))).toEqual([])
    const declaring = extension.filter((file) => /\bcreateItem(<.*>)?\(\s*['"`]/.test(read(file)))
    expect(declaring.filter((file) => file !== join('extension', 'storage', 'items.ts'))).toEqual([])
  })

  it('contains pages for every language with the same sentences', () => {
    const languages = readdirSync('extension/_locales')
    const keys = (language: string) =>
      Object.keys(JSON.parse(read(`extension/_locales/${language}/messages.json`))).sort()
    for (const language of languages) expect(keys(language)).toEqual(keys(manifest.default_locale))
  })
})
