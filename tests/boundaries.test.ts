import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import manifest from '../manifest.json' with { type: 'json' }

/**
 * Who may import whom: the left side is a folder, or a file beside the folders. `x (types)` allows `import type` only,
 * `x/y` that one file. Everybody may import `values`, which both programs share.
 */
const allowed: Record<string, readonly string[]> = {
  'extension/popup': ['extension/record', 'extension/who-read', 'extension/ui', 'extension/messages'],
  'extension/summary': ['extension/record', 'extension/who-read', 'extension/ui', 'extension/messages'],
  'extension/launch': ['extension/record', 'extension/ui', 'extension/messages'],
  'extension/options': ['extension/who-read', 'extension/ui', 'extension/messages'],
  'extension/find': ['extension/ui', 'extension/messages'],
  'extension/welcome': ['extension/ui'],
  'extension/who-read': ['extension/ui', 'extension/messages'],
  'extension/record': ['extension/ui', 'extension/messages'],
  'extension/ui': ['extension/messages'],
  'extension/background': [
    'extension/administration',
    'extension/access-log',
    'extension/lock',
    'extension/auth',
    'extension/fhir',
    'extension/storage',
    'extension/messages',
  ],
  'extension/administration': ['extension/auth', 'extension/storage', 'extension/messages', 'extension/net'],
  // The watch runs by itself, and stores what it proved.
  'extension/access-log': [
    'extension/lock (types)',
    'extension/auth (types)',
    'extension/auth/grant/scopes',
    'extension/fhir',
    'extension/storage',
    'extension/messages',
    'extension/net',
  ],
  'extension/lock': ['extension/auth (types)', 'extension/storage', 'extension/messages', 'extension/net'],
  'extension/auth': ['extension/storage', 'extension/messages', 'extension/net'],
  'extension/fhir': [
    'extension/messages (types)',
    'extension/messages/errors',
    'extension/messages/record-lists',
    'extension/messages/terms',
    'extension/messages/us-units',
    'extension/net',
  ],
  'extension/net': ['extension/messages/errors'],
  'extension/storage': ['extension/messages (types)'],
  'extension/messages': [],

  values: [],

  'server/main': [
    'server/app',
    'server/demo',
    'server/cli',
    'server/start',
    'server/http',
    'server/metrics',
    'server/audit (types)',
    'server/files',
    'server/config (types)',
  ],
  'server/app': [
    'server/portal',
    'server/oauth',
    'server/sign-in',
    'server/sources',
    'server/http',
    'server/fhir',
    'server/pages',
    'server/keys',
    'server/clock',
    'server/audit',
    'server/metrics (types)',
    'server/store',
    'server/files',
    'server/readiness',
    'server/read-at-most',
    'server/log-output',
    'server/ip-address',
    'server/config',
    'server/errors',
  ],
  'server/metrics': [
    'server/http',
    'server/audit (types)',
    'server/store (types)',
    'server/read-at-most',
    'server/config (types)',
  ],
  'server/cli': [
    'server/start',
    'server/sources/withings/removal',
    'server/sources/withings/token-sealer',
    'server/oauth',
    'server/sign-in',
    'server/keys',
    'server/fhir',
    'server/grants',
    'server/clock',
    'server/audit',
    'server/query',
    'server/store',
    'server/files',
    'server/readiness (types)',
    'server/config (types)',
  ],
  // What a program is started with: its arguments, its configuration, its database.
  'server/start': [
    'server/fhir',
    'server/query',
    'server/store',
    'server/files',
    'server/ip-address',
    'server/config',
  ],
  'server/demo': [
    'server/oauth',
    'server/sign-in',
    'server/http',
    'server/fhir',
    'server/pages',
    'server/store (types)',
    'server/config',
  ],
  // A refusal has the form of the requested protocol: FHIR, OAuth, or a page.
  'server/http': [
    'server/read-at-most',
    'server/fhir',
    'server/pages',
    'server/audit (types)',
    'server/readiness',
    'server/ip-address',
    'server/errors',
    'server/fhir-error',
    'server/config (types)',
  ],
  // The organization's own pages.
  'server/portal': [
    'server/oauth',
    'server/sign-in',
    'server/pages',
    'server/grants',
    'server/audit',
    'server/store (types)',
    'server/turns',
    'server/config',
  ],
  'server/oauth': [
    'server/sign-in',
    'server/keys (types)',
    'server/pages',
    'server/grants',
    'server/audit',
    'server/query (types)',
    'server/store',
    'server/turns',
    'server/read-at-most',
    'server/sealed-text',
    'server/errors',
    'server/config',
  ],
  'server/sign-in': [
    'server/keys (types)',
    'server/pages',
    'server/grants',
    'server/audit',
    'server/store (types)',
    'server/turns',
    'server/read-at-most',
    'server/sealed-text',
    'server/ip-address',
    'server/errors',
    'server/fhir-error',
    'server/config (types)',
  ],
  'server/fhir': [
    'server/grants',
    'server/audit',
    'server/query',
    'server/store',
    'server/turns',
    'server/fhir-error',
    'server/read-at-most',
    'server/sealed-text',
    'server/errors',
    'server/config',
  ],
  // The sources of resources other than the store. Signing in with another company is one of the ways to sign in here.
  'server/sources': [
    'server/sign-in',
    'server/fhir',
    'server/grants',
    'server/audit (types)',
    'server/query',
    'server/store (types)',
    'server/turns',
    'server/recently-used',
    'server/fhir-error',
    'server/read-at-most',
    'server/sealed-text',
    'server/files',
    'server/errors',
    'server/config (types)',
  ],
  'server/keys': ['server/grants', 'server/audit', 'server/store', 'server/files', 'server/errors'],
  'server/pages': [
    'server/grants (types)',
    'server/query (types)',
    'server/recently-used',
    'server/config (types)',
  ],
  // A limit on a scope is a search.
  'server/grants': [
    'server/query',
    'server/audit (types)',
    'server/store',
    'server/recently-used',
    'server/config',
  ],
  'server/clock': ['server/audit', 'server/store', 'server/config (types)'],
  // Where a name may stand in a search.
  'server/audit': [
    'server/query',
    'server/store',
    'server/turns',
    'server/files',
    'server/ip-address',
    'server/errors',
    'server/config',
  ],
  'server/store': ['server/files', 'server/recently-used', 'server/errors', 'server/config (types)'],
  'server/query': ['server/fhir-error'],
  'server/readiness': ['server/store'],
  'server/turns': ['server/fhir-error'],
  'server/errors': [],
  'server/files': ['server/errors'],
  'server/ip-address': [],
  'server/log-output': [],
  'server/config': [],
  'server/fhir-error': [],
  'server/read-at-most': [],
  'server/recently-used': [],
  'server/sealed-text': [],
}

/**
 * The rooms of each folder that has some, ground first: a room imports only from rooms that stand before it. `.` means the files
 * beside the rooms; a file may be named by itself.
 */
const rooms: Record<string, readonly string[]> = {
  'extension/access-log': ['proof', 'entries', 'own', 'watch'],
  'extension/auth': ['provider', 'grant', 'sign-in'],
  'extension/options': ['administrator', 'providers', 'applications', 'log', 'browser', '.'],
  'extension/popup': ['frame', 'search', 'log', '.'],
  'extension/record': ['.', 'vitals', 'lists'],
  'extension/ui': ['words', 'controls', 'state', 'lock', 'provider'],
  'server/audit': ['tree', 'entry', 'write', 'checkpoint', 'erase', 'verify', '.'],
  'server/cli': ['admin', 'import', 'verify', '.'],
  'server/demo': ['.', 'withings'],
  'server/fhir': ['index', 'access', 'search', 'log', '.', 'http'],
  'server/grants': ['scopes', '.'],
  'server/oauth': ['seam', 'terms', 'clients', 'launch', 'engine', 'consent', '.'],
  'server/pages': ['words', 'frame', 'patient', 'sign-in', 'account'],
  'server/sign-in': ['secrets', 'partner', 'visit', 'password'],
  'server/sources': ['transport', 'upstream', 'withings', '.'],
  'server/store': ['.', 'statements', 'tables', 'sqlite', 'postgres'],
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath, entry.name))

const isCode = (file: string) => /\.(ts|tsx|mjs)$/.test(file)
const code = ['extension', 'server', 'values', 'scripts'].flatMap(filesIn).filter(isCode)
const read = (file: string) => readFileSync(file, 'utf8')

interface Import {
  readonly from: string
  readonly to: string
  readonly typesOnly: boolean
  /** The file is loaded when it is needed, long after this one. */
  readonly isLater: boolean
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
      isLater: false,
    })),
    ...[...text.matchAll(expression)].map(([, to]) => ({
      from,
      to: resolve(to ?? ''),
      typesOnly: false,
      isLater: true,
    })),
  ]
}

/**
 * Returns the folder or file that a path belongs to: `server/oauth` for `server/oauth/terms/offers.ts`, `server/app` for
 * `server/app.ts`.
 */
const partOf = (file: string) => {
  const [top = '', next = ''] = file.split('/')
  return top === 'values' ? top : `${top}/${next.replace(/\.tsx?$/, '')}`
}

const reaches = (rule: string, { to, typesOnly }: Import) => {
  const target = rule.replace(' (types)', '')
  const isTarget = to.startsWith(`${target}/`) || to.replace(/\.tsx?$/, '') === target
  return isTarget && (typesOnly || target === rule)
}

const isAllowed = (it: Import) => {
  if (!isCode(it.to) || partOf(it.from) === partOf(it.to) || partOf(it.to) === 'values') return true
  return (allowed[partOf(it.from)] ?? []).some((rule) => reaches(rule, it))
}

const inProduct = code.filter((file) => !file.startsWith('scripts/'))

describe('imports', () => {
  it('follow the table of who may import whom', () => {
    const broken = inProduct.flatMap(importsOf).filter((it) => !isAllowed(it))
    expect(broken.map(({ from, to, typesOnly }) => `${from} -> ${to}${typesOnly ? ' (types)' : ''}`)).toEqual(
      [],
    )
  })

  it('are all used', () => {
    const all = inProduct.flatMap(importsOf)
    const idle = Object.entries(allowed).flatMap(([part, rules]) =>
      rules
        .filter((rule) => !all.some((it) => partOf(it.from) === part && reaches(rule, it)))
        .map((rule) => `${part} -> ${rule}`),
    )
    expect(idle).toEqual([])
  })

  it('form no circle, not even of types', () => {
    const targets = (part: string): readonly string[] => [
      ...new Set((allowed[part] ?? []).map((rule) => partOf(`${rule.replace(' (types)', '')}`))),
    ]
    const rest = new Set(Object.keys(allowed))
    const isFree = (part: string) => targets(part).every((target) => !rest.has(target))
    for (let free = [...rest].filter(isFree); free.length > 0; free = [...rest].filter(isFree))
      for (const part of free) rest.delete(part)
    expect([...rest]).toEqual([])
  })

  it('lead from room to room in one direction', () => {
    const placeOf = (file: string) => {
      const part = partOf(file)
      const list = rooms[part] ?? []
      const [, , room = '', inside] = file.split('/')
      const name = inside === undefined ? room.replace(/\.tsx?$/, '') : room
      return list.indexOf(inside === undefined && !list.includes(name) ? '.' : name)
    }
    const within = inProduct
      .flatMap(importsOf)
      .filter(({ from, to, isLater }) => partOf(from) === partOf(to) && isCode(to) && !isLater)
    const divided = new Set(inProduct.filter((file) => file.split('/').length > 3).map(partOf))
    expect([...divided].filter((part) => !(part in rooms))).toEqual([])
    const up = within.filter(
      ({ from, to }) => placeOf(to) > placeOf(from) || (rooms[partOf(from)] && placeOf(from) < 0),
    )
    expect(up.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('form no circle of files, not even of types', () => {
    const targets = new Map(
      inProduct.map((file) => [file, importsOf(file).flatMap(({ to, isLater }) => (isLater ? [] : [to]))]),
    )
    const rest = new Map(targets)
    const free = () => [...rest].filter(([, to]) => to.every((each) => !rest.has(each))).map(([file]) => file)
    for (let files = free(); files.length > 0; files = free()) for (const file of files) rest.delete(file)
    expect([...rest.keys()]).toEqual([])
  })

  it('never cross between extension and server', () => {
    // A schema in docs may be imported, because it describes a file for its readers too, and the version from where npm has it.
    const crossing = inProduct
      .flatMap(importsOf)
      .filter(
        ({ from, to }) =>
          from.split('/')[0] !== to.split('/')[0] &&
          !/^(values\/|docs\/.*\.schema\.json$|package\.json$)/.test(to),
      )
    expect(crossing.map(({ from, to }) => `${from} -> ${to}`)).toEqual([])
  })

  it('reach into the OAuth engine from one file', () => {
    const reaching = (file: string) => {
      const text = read(file)
      return (
        /'oidc-provider\/|\.prototype\b/.test(text) ||
        (/'oidc-provider'/.test(text) && /\bas unknown as\b/.test(text))
      )
    }
    const files = inProduct.filter((file) => file.startsWith('server/') && !file.endsWith('.d.ts'))
    expect(files.filter(reaching)).toEqual(['server/oauth/seam/internals.ts'])
  })

  it('open the text of an entry of the log in one place', () => {
    // Migrations know the column, not what is in it.
    const selecting = inProduct.filter((file) => {
      const text = file.startsWith('server/store/') ? '' : read(file)
      return /audit_event/.test(text) && /['"](audit_event\.)?json['"]/.test(text)
    })
    const opening = /from '[./a-z]*\/(stored-event|leaf)\.ts'/
    expect(selecting).toContain('server/fhir/log/search-log.ts')
    expect(selecting.filter((file) => !opening.test(read(file)))).toEqual([])
  })

  it('J13 make the formats of pages in one file, which keeps them', () => {
    const files = inProduct.filter(
      (file) =>
        /^server\/(pages|oauth|portal|sign-in)\//.test(file) && /\bnew Intl\.\w+Format\b/.test(read(file)),
    )
    expect(files).toEqual(['server/pages/frame/locale.ts'])
  })

  it('J01 make and open every listener in one file each, so that every socket has its owner', () => {
    const making = /\bcreate(Secure)?Server\b|node:(http2|dgram|tls)|\.listen\(/
    const files = inProduct.filter((file) => file.startsWith('server/') && making.test(read(file)))
    expect(files).toEqual(['server/http/http-server.ts', 'server/http/listen.ts'])
  })

  it('F75 J13 parse addresses in one file, which looks at the host before', () => {
    const parsing = /\bURL\.(?:parse|canParse)\(|\bnew URL\((?!'[\w-]+\.ts', import\.meta\.url\))/
    /** Where the text is that of the person at the keyboard, or of the operator. */
    const typed = [
      'extension/messages/addresses.ts',
      'extension/net/address.ts',
      'extension/options/',
      'extension/ui/provider/host-access.ts',
      'server/start/config-file.ts',
      'server/start/database-url.ts',
      'server/store/postgres/postgres.ts',
      'values/parse-address.ts',
    ]
    const files = inProduct.filter((file) => parsing.test(read(file)))
    expect(files.filter((file) => !typed.some((each) => file.startsWith(each)))).toEqual([])
    expect(typed.filter((each) => !files.some((file) => file.startsWith(each)))).toEqual([])
    // It makes what is typed plain, for all others.
    expect(read('extension/net/address.ts').match(new RegExp(parsing, 'g'))).toHaveLength(1)
  })

  it('print to the terminal through one file, which escapes controls', () => {
    const printing = /(?<!\bstore)\.write\(|\bconsole\./
    const files = inProduct.filter(
      (file) => /^server\/(cli\/|start\/|main\.ts$)/.test(file) && printing.test(read(file)),
    )
    // The line of progress rewrites itself, and shows numbers and the command's own words only.
    expect(files.sort()).toEqual(['server/cli/import/progress-line.ts', 'server/start/terminal.ts'])
  })

  it('come from folders that the table knows', () => {
    expect([...new Set(inProduct.map(partOf))].filter((part) => !(part in allowed))).toEqual([])
  })
})

describe('files', () => {
  it('are no longer than 400 lines', () => {
    expect(code.filter((file) => read(file).split('\n').length > 401)).toEqual([])
  })

  it('stand at most twenty side by side', () => {
    const counts = Map.groupBy(inProduct, (file) => dirname(file))
    expect([...counts].filter(([, files]) => files.length > 20).map(([folder]) => folder)).toEqual([])
  })

  it('have meaningful names', () => {
    const empty = /^(utils?|helpers?|common|misc|shared|managers?|services?)$/
    const names = (file: string) => [...dirname(file).split('/'), basename(file).replace(/\..*$/, '')]
    expect(code.filter((file) => names(file).some((name) => empty.test(name)))).toEqual([])
    // The folder `index` is named for its content, the search index; a file with that name would say nothing.
    expect(code.filter((file) => /^index\./.test(basename(file)))).toEqual([])
  })

  it('export by name', () => {
    expect(code.filter((file) => /^export default/m.test(read(file)))).toEqual([])
  })

  it('mention nothing that is missing in a clone', () => {
    const outside = ['..', 'shared'].join('/')
    expect(code.filter((file) => read(file).includes(outside))).toEqual([])
  })
})

describe('decisions', () => {
  const names = readdirSync('docs/decisions').sort()
  const numberOf = (name: string) => Number(name.slice(0, 4))

  it('each have a number, and state it', () => {
    const numbers = names.map(numberOf)
    expect(numbers.filter((number, at) => numbers.indexOf(number) !== at)).toEqual([])
    expect(
      names.filter((name) => !read(`docs/decisions/${name}`).startsWith(`# ${numberOf(name)}. `)),
    ).toEqual([])
  })

  it('have a date, a status, and the same four sections', () => {
    const status = /^Date: \d{4}-\d\d-\d\d\. Status: (accepted|superseded by decision \d+)\.$/
    const wrong = names.filter((name) => {
      const lines = read(`docs/decisions/${name}`).split('\n')
      const sections = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3))
      return !status.test(lines[2] ?? '') || sections.join() !== 'Context,Decision,Alternatives,Consequence'
    })
    expect(wrong).toEqual([])
  })

  it('exist where they are referred to', () => {
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

describe('comments', () => {
  it('name files that exist', () => {
    const files = [...code, ...['tests', 'extension', 'server'].flatMap(filesIn)]
    const wrong = code.flatMap((file) =>
      [...read(file).matchAll(/^\s*(?:\/?\*|\/\/).*$/gm)]
        .flatMap(([comment]) => [...comment.matchAll(/`([\w./-]+\.(?:tsx?|css))`/g)])
        .filter(
          ([, name]) => !files.some((each) => `/${each}`.endsWith(`/${name}`)) && !existsSync(name ?? ''),
        )
        .map(([, name]) => `${file}: ${name}`),
    )
    expect(wrong).toEqual([])
  })
})

describe('the glossary', () => {
  it('names code that exists', () => {
    const places = [...read('docs/glossary.md').matchAll(/`((?:server|extension)\/[^`]+)`/g)].map(
      ([, place]) => place ?? '',
    )
    expect(places.filter((place) => !existsSync(place))).toEqual([])
  })
})

describe('the extension', () => {
  const extension = inProduct.filter((file) => file.startsWith('extension/'))

  it('explains each permission in docs/permissions.md, and no other', () => {
    const permissions = [...manifest.permissions, ...manifest.optional_host_permissions].sort()
    const explained = [...read('docs/permissions.md').matchAll(/^## `([^`]+)`/gm)]
      .map(([, name]) => name ?? '')
      .sort()
    expect(explained).toEqual(permissions)
  })

  it('declares every stored key in storage/items.ts', () => {
    const storing = /\bstorage\.(local|session|sync|managed)\b|\b(localStorage|sessionStorage|indexedDB)\b/
    const elsewhere = extension.filter((file) => !file.startsWith('extension/storage/'))
    // The popup reads its first frame itself, because the worker may have to start first. Only storage/snapshot writes it.
    const snapshot = join('extension', 'messages', 'snapshot.ts')
    expect(elsewhere.filter((file) => storing.test(read(file)))).toEqual([snapshot])
    expect(read(snapshot).match(/storage\.\w+\.\w+/g)).toEqual(['storage.managed.get', 'storage.session.get'])
    const declaring = extension.filter((file) => /\bcreate(Item|Table)(<.*>)?\(\s*['"`]/.test(read(file)))
    expect(declaring.filter((file) => file !== join('extension', 'storage', 'items.ts'))).toEqual([])
  })

  it('contains pages for every language with the same sentences', () => {
    const languages = readdirSync('extension/_locales')
    const keys = (language: string) =>
      Object.keys(JSON.parse(read(`extension/_locales/${language}/messages.json`))).sort()
    for (const language of languages) expect(keys(language)).toEqual(keys(manifest.default_locale))
  })
})
