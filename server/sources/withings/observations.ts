import { createHash } from 'node:crypto'
import type { Measure, MeasureGroup } from './read-measures.ts'

/** The system of the identifiers of Withings' readings: the address of the API that returns them. */
export const WITHINGS_SYSTEM = 'https://wbsapi.withings.net/measure'

const LOINC = 'http://loinc.org'
const UCUM = 'http://unitsofmeasure.org'

interface Kind {
  /** Part of the resource's id, and of its identifier. */
  readonly name: string
  /** LOINC. */
  readonly codes: readonly string[]
  readonly text: string
  readonly unit: string
  readonly ucum: string
}

const DIASTOLIC = 9
const SYSTOLIC = 10

/** Types of measure that make an Observation of their own. */
const KINDS: Readonly<Record<number, Kind>> = {
  1: { name: 'weight', codes: ['29463-7'], text: 'Body weight', unit: 'kg', ucum: 'kg' },
  4: { name: 'height', codes: ['8302-2'], text: 'Body height', unit: 'm', ucum: 'm' },
  6: { name: 'fat-ratio', codes: ['41982-0'], text: 'Percentage of body fat', unit: '%', ucum: '%' },
  8: { name: 'fat-mass', codes: ['73708-0'], text: 'Body fat mass', unit: 'kg', ucum: 'kg' },
  11: { name: 'pulse', codes: ['8867-4'], text: 'Heart rate', unit: 'beats/minute', ucum: '/min' },
  54: { name: 'oxygen', codes: ['2708-6', '59408-5'], text: 'Oxygen saturation', unit: '%', ucum: '%' },
  71: { name: 'temperature', codes: ['8310-5'], text: 'Body temperature', unit: 'Cel', ucum: 'Cel' },
}

const PRESSURE: Kind = {
  name: 'pressure',
  codes: ['85354-9'],
  text: 'Blood pressure',
  unit: 'mmHg',
  ucum: 'mm[Hg]',
}
const PARTS = [
  { type: SYSTOLIC, codes: ['8480-6'], text: 'Systolic blood pressure' },
  { type: DIASTOLIC, codes: ['8462-4'], text: 'Diastolic blood pressure' },
]

/** The types that are requested. */
export const MEASURE_TYPES: readonly number[] = [...[SYSTOLIC, DIASTOLIC], ...Object.keys(KINDS).map(Number)]

/** The ways in which a measure is attributed to this person (`attrib`) that leave no doubt, with what readers are told of it. */
const CERTAIN: ReadonlyMap<number, string | undefined> = new Map([
  [0, undefined],
  [2, 'Typed by hand.'],
  [4, 'Typed by hand.'],
  [5, 'The best of several measurements.'],
  [7, undefined],
  [8, undefined],
  // Measured under guidance.
  [15, undefined],
  [17, undefined],
])
const MAYBE_ANOTHERS = 1

const doubtOf = (attrib: number): string =>
  attrib === MAYBE_ANOTHERS
    ? "May be somebody else's: the device could not tell who used it."
    : "May be somebody else's: Withings does not say in a known way whose it is."

/** The resources made from one group of measures. */
interface MappedGroup {
  readonly resources: readonly { readonly id: string; readonly text: string }[]
  /** Ids of resources that this group no longer has, because a measure was removed from it. */
  readonly absent: readonly string[]
  /** Types of measure that are not stored here. */
  readonly leftOut: readonly number[]
}

/** ECMAScript "JSON.parse source text access", which TypeScript's library does not declare yet. */
const json: { rawJSON(text: string): unknown } = JSON as never

/**
 * Maps a group of measures to Observations, as text with the digits that were measured. The same group always has the same ids,
 * so an edited group replaces its earlier version.
 *
 * @param patient the id of the Patient resource.
 * @param zone the time zone of the account at Withings.
 * @returns `undefined` for a group that is not understood: it has nothing that was asked for, two values of one type, or one that cannot be.
 */
export const mapGroup = (
  group: MeasureGroup,
  patient: string,
  zone: Zone | undefined,
): MappedGroup | undefined => {
  const { grpid, attrib, date, created, model } = group
  const known = group.measures.filter(({ type }) => MEASURE_TYPES.includes(type))
  const types = new Set(known.map(({ type }) => type))
  if (types.size === 0 || types.size < known.length || !known.every(canBe)) return undefined
  const measures = new Map(group.measures.map((measure) => [measure.type, measure]))
  const idOf = ({ name }: Kind) => fittingId(`${patient}-${grpid}-${name}`)
  const isCertain = CERTAIN.has(attrib)
  const note = isCertain ? CERTAIN.get(attrib) : doubtOf(attrib)
  const effectiveDateTime = dateTime(date, zone)

  const observation = (kind: Kind, content: object) => {
    const id = idOf(kind)
    const resource = {
      resourceType: 'Observation',
      id,
      identifier: [{ system: WITHINGS_SYSTEM, value: kind === PRESSURE ? grpid : `${grpid}-${kind.name}` }],
      // A reading that may be another person's is not final.
      status: isCertain ? 'final' : 'preliminary',
      category: [
        {
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/observation-category',
              code: 'vital-signs',
              display: 'Vital Signs',
            },
          ],
        },
      ],
      code: concept(kind),
      subject: { reference: `Patient/${patient}` },
      effectiveDateTime,
      ...(created !== undefined && { issued: new Date(created * 1000).toISOString() }),
      performer: [{ reference: `Patient/${patient}` }],
      ...(note !== undefined && { note: [{ text: note }] }),
      ...(model !== undefined && { device: { display: `Withings ${model}` } }),
      ...content,
    }
    return { id, text: JSON.stringify(resource) }
  }

  const single = Object.entries(KINDS).flatMap(([type, kind]) => {
    const measure = measures.get(Number(type))
    return measure ? [observation(kind, { valueQuantity: quantity(measure, kind) })] : []
  })
  const parts = PARTS.map((part) => {
    const measure = measures.get(part.type)
    return {
      code: concept(part),
      ...(measure ? { valueQuantity: quantity(measure, PRESSURE) } : { dataAbsentReason: UNKNOWN }),
    }
  })
  const hasPressure = measures.has(SYSTOLIC) || measures.has(DIASTOLIC)
  const resources = hasPressure ? [observation(PRESSURE, { component: parts }), ...single] : single
  const present = new Set(resources.map(({ id }) => id))
  return {
    resources,
    absent: [PRESSURE, ...Object.values(KINDS)].map(idOf).filter((id) => !present.has(id)),
    leftOut: [...measures.keys()].filter((type) => !MEASURE_TYPES.includes(type)),
  }
}

/** The longest id in FHIR, which is also the length of a SHA-256 in hex. A record may itself have an id that long. */
const LONGEST_ID = 64

const fittingId = (id: string): string =>
  id.length <= LONGEST_ID ? id : createHash('sha256').update(id).digest('hex')

const UNKNOWN = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }],
}

const concept = ({ codes, text }: Pick<Kind, 'codes' | 'text'>) => ({
  coding: codes.map((code) => ({ system: LOINC, code })),
  text,
})

const quantity = ({ value, unit: power }: Measure, { unit, ucum }: Kind) => ({
  value: json.rawJSON(decimal(value, power)),
  unit,
  system: UCUM,
  code: ucum,
})

/**
 * Writes `value × 10^unit` as a decimal with every measured digit: 118003 and −3 make `118.003`, 7900 and −2 make `79.00`.
 *
 * @param value a whole number as text.
 */
export const decimal = (value: string, unit: number): string => {
  const sign = value.startsWith('-') ? '-' : ''
  const digits = value.replace(/^-?0*(?=\d)/, '')
  if (digits === '0') return '0'
  if (unit >= 0) return sign + digits + '0'.repeat(unit)
  const padded = digits.padStart(1 - unit, '0')
  return `${sign}${padded.slice(0, unit)}.${padded.slice(unit)}`
}

/** Whether there can be such a value: nobody weighs nothing, and no share is more than all. */
const canBe = ({ type, value, unit }: Measure): boolean => {
  const number = Number(decimal(value, unit))
  return number > 0 && (KINDS[type]?.ucum !== '%' || number <= 100)
}

/** Writes local times. To make one costs as much as hundreds of times written by it, so it is made once for a page. */
export type Zone = Intl.DateTimeFormat

/** The largest offset of a time zone in FHIR, in minutes. */
const LARGEST_OFFSET = 14 * 60

/** Returns a time zone by its name; `undefined` if it is unknown. */
export const zoneOf = (name: string): Zone | undefined => {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: name, dateStyle: 'short', timeStyle: 'medium' })
  } catch {
    return undefined
  }
}

/**
 * Returns a FHIR dateTime with the offset of its time zone at that moment; in UTC if the zone is unknown, or has no such offset.
 *
 * @param seconds since 1970.
 */
export const dateTime = (seconds: number, zone: Zone | undefined): string => {
  const utc = `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`
  const local = zone?.format(seconds * 1000).replace(' ', 'T')
  const minutes = Math.round((Date.parse(`${local}Z`) / 1000 - seconds) / 60)
  if (!(Math.abs(minutes) <= LARGEST_OFFSET)) return utc
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60]
  const pad = (number: number) => String(number).padStart(2, '0')
  return `${local}${minutes < 0 ? '-' : '+'}${pad(hours)}:${pad(rest)}`
}
