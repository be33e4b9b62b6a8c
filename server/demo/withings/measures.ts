import { invalidParameter } from './refusal.ts'
import type { Switches } from './switches.ts'

/** One value: `value × 10^unit`, in the unit that belongs to its type. */
export interface Measure {
  readonly type: number
  /** A bigint, because a number would round its digits. */
  readonly value: number | bigint
  readonly unit: number
  readonly algo?: number
  readonly fm?: number
}

/** Measures that were taken together, as Withings sends them. Times in seconds since 1970. */
export interface MeasureGroup {
  readonly grpid: number
  /**
   * How the group was attributed to this person: 0 and 8 by a device, 1 by a device but perhaps of somebody else, 2 and 4 typed
   * by hand, 5, 7, 15 and 17 in other ways.
   */
  readonly attrib: number
  readonly date: number
  readonly created: number
  readonly modified: number
  /** 1 for a measurement, 2 for a goal. */
  readonly category: 1 | 2
  /** The members about the device are null if the value was typed. */
  readonly deviceid: string | null
  readonly hash_deviceid: string | null
  readonly measures: readonly Measure[]
  readonly modelid: number | null
  readonly model: string | null
  readonly comment: null
}

/** Types of measure. */
export const WEIGHT = 1
export const HEIGHT = 4
export const FAT_RATIO = 6
export const FAT_MASS = 8
export const DIASTOLIC = 9
export const SYSTOLIC = 10
export const PULSE = 11

/**
 * Answers `getmeas`: the newest first, in pages. `lastupdate` takes the place of `startdate` and `enddate`.
 *
 * @param now milliseconds.
 * @throws Refusal for a parameter that is not a number.
 */
export const selectMeasures = (
  params: URLSearchParams,
  groups: readonly MeasureGroup[],
  { now, timezone, switches }: { now: number; timezone: string; switches: Switches },
): object => {
  const category = numberOf(params, 'category')
  const lastUpdate = numberOf(params, 'lastupdate')
  const start = lastUpdate === undefined ? numberOf(params, 'startdate') : undefined
  const end = lastUpdate === undefined ? numberOf(params, 'enddate') : undefined
  const offset = numberOf(params, 'offset') ?? 0
  const isOfTypes = typeFilter(params)

  const matches = groups
    .filter((group) => category === undefined || group.category === category)
    .filter(({ modified }) => lastUpdate === undefined || modified > lastUpdate)
    .filter(({ date }) => (start === undefined || date >= start) && (end === undefined || date <= end))
    .filter(({ measures }) => measures.some(isOfTypes))
    .sort((a, b) => b.date - a.date || b.grpid - a.grpid)
  const page = matches.slice(offset, offset + switches.pageSize)
  const next = offset + page.length
  const more = next < matches.length
  return {
    updatetime: Math.floor(now / 1000),
    timezone,
    measuregrps: page.map((group) => ({
      ...group,
      measures: switches.wholeGroups ? group.measures : group.measures.filter(isOfTypes),
    })),
    more: WAYS[switches.more](more),
    offset: more ? next : 0,
  }
}

const WAYS: Readonly<Record<Switches['more'], (more: boolean) => unknown>> = {
  number: Number,
  boolean: (more) => more,
  text: (more) => String(Number(more)),
}

const typeFilter = (params: URLSearchParams): ((measure: Measure) => boolean) => {
  const list = params.get('meastypes') ?? params.get('meastype')
  if (list === null) return () => true
  const types = list.split(',').map(Number)
  if (!types.every(Number.isInteger)) throw invalidParameter('meastypes')
  return ({ type }) => types.includes(type)
}

/** @throws Refusal for a value that is not a whole number from 0. */
export const numberOf = (params: URLSearchParams, name: string): number | undefined => {
  const text = params.get(name)
  if (text === null) return undefined
  if (!/^\d{1,15}$/.test(text)) throw invalidParameter(name)
  return Number(text)
}
