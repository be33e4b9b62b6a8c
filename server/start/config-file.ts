import { dirname, resolve } from 'node:path'
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js'
import schema from '../../docs/config.schema.json' with { type: 'json' }
import { isLoopback } from '../../values/address-range.ts'
import {
  DEFAULT_WINDOWS,
  type EmbeddedSource,
  type FhirSource,
  type LongestWindows,
  type Organization,
  type Source,
  type WithingsSource,
} from '../config.ts'
import { readSecret } from '../files/read-secret.ts'
import { FileRefused, readTextFile } from '../files/read-text-file.ts'
import { isNetwork } from '../ip-address.ts'
import { isObject } from '../query/json-path.ts'
import { serversOf } from '../store/postgres/postgres-servers.ts'
import { type DatabaseUrl, DatabaseUrlError, defaultDatabase, parseDatabase } from './database-url.ts'
import { JsonRefused, pathOf, readJson } from './read-json.ts'

/** Keys that the configuration will have later; until then each is refused by its name. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  '': ['mail', 'witnesses'],
  signIn: ['passkey', 'oidc'],
}

const SECRET = /^\w*(token|secret|password|passphrase|key|credentials?)$/i

/** Says in one sentence which key of a configuration is wrong. Names keys and allowed values only; a value may be a secret. */
const describeFault = (errors: readonly ErrorObject[]): string => {
  // An unknown key first: it may be a misspelt key whose absence causes another error, or a secret.
  const error =
    errors.find(({ keyword }) => keyword === 'additionalProperties') ??
    errors.find(({ keyword }) => keyword === 'discriminator') ??
    errors[0]
  if (!error) return 'is not right.'
  const steps = error.instancePath.split('/').slice(1).map(stepOf)
  const path = pathOf(steps)
  const { params, parentSchema } = error
  switch (error.keyword) {
    case 'additionalProperties':
      return describeUnknown(path, params.additionalProperty, Object.keys(parentSchema?.properties))
    case 'discriminator': {
      const tag = inside(path, params.tag)
      const later = LATER[String(steps[0])]?.find((kind) => kind === params.tagValue)
      const kinds = parentSchema?.oneOf.map((it: OneKind) => JSON.stringify(it.properties[params.tag]?.const))
      return `${tag} ${later === undefined ? '' : `"${later}" is not available yet; it `}takes ${listOf(kinds)}.`
    }
    case 'required':
      return `${inside(path, params.missingProperty)} is missing.`
    default:
      return path === '' ? 'The whole takes an object in braces.' : `${path} takes ${parentSchema?.title}.`
  }
}

interface OneKind {
  readonly properties: Readonly<Record<string, { readonly const: string } | undefined>>
}

const describeUnknown = (path: string, key: string, knownKeys: readonly string[]): string => {
  const name = inside(path, key)
  if (LATER[path]?.includes(key)) return `${name} is not available yet.`
  if (SECRET.test(key)) {
    const file = knownKeys.find((it) => it === `${key}File`) ?? knownKeys.find((it) => it.endsWith('File'))
    const hint = file === undefined ? '' : `, which ${inside(path, file)} names`
    return `${name} must not be in this file, because a secret stands in a file of its own${hint}.`
  }
  return `${name} is not a key of the configuration. ${path === '' ? 'It' : path} takes ${listOf(knownKeys.filter((it) => it !== '$schema'))}.`
}

const inside = (path: string, key: string): string => [path, pathOf([key])].filter(Boolean).join('.')

/** A step of a JSON Pointer (RFC 6901 section 4). */
const stepOf = (step: string): string | number =>
  /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~')

const listOf = (names: readonly string[]): string =>
  new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(names)

/**
 * Returns the address by which everybody reaches the organization. Accepts only one spelling, because clients compare the issuer
 * letter by letter.
 *
 * @param label names what holds the address, such as `--public-url`.
 * @throws Error for any other address, in one sentence.
 */
export const requirePublicUrl = (text: string, label: string): string => {
  const url = URL.parse(text)
  const isPlain = url && ['http:', 'https:'].includes(url.protocol) && url.search === '' && url.hash === ''
  if (!isPlain || url.pathname !== '/' || url.username !== '' || url.password !== '') {
    throw new Error(`${label} takes an address without a path, such as https://records.example.org`)
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    throw new Error(
      `${label} has to be https, except on this machine, because passwords and records would travel unencrypted.`,
    )
  }
  return url.origin
}

/** The content of a configuration file, as `docs/config.schema.json` describes it; a test compares the two. */
export interface ConfigFile {
  readonly $schema?: string
  readonly organization?: Partial<Organization>
  readonly publicUrl?: string
  readonly port?: number
  readonly host?: string
  readonly trustProxy?: readonly string[]
  readonly db?: string
  readonly source?: EmbeddedSource | FhirSource | NamedWithings
  readonly windows?: Readonly<Partial<Record<keyof LongestWindows, string>>>
  readonly signIn?: readonly { readonly kind: 'password' }[]
  readonly metrics?: { readonly port: number; readonly host?: string }
}

type Hosts = 'accountUrl' | 'apiUrl'
type NamedWithings = Omit<WithingsSource, Hosts> & Partial<Pick<WithingsSource, Hosts>>

/** The content of a configuration file, with all file names absolute. */
export interface FileSettings extends Omit<ConfigFile, '$schema' | 'windows'> {
  /** The name of the configuration file itself, as it was given. */
  readonly file: string
  readonly db: string
  readonly source: Source
  readonly windows: LongestWindows
}

/** The configuration cannot be used; the message is one sentence that names the file and the key, and never a secret. */
export class ConfigRefused extends Error {
  readonly code = 'config'
}

/** In kB. */
const LARGEST = 1024

const WITHINGS = { accountUrl: 'https://account.withings.com', apiUrl: 'https://wbsapi.withings.net' }

/**
 * Reads the file that `--config` names.
 *
 * @throws ConfigRefused
 */
export const readConfigFile = async (file: string): Promise<FileSettings> => {
  const { $schema: _editors, ...settings } = validate(file, await readText(file))
  requireNetworks(file, settings.trustProxy)
  const folder = dirname(resolve(file))
  const { source = { kind: 'embedded' }, db = defaultDatabase, windows = {} } = settings
  return {
    ...settings,
    file,
    db: resolveDatabase(file, db, folder),
    source: resolveSource(file, source, folder),
    windows: { ...DEFAULT_WINDOWS, ...resolveWindows(windows) },
  }
}

const MINUTES = { minute: 1, hour: 60, day: 24 * 60 }

/** Returns the lengths of time in milliseconds. */
const resolveWindows = (windows: NonNullable<ConfigFile['windows']>): LongestWindows =>
  Object.fromEntries(
    Object.entries(windows).map(([role, text]) => {
      const [count, unit = ''] = text.split(' ')
      return [role, Number(count) * MINUTES[unit.replace(/s$/, '') as keyof typeof MINUTES] * 60_000]
    }),
  )

const readText = async (file: string): Promise<string> => {
  try {
    return await readTextFile(file, LARGEST)
  } catch (cause) {
    throw cause instanceof FileRefused ? new ConfigRefused(cause.message, { cause }) : cause
  }
}

let compiled: ValidateFunction<ConfigFile> | undefined

const validate = (file: string, text: string): ConfigFile => {
  let content: unknown
  try {
    content = readJson(text)
  } catch (cause) {
    throw cause instanceof JsonRefused ? new ConfigRefused(`${file} ${cause.message}`) : cause
  }
  compiled ??= new Ajv2020({ allErrors: true, verbose: true, discriminator: true }).compile(schema)
  if (!compiled(content)) throw new ConfigRefused(`${file}: ${describeFault(compiled.errors ?? [])}`)
  return content
}

/** @throws ConfigRefused */
const requireNetworks = (file: string, texts: readonly string[] = []): void => {
  const at = texts.findIndex((text) => !isNetwork(text))
  if (at < 0) return
  throw new ConfigRefused(`${file}: trustProxy[${at}] takes ${schema.properties.trustProxy.items.title}.`)
}

/** @throws ConfigRefused for an address with a password, because many people can read the file, and the address is shown. */
const resolveDatabase = (file: string, db: string, folder: string): string => {
  const database = parseDatabaseOf(file, db)
  if (database.kind === 'sqlite') return `sqlite:${resolve(folder, database.path)}`
  const [server = ''] = serversOf(database.url)
  const url = new URL(server)
  if (url.password || [...url.searchParams.keys()].some((name) => /pass|secret/i.test(name)))
    throw new ConfigRefused(
      `${file}: db must not hold a password. Put it into a password file of PostgreSQL, which the environment names as PGPASSFILE.`,
    )
  return db
}

/** @throws ConfigRefused */
const parseDatabaseOf = (file: string, db: string): DatabaseUrl => {
  try {
    return parseDatabase(db)
  } catch (cause) {
    if (!(cause instanceof DatabaseUrlError)) throw cause
    throw new ConfigRefused(`${file}: db takes ${schema.properties.db.title}.`)
  }
}

const resolveSource = (file: string, settings: NonNullable<ConfigFile['source']>, folder: string): Source => {
  const source = resolveFiles(settings, folder)
  switch (source.kind) {
    case 'embedded':
      return source
    case 'fhir': {
      const base = requireAddress(file, 'source.base', source.base)
      if (source.authentication.kind !== 'none') requireEncryption(file, 'source.base', base, 'credential')
      const aliases = source.aliases?.map((alias) => requireAddress(file, 'source.aliases', alias))
      return { ...source, base: withoutSlash(base), ...(aliases && { aliases: aliases.map(withoutSlash) }) }
    }
    case 'withings': {
      const { accountUrl, apiUrl } = { ...WITHINGS, ...source }
      return {
        ...source,
        accountUrl: requireOrigin(file, 'source.accountUrl', accountUrl),
        apiUrl: requireOrigin(file, 'source.apiUrl', apiUrl),
      }
    }
  }
}

const withoutSlash = (address: string): string => address.replace(/(?<!\/)\/+$/, '')

/** Makes the names of files absolute: the values of all keys that end with `File`. */
const resolveFiles = <T extends object>(value: T, folder: string): T =>
  Object.fromEntries(
    Object.entries(value).map(([key, it]) => {
      if (isObject(it)) return [key, resolveFiles(it, folder)]
      return [key, key.endsWith('File') ? resolve(folder, it) : it]
    }),
  ) as T

/**
 * @throws ConfigRefused for an address that holds more than scheme, host and path, because a password would be sent along and
 * shown.
 */
const requireAddress = (file: string, key: string, text: string): string => {
  const url = URL.parse(text)
  if (url?.username !== '' || url.password !== '' || /[?#]/.test(text))
    throw new ConfigRefused(`${file}: ${key} takes ${schema.$defs.address.title}.`)
  return url.href
}

/** @throws ConfigRefused for an address with a path, or one to which the client secret would travel unencrypted. */
const requireOrigin = (file: string, key: string, text: string): string => {
  const { href, pathname, origin } = new URL(requireAddress(file, key, text))
  if (pathname !== '/') throw new ConfigRefused(`${file}: ${key} takes an address without a path.`)
  requireEncryption(file, key, href, 'client secret')
  return origin
}

/** @throws ConfigRefused for an address to which `credential` would travel unencrypted, even through a private network. */
const requireEncryption = (file: string, key: string, address: string, credential: string): void => {
  const url = new URL(address)
  if (url.protocol === 'http:' && !isLoopback(url))
    throw new ConfigRefused(
      `${file}: ${key} has to be https, except on this machine, because the ${credential} would travel unencrypted.`,
    )
}

/**
 * Reads every secret once, so that the server does not start with one that is missing or open to others.
 *
 * @throws ConfigRefused
 */
export const requireSecrets = async ({
  file,
  source,
}: Pick<FileSettings, 'file' | 'source'>): Promise<void> => {
  for (const [key, secretFile] of secretFiles(source, 'source')) {
    await readSecret(secretFile).catch((cause: unknown) => {
      if (!(cause instanceof FileRefused)) throw cause
      // Somebody may have written the secret itself instead of the name of its file.
      throw new ConfigRefused(
        cause.isAbsent
          ? `${file}: ${key} names a file that ${cause.reason.replace('.', '')}; names are relative to ${dirname(resolve(file))}.`
          : `${file}: ${key} is refused: ${cause.message}`,
      )
    })
  }
}

const secretFiles = (value: object, path: string): [key: string, file: string][] =>
  Object.entries(value).flatMap(([name, it]): [string, string][] => {
    const key = `${path}.${name}`
    if (typeof it === 'object') return secretFiles(it, key)
    return name.endsWith('File') ? [[key, it]] : []
  })
