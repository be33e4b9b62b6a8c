import type { ErrorObject } from 'ajv/dist/2020.js'
import { pathOf } from './read-json.ts'

/** Keys that the configuration will have later; until then each is refused by its name. */
const LATER: Readonly<Record<string, readonly string[]>> = {
  '': ['mail', 'metrics', 'witnesses'],
  signIn: ['passkey', 'oidc'],
}

const SECRET = /^\w*(token|secret|password|passphrase|key|credentials?)$/i

/** Says in one sentence which key of a configuration is wrong. Names keys and allowed values only; a value may be a secret. */
export const describeFault = (errors: readonly ErrorObject[]): string => {
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
