import type { Problem } from '../messages/errors.ts'
import type { Patient } from '../messages/patients.ts'
import type { Reading, Vitals } from '../messages/vitals.ts'
import type { Access, Client } from './client.ts'
import { collect } from './paging.ts'
import { type Json, object, objects, resourcesOf, text } from './resource.ts'

const loinc = 'http://loinc.org'
const codes = { bloodPressure: '85354-9', systolic: '8480-6', diastolic: '8462-4', weight: '29463-7' }

/** As many readings as are read at most; the newest. */
const limit = 200

/**
 * Blood pressure and weight in one search. A resource that makes no sense is left out rather than believed, as is one that
 * the record itself calls a mistake.
 */
export const readVitals = async (
  client: Client,
  access: Access,
  { patient, source }: { patient: Patient; source: string },
): Promise<Vitals> => {
  const first = await client.search('Observation', {
    patient: patient.id,
    code: `${loinc}|${codes.bloodPressure},${loinc}|${codes.weight}`,
    _sort: '-date',
    _count: String(limit),
  })
  const { items, cut, warning } = await collect(client, first, {
    fhirBase: access.fhirBase,
    enough: limit,
    items: ({ bundle }) => resourcesOf(bundle, 'Observation'),
  })
  const valid = items.filter(({ status }) => status !== 'entered-in-error' && status !== 'cancelled')
  return {
    patient,
    bloodPressure: readings(valid, codes.bloodPressure, source, bloodPressureOf),
    weight: readings(valid, codes.weight, source, quantityOf),
    cut,
    ...(warning && ({ warning } satisfies { warning: Problem })),
    readAt: Date.now(),
  }
}

type Measured = Pick<Reading, 'value' | 'unit'>

const readings = (
  observations: Json[],
  code: string,
  source: string,
  measure: (observation: Json) => Measured | undefined,
): Reading[] =>
  observations
    .filter((observation) => hasCode(observation, code))
    .flatMap((observation) => {
      const id = text(observation.id)
      const taken = takenAt(observation)
      const measured = measure(observation)
      return id && taken && measured ? [{ id, taken, ...measured, source }] : []
    })
    .sort((a, b) => Date.parse(b.taken) - Date.parse(a.taken))

const hasCode = ({ code }: Json, wanted: string): boolean =>
  objects(object(code).coding).some((coding) => coding.system === loinc && coding.code === wanted)

const takenAt = ({
  effectiveDateTime,
  effectivePeriod,
  effectiveInstant,
  issued,
}: Json): string | undefined =>
  [effectiveDateTime, effectiveInstant, object(effectivePeriod).start, issued]
    .map(text)
    .find((date) => date !== undefined && !Number.isNaN(Date.parse(date)))

const bloodPressureOf = (observation: Json): Measured | undefined => {
  const part = (code: string) =>
    objects(observation.component)
      .filter((component) => hasCode(component, code))
      .map(quantityOf)
      .find((quantity) => quantity !== undefined)
  const systolic = part(codes.systolic)
  const diastolic = part(codes.diastolic)
  const unit = systolic?.unit ?? diastolic?.unit
  if (unit === undefined) return undefined
  return { value: `${systolic?.value ?? '–'}/${diastolic?.value ?? '–'}`, unit }
}

const quantityOf = ({ valueQuantity }: Json): Measured | undefined => {
  const { value, unit, code } = object(valueQuantity)
  const shown = text(value)
  if (shown === undefined) return undefined
  const symbol = text(unit) ?? text(code) ?? ''
  return { value: shown, unit: symbol === 'mm[Hg]' ? 'mmHg' : symbol }
}
