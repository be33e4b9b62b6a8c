import type { Random } from '../../../server/demo/random.ts'
import type { IndexedValues } from '../../../server/query/indexed-values.ts'
import { modifiersOf, PREFIXES, SEARCH_PARAMETERS } from '../../../server/query/parameters.ts'

export const BASE = 'http://localhost:3999/fhir'
const START = Date.UTC(2025, 0, 1)

/** A record, by the values that searches find it by. */
export interface Row {
  readonly type: string
  readonly id: string
  readonly lastUpdated: number
  readonly values: IndexedValues
}

const MISSES = [
  '',
  ' ',
  '5',
  '1.0',
  '2024',
  '2024-05',
  'zz',
  'Patient/none',
  '|',
  'a|',
  '|x',
  '_',
  '%',
  '\\,',
  'true',
]

/** Returns a parameter as a client might send it: mostly with values that occur, sometimes with ones that nearly do. */
export const randomParameter = (rows: readonly Row[], type: string, random: Random): [string, string] => {
  const [name, parameter] = random.pick(Object.entries(SEARCH_PARAMETERS[type] ?? {}) as never) as [
    string,
    never,
  ]
  const modifier = random.pick(['', '', ...modifiersOf(parameter)])
  return randomValue(rows, type, [name, modifier], random)
}

/** Returns a value of that parameter, with that modifier or none (''). */
export const randomValue = (
  rows: readonly Row[],
  type: string,
  [name, modifier]: readonly [name: string, modifier: string],
  random: Random,
): [string, string] => {
  const parameter = SEARCH_PARAMETERS[type]?.[name]
  const { kind = '', index }: { kind?: string; index?: string } = parameter ?? {}
  if (modifier === 'missing') return [`${name}:missing`, random.pick(['true', 'false'])]
  const row = random.pick(rows.filter((each) => each.type === type) as [Row, ...Row[]])
  const values = [
    sampleOf(row, kind, index ?? name, random),
    ...(random.chance(0.2) ? [random.pick(MISSES as [string, ...string[]])] : []),
  ]
  const prefix =
    kind === 'date' || kind === 'updated' || kind === 'quantity' ? random.pick(['', ...PREFIXES]) : ''
  return [modifier ? `${name}:${modifier}` : name, values.map((value) => prefix + value).join(',')]
}

const escaped = (text: string) => text.replace(/[\\,|$]/g, '\\$&')

const sampleOf = ({ id, lastUpdated, values }: Row, kind: string, name: string, random: Random): string => {
  const any = <Value extends { param: string }>(all: readonly Value[]): Value | undefined => {
    const [first, ...rest] = all.filter(({ param }) => param === name)
    return first && random.pick([first, ...rest])
  }
  const cut = (text: string) => (random.chance(0.3) ? text.slice(random.chance(0.5) ? 1 : 0, 5) : text)
  const day = (time: number) =>
    new Date(Math.min(Math.max(time, 0), 4e12)).toISOString().slice(0, random.pick([4, 7, 10, 24]))
  switch (kind) {
    case 'id':
      return id
    case 'updated':
      return day(lastUpdated)
    case 'string':
      return escaped(cut(any(values.strings)?.text ?? 'x'))
    case 'token': {
      const { system, code } = any(values.tokens) ?? { system: 's', code: 'c' }
      return random.pick([
        escaped(code),
        `${escaped(system)}|${escaped(code)}`,
        `|${escaped(code)}`,
        `${escaped(system)}|`,
      ])
    }
    case 'date': {
      const { low, high, written } = any(values.dates)?.interval ?? { low: START, high: START }
      return day(random.pick([low, written?.low ?? low, high, high - 1]))
    }
    case 'quantity': {
      const { low, high, system, code, unit } = any(values.quantities)?.amount ?? {
        low: 1,
        high: 2,
        system: '',
        code: '',
        unit: '',
      }
      const number = String(Math.abs(low) > 1e300 ? high : low)
      return number + random.pick(['', `|${system}|${code}`, `||${code}`, `||${unit}`])
    }
    default: {
      const { type, id: target } = any(values.references)?.target ?? { type: 'Patient', id: 'pa' }
      return random.pick([target, `${type}/${target}`, `${BASE}/${type}/${target}`])
    }
  }
}
