import { type Amount, bySource, compare, type Reading, type Source } from '../../messages/vitals.ts'
import { timeOf } from '../../ui/words/dates.ts'

/** One measurement, from one or several sources. `reading` is the most precise one and is shown. */
export interface Point {
  reading: Reading
  /** Milliseconds since 1970; a bare date is its midnight, in local time. */
  time: number
  /** All readings that say the same; the first is `reading`. */
  readings: Reading[]
  sources: Source[]
  /** Organizations that hold another value for the same moment. */
  contradictedBy: Source[]
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/**
 * Merges the readings of all sources into one list, newest first, whatever their order of arrival. Readings with the same
 * number at the same moment become one point; contradicting numbers stay separate points, each `contradictedBy` the other's
 * sources (decision 40). The cost grows with the number of readings, whatever they contain.
 */
export const timelineOf = (readings: readonly Reading[]): Point[] => {
  const comparables = readings.map(comparableOf).sort(inOrder)
  const findContradictions = contradictions(comparables)
  return foldAlike(comparables)
    .map((group) => pointOf(group, findContradictions))
    .sort((a, b) => b.point.time - a.point.time || inOrder(a.shown, b.shown))
    .map(({ point }) => point)
}

/** Returns the timeline of each organization's readings alone, in the order in which the organizations were added. */
export const timelinesOf = (readings: readonly Reading[]): ReadonlyMap<Source, Point[]> => {
  const own = Map.groupBy(readings, ({ source }) => source.connectionId)
  const sources = sourcesOf([...own.values()].flatMap(([first]) => first ?? []))
  return new Map(sources.map((source) => [source, timelineOf(own.get(source.connectionId) ?? [])]))
}

/** Checks for a date in the future: a typo or a wrong clock. Allows one day, because time zones differ. */
export const isAhead = ({ time }: Pick<Point, 'time'>, now: number = Date.now()): boolean => time - now > DAY

/** Returns the number of one source at a point, or null; the parts of a blood pressure are 0 and 1. */
export const numberAt = ({ readings }: Point, source: Source, part: number): number | null =>
  readings.find((reading) => reading.source.connectionId === source.connectionId)?.amounts[part]?.number ??
  null

/** Returns each source once, in the order of their hues. */
export const sourcesOf = (readings: Reading[]): Source[] =>
  uniqueSources(readings.map(({ source }) => source))

/** Checks for a date without a time (a day, month or year). */
export const isBare = ({ taken }: Reading): boolean => taken.length <= 10

/** A reading with its keys of comparison. */
interface Comparable {
  reading: Reading
  time: number
  /** Absent for a bare date. */
  minute?: number
  /** The day as recorded, in the time zone of the measurement. Absent for a month or year. */
  day?: string
  /** The shown number, or the recorded value if its unit is unknown. */
  valueKey: string
}

const comparableOf = (reading: Reading): Comparable => {
  const { taken } = reading
  const time = timeOf(taken)
  return {
    reading,
    time,
    ...(!isBare(reading) && { minute: Math.floor(time / MINUTE) }),
    ...(taken.length >= 10 && { day: taken.slice(0, 10) }),
    valueKey: valueKeyOf(reading),
  }
}

/** Returns a key of the value, in which `81.20` and `81.2` are equal. */
const valueKeyOf = ({ value, unit, partUnits, amounts }: Reading): string => {
  const number = (part: string) => (part === '' || Number.isNaN(Number(part)) ? part : String(Number(part)))
  return JSON.stringify(
    amounts.length === 0
      ? [value, unit, partUnits]
      : [value.split('/').map(number).join('/'), unit, amounts.length],
  )
}

/**
 * Joins readings with the same number. A bare day joins the earliest moment of that day, of its own organization if it has one, so
 * that no other takes it away; a month joins nothing.
 */
const foldAlike = (comparables: readonly Comparable[]): Comparable[][] => {
  const { moment = [], day = [], month = [] } = Object.groupBy(comparables, placeKindOf)
  const moments = Map.groupBy(moment, ({ minute, valueKey }) => `${minute} ${valueKey}`)
  const earliest = new Map<string, Comparable[]>()
  for (const group of moments.values())
    for (const key of group.flatMap(dayKeysOf)) if (!earliest.has(key)) earliest.set(key, group)
  const days = new Map<string, Comparable[]>()
  for (const each of day) {
    const [own, any] = dayKeysOf(each)
    const group = earliest.get(own) ?? earliest.get(any) ?? days.get(any)
    if (group) group.push(each)
    else days.set(any, [each])
  }
  return [...moments.values(), ...days.values(), ...month.map((each) => [each])]
}

/** Returns the keys of a day's number: at its own organization, then at any. */
const dayKeysOf = ({ day, valueKey, reading }: Comparable): [own: string, any: string] => [
  `${reading.source.connectionId} ${day} ${valueKey}`,
  `${day} ${valueKey}`,
]

const placeKindOf = ({ minute, day }: Comparable) =>
  minute !== undefined ? 'moment' : day !== undefined ? 'day' : 'month'

const pointOf = (group: readonly Comparable[], findAgainst: (placed: Comparable) => Source[]) => {
  const byPrecision = group
    .map((comparable) => ({ placed: comparable, precision: precision(comparable) }))
    .sort((a, b) => a.precision - b.precision || inOrder(a.placed, b.placed))
    .map(({ placed }) => placed)
  const [mostPrecise] = byPrecision as [Comparable]
  const readings = byPrecision.map(({ reading }) => reading)
  const point: Point = {
    reading: mostPrecise.reading,
    time: mostPrecise.time,
    readings,
    sources: sourcesOf(readings),
    contradictedBy: uniqueSources(group.flatMap(findAgainst)),
  }
  return { point, shown: mostPrecise }
}

/** Ranks a reading, lower is more precise: a time before a day, then an unconverted value, then the finest step. */
const precision = ({ minute, reading: { recorded, amounts } }: Comparable): number =>
  (minute === undefined ? 1e9 : 0) +
  (recorded ? 1e6 : 0) +
  Math.max(0, ...amounts.map((each) => each?.step ?? 0))

const inOrder = (a: Comparable, b: Comparable): number =>
  a.time - b.time ||
  compare(a.reading.taken, b.reading.taken) ||
  bySource(a.reading.source, b.reading.source) ||
  compare(a.reading.id, b.reading.id) ||
  compare(a.reading.value, b.reading.value)

const uniqueSources = (sources: Source[]): Source[] =>
  [...new Map(sources.map((source) => [source.connectionId, source])).values()].sort(bySource)

/** The range of one source's values at a moment, part by part: a value beyond either bound contradicts it. */
interface Bounds {
  source: Source
  highestLow: number[]
  lowestHigh: number[]
}

/** Keeps a bare day apart from the moments of that day, because they may be two measurements and so contradict nothing. */
const momentOf = ({ minute, day }: Comparable): string => String(minute ?? day)

/**
 * Finds the other sources that contradict a reading at its moment: their numbers cannot be equal even if each is rounded to
 * its own last decimal.
 */
const contradictions = (comparables: readonly Comparable[]): ((placed: Comparable) => Source[]) => {
  const moments = new Map<string, Map<string, Bounds>>()
  for (const each of comparables) {
    if (each.day === undefined) continue
    const { source, amounts } = each.reading
    const bounds = moments.get(momentOf(each)) ?? new Map<string, Bounds>()
    moments.set(momentOf(each), bounds)
    const own = bounds.get(source.connectionId) ?? { source, highestLow: [], lowestHigh: [] }
    bounds.set(source.connectionId, own)
    amounts.forEach((amount, part) => {
      if (!amount) return
      const [low, high] = rangeOf(amount)
      own.highestLow[part] = Math.max(own.highestLow[part] ?? low, low)
      own.lowestHigh[part] = Math.min(own.lowestHigh[part] ?? high, high)
    })
  }
  return (each) => {
    const { source, amounts } = each.reading
    const bounds = each.day === undefined ? undefined : moments.get(momentOf(each))
    return [...(bounds?.values() ?? [])]
      .filter((range) => range.source.connectionId !== source.connectionId)
      .filter((range) =>
        amounts.some((amount, part) => {
          const [highestLow, lowestHigh] = [range.highestLow[part], range.lowestHigh[part]]
          if (!amount || highestLow === undefined || lowestHigh === undefined) return false
          const [low, high] = rangeOf(amount)
          return highestLow >= high || lowestHigh <= low
        }),
      )
      .map((range) => range.source)
  }
}

/** Returns the range that rounds to this number: half a step of its last decimal to either side. */
const rangeOf = ({ number, step }: Amount): [low: number, high: number] => {
  const half = (step / 2) * (1 - 1e-6)
  return [number - half, number + half]
}
