import type { Problem } from '../messages/errors.ts'
import type { Patient } from '../messages/patients.ts'
import type { Reading, Source, Vitals } from '../messages/vitals.ts'
import type { Access, Client } from './client.ts'
import { collect } from './paging.ts'
import { type ConvertedQuantity, mass, measure, pressure } from './quantity.ts'
import { type Json, object, objects, resourcesOf, text } from './resource.ts'

const loinc = 'http://loinc.org'
const codes = {
  /** The panel of FHIR's vital signs, and the older one, without optional parts, that many records still hold. */
  bloodPressure: ['85354-9', '55284-4'],
  systolic: ['8480-6'],
  diastolic: ['8462-4'],
  weight: ['29463-7'],
}

/**
 * The most readings that are read, newest first, and how many one request asks for. A clinic takes more than a decade to record
 * so many.
 */
const mostReadings = 1000
const pageSize = 200

/**
 * Reads blood pressure and weight in one search. Leaves out a resource that makes no sense, and one that the record itself marks
 * as a mistake.
 *
 * @throws ProblemError
 */
export const readVitals = async (
  client: Client,
  access: Access,
  { patient, source }: { patient: Patient; source: Source },
): Promise<Vitals> => {
  const first = await client.search('Observation', {
    patient: patient.id,
    code: [...codes.bloodPressure, ...codes.weight].map((code) => `${loinc}|${code}`).join(','),
    _sort: '-date',
    _count: String(pageSize),
  })
  const { items, cut, warning } = await collect(client, first, {
    access,
    limit: mostReadings,
    items: ({ bundle }) => resourcesOf(bundle, 'Observation'),
  })
  const valid = items.filter(({ status }) => status !== 'entered-in-error' && status !== 'cancelled')
  return {
    patient,
    bloodPressure: readings(valid, codes.bloodPressure, source, bloodPressureOf),
    weight: readings(valid, codes.weight, source, weightOf),
    cut,
    ...(warning && ({ warning } satisfies { warning: Problem })),
    readAt: Date.now(),
  }
}

type ConvertedReading = Pick<Reading, 'value' | 'unit' | 'recorded' | 'amounts'>

const readings = (
  observations: Json[],
  wantedCodes: string[],
  source: Source,
  find: (observation: Json) => ConvertedReading | undefined,
): Reading[] =>
  observations
    .filter((observation) => hasCode(observation, wantedCodes))
    .flatMap((observation) => {
      const id = text(observation.id)
      const taken = timeOf(observation)
      const converted = find(observation)
      return id && taken && converted ? [{ id, taken, ...converted, source }] : []
    })
    .sort((a, b) => Date.parse(b.taken) - Date.parse(a.taken))

const hasCode = ({ code }: Json, wantedCodes: string[]): boolean =>
  objects(object(code).coding).some(
    (coding) => coding.system === loinc && wantedCodes.includes(String(coding.code)),
  )

const timeOf = ({ effectiveDateTime, effectivePeriod, effectiveInstant, issued }: Json): string | undefined =>
  [effectiveDateTime, effectiveInstant, object(effectivePeriod).start, issued]
    .map(text)
    .find((date) => date !== undefined && !Number.isNaN(Date.parse(date)))

/** Returns both parts, or the one that exists. If the unit of one is unknown, both stay as recorded. */
const bloodPressureOf = (observation: Json): ConvertedReading | undefined => {
  const part = (wantedCodes: string[]) =>
    objects(observation.component)
      .filter((component) => hasCode(component, wantedCodes))
      .map(({ valueQuantity }) => measure(valueQuantity, pressure))
      .find((quantity) => quantity !== undefined)
  const parts = [part(codes.systolic), part(codes.diastolic)]
  return readingFrom(
    parts,
    parts.every((each) => !each || each.amount),
  )
}

const weightOf = ({ valueQuantity }: Json): ConvertedReading | undefined => {
  const quantity = measure(valueQuantity, mass)
  return readingFrom([quantity], quantity?.amount !== undefined)
}

const readingFrom = (
  parts: (ConvertedQuantity | undefined)[],
  isKnownUnit: boolean,
): ConvertedReading | undefined => {
  const first = parts.find((part) => part !== undefined)
  if (!first) return undefined
  const original = asRecorded(parts)
  if (!isKnownUnit) return { ...original, amounts: [] }
  const differs = parts.some(
    (part) => part && (part.unit !== part.original.unit || part.value !== part.original.value),
  )
  return {
    value: parts.map((part) => part?.value ?? '–').join('/'),
    unit: first.unit,
    ...(differs && { recorded: `${original.value} ${original.unit}`.trim() }),
    amounts: parts.map((part) => part?.amount ?? null),
  }
}

/** Returns `128/82` and `mmHg`; parts in different units each show their own. */
const asRecorded = (parts: (ConvertedQuantity | undefined)[]): { value: string; unit: string } => {
  const units = new Set(parts.flatMap((part) => part?.original.unit ?? []))
  const [unit = ''] = units
  if (units.size <= 1) return { value: parts.map((part) => part?.original.value ?? '–').join('/'), unit }
  return {
    value: parts.map((part) => (part ? `${part.original.value} ${part.original.unit}` : '–')).join(' / '),
    unit: '',
  }
}
