import { isObject, type Json } from '../../query/json-path.ts'

/** A number whose digits carry more than its value: `1.10`, `1e3`, `-0`, or more digits than a double holds. */
const TELLING_NUMBER = /[:,[]\s*(?:-0(?![\d.])|-?(?:\d+\.\d*0(?![\d.])|[\d.]+[eE]|[\d.]{16}))/

/** A number that JSON parsers cannot represent: `1e999` would become infinity or nothing. */
export class NumberTooLarge extends Error {}

interface Meta {
  readonly version: number
  readonly lastUpdated: number
}

/**
 * Prints a resource as it is stored and sent, with the server's own `meta.versionId` and `meta.lastUpdated`. Keeps the digits of
 * the source text, if it is given, because "the precision of the decimal value has significance" (R4 Datatypes).
 *
 * @throws RangeError when it is nested too deeply to print.
 * @throws NumberTooLarge when a number of the source is beyond a double.
 */
export const resourceText = (resource: Json, { version, lastUpdated }: Meta, source?: string): string => {
  const content =
    source !== undefined && TELLING_NUMBER.test(source) ? parseKeepingDigits(source, requireFinite) : resource
  const { resourceType, id, meta, ...rest } = content
  return JSON.stringify({
    resourceType,
    id,
    meta: {
      ...(isObject(meta) ? meta : {}),
      versionId: String(version),
      lastUpdated: new Date(lastUpdated).toISOString(),
    },
    ...rest,
  })
}

/** ECMAScript "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json: {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): Json
  rawJSON(text: string): unknown
} = JSON as never

/** Parses JSON so that printing it writes every number as it was. Numbers become opaque objects, not values of type `number`. */
export const parseKeepingDigits = (source: string, check: (value: number) => void = () => {}): Json =>
  json.parse(source, (_key, value, context) => {
    if (typeof value !== 'number' || context.source === undefined) return value
    check(value)
    return json.rawJSON(context.source)
  })

const requireFinite = (value: number): void => {
  if (!Number.isFinite(value)) throw new NumberTooLarge()
}
