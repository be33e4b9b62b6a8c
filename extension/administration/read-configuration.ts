import { type CheckedForm, readForm } from '../auth/provider/read-form.ts'
import type { ExportedProvider, ImportFault } from '../messages/configuration.ts'
import { ProblemError } from '../messages/errors.ts'

const mostProviders = 200
const longestText = 500_000

interface ReadConfiguration {
  providers: CheckedForm[]
  faults: ImportFault[]
}

/**
 * Reads a configuration file. Every member must be known, and is checked as if it were typed; anything else is a fault. So a
 * secret is a fault, whatever its name.
 */
export const readConfiguration = (text: string): ReadConfiguration => {
  if (text.length > longestText) return refused({ at: 'file', reason: 'too-large' })
  const file = parse(text)
  if (file === undefined) return refused({ at: 'file', reason: 'not-configuration' })
  // Parsers disagree on which of two members counts, and the import must be what a person saw in the file.
  const doubled = findDoubledMember(text)
  if (doubled !== undefined) return refused({ at: nameFrom(doubled), reason: 'member-twice' })
  if (!isObject(file) || file.carekey !== 'configuration' || !Array.isArray(file.providers))
    return refused({ at: 'file', reason: 'not-configuration' })
  if (file.version !== 1) return refused({ at: 'version', reason: 'other-version' })
  if (file.providers.length > mostProviders) return refused({ at: 'providers', reason: 'too-many' })

  const results = file.providers.map((entry, index) => readProvider(entry, `providers[${index}]`))
  const providers = results.flatMap(({ providers }) => providers)
  return {
    providers,
    faults: [
      ...unknownMembers(file, ['carekey', 'version', 'providers'], ''),
      ...results.flatMap(({ faults }) => faults),
      ...twice(providers),
    ],
  }
}

export const isSameProvider = (
  a: Pick<CheckedForm, 'fhirBase' | 'clientId'>,
  b: Pick<CheckedForm, 'fhirBase' | 'clientId'>,
): boolean => a.fhirBase === b.fhirBase && a.clientId === b.clientId

const refused = (fault: ImportFault): ReadConfiguration => ({ providers: [], faults: [fault] })

const NEEDED = ['name', 'clientId', 'fhirBase', 'authorizationEndpoint']

const readProvider = (entry: unknown, at: string): ReadConfiguration => {
  if (!isObject(entry)) return refused({ at, reason: 'not-usable' })
  const faults = [
    ...unknownMembers(entry, [...NEEDED, 'redirectUri'], `${at}.`),
    ...[...NEEDED, ...(entry.redirectUri === undefined ? [] : ['redirectUri'])]
      .filter((name) => typeof entry[name] !== 'string')
      .map((name): ImportFault => ({ at: `${at}.${name}`, reason: 'not-text' })),
  ]
  if (faults.length > 0) return { providers: [], faults }
  try {
    const form = entry as unknown as ExportedProvider
    return { providers: [readForm({ ...form, redirectUri: form.redirectUri ?? '' })], faults: [] }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const { code, details } = error
    const reason = code === 'insecure-address' || code === 'private-address' ? code : 'not-usable'
    return refused({ at: details?.field ? `${at}.${details.field}` : at, reason })
  }
}

/** Reports unknown members. Their names come from the file, so only the characters of an ordinary name are passed on. */
const unknownMembers = (value: Record<string, unknown>, knownNames: string[], at: string): ImportFault[] =>
  Object.keys(value)
    .filter((name) => !knownNames.includes(name))
    .map((name) => ({ at: `${at}${nameFrom(name)}`, reason: 'unknown-member' }))

const nameFrom = (text: string): string => text.replace(/[^\w-]/g, '').slice(0, 40)

const twice = (providers: CheckedForm[]): ImportFault[] =>
  providers
    .filter((each, index) => providers.findIndex((other) => isSameProvider(each, other)) < index)
    .map(({ fhirBase }) => ({ at: fhirBase, reason: 'twice' }))

/** Finds a name that one object of this JSON has twice; `JSON.parse` silently takes the last one. */
const findDoubledMember = (json: string): string | undefined => {
  const open: (Set<string> | undefined)[] = []
  let lastText = ''
  // A text without an end is matched to the end, so that nothing is read twice.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\]:]/g)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (token !== ':') lastText = token
    else {
      const member = String(parse(lastText))
      if (open.at(-1)?.has(member)) return member
      open.at(-1)?.add(member)
    }
  }
  return undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
