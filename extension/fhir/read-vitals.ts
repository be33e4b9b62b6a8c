import type { Problem } from '../messages/errors.ts'
import type { Reading, Source, VitalName, Vitals } from '../messages/vitals.ts'
import { omittedOf, type PatientClient } from './about-patient.ts'
import type { RecordAccess } from './client.ts'
import { measures } from './measures.ts'
import { collect, UNREADABLE } from './paging.ts'
import { type ConvertedQuantity, type Measure, measure } from './quantity.ts'
import { isDate, type Json, object, objects, remarkOf, resourcesOf, text } from './resource.ts'

export const loinc = 'http://loinc.org'
/**
 * The LOINC codes of FHIR's vital signs (https://hl7.org/fhir/R4/observation-vitalsigns.html), and of body fat, which scales
 * measure.
 */
const codes: Readonly<Record<VitalName, readonly string[]>> = {
  /** The second is the older panel, without optional parts, that many records still hold. */
  bloodPressure: ['85354-9', '55284-4'],
  weight: ['29463-7'],
  heartRate: ['8867-4'],
  /** The second is the one by pulse oximeter, which US Core asks for as well. */
  oxygenSaturation: ['2708-6', '59408-5'],
  temperature: ['8310-5'],
  height: ['8302-2'],
  bmi: ['39156-5'],
  bodyFat: ['41982-0'],
  fatMass: ['73708-0'],
}
const systolic = ['8480-6']
const diastolic = ['8462-4']
const kinds = Object.keys(codes) as VitalName[]
/** Vital signs that no page shows: respiratory rate, head circumference, and the panel of all of them. */
const otherCodes = ['9279-1', '9843-4', '85353-1']

/**
 * The most readings of all kinds that are read, newest first, and how many one request asks for. A clinic takes more than a
 * decade to record so many.
 */
const mostReadings = 2000
const pageSize = 200

/**
 * Reads all vital signs in one search. Leaves out what the record itself marks as a mistake, and counts what says something but cannot
 * be shown.
 *
 * @throws ProblemError
 */
export const readVitals = async (
  client: PatientClient,
  access: RecordAccess,
  { patient, source }: { patient: string; source: Source },
): Promise<Omit<Vitals, 'patient'>> => {
  const first = await client.search('Observation', {
    patient,
    code: Object.values(codes)
      .flat()
      .map((code) => `${loinc}|${code}`)
      .join(','),
    _sort: '-date',
    _count: String(pageSize),
  })
  const { items, unreadable, cut, warning } = await collect(client, first, {
    access,
    limit: mostReadings,
    items: function* ({ bundle }) {
      for (const observation of resourcesOf(bundle, 'Observation')) yield readingsOf(observation, source)
    },
  })
  const remark = remarkOf(first.bundle)
  const readings = items.flat()
  return {
    ...(Object.fromEntries(
      kinds.map((name) => [
        name,
        readings
          .flatMap(({ kind, reading }) => (kind === name ? reading : []))
          .sort((a, b) => Date.parse(b.taken) - Date.parse(a.taken)),
      ]),
    ) as Record<VitalName, Reading[]>),
    cut,
    ...omittedOf(client, unreadable),
    ...(warning && ({ warning } satisfies { warning: Problem })),
    ...(remark !== undefined && { remark }),
    readAt: Date.now(),
  }
}

/** Statuses of an Observation that says nothing any more. */
const WITHDRAWN = ['entered-in-error', 'cancelled']
/** Statuses of a valid Observation. One of a status that R4 does not define is not shown, because it may mean anything. */
const GOOD = ['registered', 'preliminary', 'final', 'amended', 'corrected', 'unknown']
const isGood = (status: unknown): boolean => status === undefined || GOOD.includes(String(status))

type ConvertedReading = Pick<Reading, 'value' | 'unit' | 'partUnits' | 'recorded' | 'amounts'>
type Conversion = (observation: Json) => ConvertedReading | undefined

/** Returns the readings of an Observation; none if it is no vital sign, or if the record withdrew it. */
const readingsOf = (
  observation: Json,
  source: Source,
): { kind: VitalName; reading: Reading }[] | typeof UNREADABLE => {
  const itsKinds = kinds.filter((kind) => hasCode(observation, codes[kind]))
  if (itsKinds.length === 0 || WITHDRAWN.includes(String(observation.status)) || !hasValue(observation))
    return []
  const id = text(observation.id)
  const taken = timeOf(observation)
  if (!id || !taken || !isGood(observation.status)) return UNREADABLE
  const readings = itsKinds.flatMap((kind) => {
    const converted = conversions[kind](observation)
    return converted ? [{ kind, reading: { id, taken, ...converted, source } }] : []
  })
  return readings.length > 0 ? readings : UNREADABLE
}

/** Checks for a value of any type, also in a part, or in another Observation that it refers to. */
const hasValue = (observation: Json): boolean =>
  objects(observation.hasMember).length > 0 ||
  [observation, ...objects(observation.component)].some((part) =>
    Object.entries(part).some(([name, value]) => name.startsWith('value') && value !== undefined),
  )

/** Checks for one of several LOINC codes. */
export const hasCode = ({ code }: Json, wantedCodes: readonly string[]): boolean =>
  objects(object(code).coding).some(
    (coding) => coding.system === loinc && wantedCodes.includes(String(coding.code)),
  )

export const isVitalSign = (observation: Json): boolean =>
  hasCode(observation, [...Object.values(codes).flat(), ...systolic, ...diastolic, ...otherCodes])

const timeOf = ({ effectiveDateTime, effectivePeriod, effectiveInstant, issued }: Json): string | undefined =>
  [effectiveDateTime, effectiveInstant, object(effectivePeriod).start, issued]
    .map(text)
    .find((date) => date !== undefined && isDate(date))

/** Returns both parts, or the one that exists. If the unit of one is unknown, both stay as recorded. */
const bloodPressureOf = (observation: Json): ConvertedReading | undefined => {
  const part = (wantedCodes: readonly string[]) =>
    objects(observation.component)
      .filter((component) => hasCode(component, wantedCodes))
      .map(({ valueQuantity }) => measure(valueQuantity, measures.pressure))
      .find((quantity) => quantity !== undefined)
  const parts = [part(systolic), part(diastolic)]
  return readingFrom(
    parts,
    parts.every((each) => !each || each.amount),
  )
}

const quantityOf =
  (kind: Measure): Conversion =>
  ({ valueQuantity }) => {
    const quantity = measure(valueQuantity, kind)
    return readingFrom([quantity], quantity?.amount !== undefined)
  }

const conversions: Readonly<Record<VitalName, Conversion>> = {
  bloodPressure: bloodPressureOf,
  weight: quantityOf(measures.mass),
  heartRate: quantityOf(measures.rate),
  oxygenSaturation: quantityOf(measures.percentage),
  temperature: quantityOf(measures.temperature),
  height: quantityOf(measures.length),
  bmi: quantityOf(measures.massByArea),
  bodyFat: quantityOf(measures.percentage),
  fatMass: quantityOf(measures.mass),
}

const readingFrom = (
  parts: (ConvertedQuantity | undefined)[],
  isKnownUnit: boolean,
): ConvertedReading | undefined => {
  const first = parts.find((part) => part !== undefined)
  if (!first) return undefined
  if (!isKnownUnit) return { ...asRecorded(parts), amounts: [] }
  const differs = parts.some((part) => part && !isAsRecorded(part))
  return {
    value: parts.map((part) => part?.value ?? '–').join('/'),
    unit: first.unit,
    ...(differs && { recorded: recordedText(parts) }),
    amounts: parts.map((part) => part?.amount ?? null),
  }
}

/** Also for `93.45` of `93.450`: a trailing zero does not change the number, and says nothing about where it came from. */
const isAsRecorded = ({ value, unit, original }: ConvertedQuantity): boolean => {
  const isSameNumber = Number(value) === Number(original.value) && !/e/i.test(original.value)
  return unit === original.unit && (value === original.value || isSameNumber)
}

/** Returns `128/82` and `mmHg`. */
const asRecorded = (
  parts: (ConvertedQuantity | undefined)[],
): Pick<Reading, 'value' | 'unit' | 'partUnits'> => {
  const value = parts.map((part) => part?.original.value ?? '–').join('/')
  const partUnits = parts.map((part) => part?.original.unit ?? '')
  const [unit = '', ...others] = new Set(parts.flatMap((part) => part?.original.unit ?? []))
  return others.length > 0 ? { value, unit: '', partUnits } : { value, unit }
}

/** Returns `128/82 mmHg`, or `17.1 kPa / 82 mmHg`. */
const recordedText = (parts: (ConvertedQuantity | undefined)[]): string => {
  const { value, unit, partUnits } = asRecorded(parts)
  return partUnits
    ? parts.flatMap((part) => (part ? `${part.original.value} ${part.original.unit}` : [])).join(' / ')
    : `${value} ${unit}`
}
