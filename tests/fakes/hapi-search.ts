import { dateInterval, type Interval } from '../../server/query/date-interval.ts'
import { type IndexedValues, indexedValues } from '../../server/query/indexed-values.ts'
import type { Json } from '../../server/query/json-path.ts'
import { SEARCH_PARAMETERS } from '../../server/query/parameters.ts'
import { split } from '../../server/query/parse-criteria.ts'
import { localReference } from '../../server/query/reference.ts'

/** A resource with the values that HAPI finds it by. */
export interface Stored {
  readonly type: string
  readonly id: string
  readonly resource: Json
  readonly values: IndexedValues
  readonly lastUpdated: number
}

/** HAPI reads days in its own time zone; this one is as far west as a clock can be set. */
const ZONE = -12 * 3_600_000

export const toStored = (resource: Json, lastUpdated: number): Stored => {
  const { resourceType, id } = resource as { resourceType: string; id: string }
  const values = indexedValues(resourceType, resource)
  const written = new Set(textsIn(resource))
  // HAPI knows a name by its parts alone, not by the full name that they make.
  const strings = values.strings.filter(({ text }) => written.has(text))
  return { type: resourceType, id, resource, values: { ...values, strings }, lastUpdated }
}

const textsIn = (node: unknown): string[] => {
  if (typeof node === 'string') return [node]
  return node && typeof node === 'object' ? Object.values(node).flatMap(textsIn) : []
}

/** HAPI's search by one parameter. It knows no modifiers: Carekey must send none. */
export const conditionOf = (type: string, name: string, value: string): ((stored: Stored) => boolean) => {
  const parameter = SEARCH_PARAMETERS[type]?.[name]
  const texts = split(value, ',')
  switch (parameter?.kind) {
    case 'id':
      return ({ id }) => texts.includes(id)
    case 'updated': {
      const areWithin = texts.map(dayCondition)
      return ({ lastUpdated: low }) => areWithin.some((isWithin) => isWithin({ low, high: low + 1 }))
    }
    case 'string': {
      const starts = texts.map((text) => normal(plain(text)))
      return ({ values }) =>
        values.strings.some(
          ({ param, text }) => param === name && starts.some((start) => normal(text).startsWith(start)),
        )
    }
    case 'token': {
      const wanted = texts.map((text) => split(text, '|').map(plain))
      return ({ values }) =>
        values.tokens.some(
          ({ param, system, code }) =>
            param === name &&
            wanted.some(([first, second]) =>
              second === undefined ? first === code : first === system && (second === '' || second === code),
            ),
        )
    }
    case 'date': {
      const areWithin = texts.map(dayCondition)
      return ({ values }) =>
        values.dates.some(
          ({ param, interval }) => param === name && areWithin.some((isWithin) => isWithin(interval)),
        )
    }
    case 'reference': {
      const { index = name, targets } = parameter
      const wanted = texts.map(localReference)
      return ({ values }) =>
        values.references.some(
          ({ param, target }) =>
            param === index &&
            (targets === '*' || targets.includes(target.type)) &&
            wanted.some((each) => each?.type === target.type && each.id === target.id),
        )
    }
    default:
      throw new Error(`This HAPI does not search by ${name}.`)
  }
}

/** Sorts as HAPI does: what lacks the value comes last. */
export const sortStored = (all: readonly Stored[], order: string): Stored[] => {
  const [first = ''] = order.split(',')
  const isDescending = first.startsWith('-')
  const name = first.replace('-', '')
  return all.toSorted((a, b) => {
    const [one, other] = [sortValue(name, a), sortValue(name, b)]
    if (one === undefined || other === undefined)
      return Number(one === undefined) - Number(other === undefined)
    const order = one < other ? -1 : one > other ? 1 : 0
    return isDescending ? -order : order
  })
}

const sortValue = (name: string, { id, lastUpdated, values }: Stored): number | string | undefined => {
  if (name === '_id') return id
  if (name === '_lastUpdated') return lastUpdated
  const text = values.strings.find(({ param }) => param === name)?.text
  return values.dates.find(({ param }) => param === name)?.interval.low ?? (text && normal(text))
}

/** Reads a day, `ge2024-01-05` or `le2024-01-05`. */
const dayCondition = (text: string): ((interval: Interval) => boolean) => {
  const day = dateInterval(text.slice(2))
  const prefix = text.slice(0, 2)
  if (!day || !['ge', 'le'].includes(prefix)) throw new Error(`This HAPI reads no date ${text}.`)
  return ({ low, high }) => (prefix === 'ge' ? high > day.low - ZONE : low < day.high - ZONE)
}

const normal = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase()

const plain = (text: string): string => text.replace(/\\([\\,|$])/g, '$1')
