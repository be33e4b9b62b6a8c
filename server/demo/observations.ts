import type { Observation, Quantity } from '@medplum/fhirtypes'

/** Whose observation it is, and when and how it was made. */
export type Setting = Pick<Observation, 'subject' | 'effectiveDateTime'> &
  Pick<Observation, 'encounter' | 'performer' | 'device' | 'identifier'>

export const bodyWeight = (
  id: string,
  setting: Setting,
  weight: number,
  unit: 'kg' | 'lb' = 'kg',
): Observation => ({
  ...vitalSign(id, setting, 'us-core-body-weight', '29463-7', 'Body weight'),
  valueQuantity: quantity(weight, unit, unit === 'kg' ? 'kg' : '[lb_av]'),
})

export const bodyHeight = (id: string, setting: Setting, centimetres: number): Observation => ({
  ...vitalSign(id, setting, 'us-core-body-height', '8302-2', 'Body height'),
  valueQuantity: quantity(centimetres, 'cm', 'cm'),
})

export const heartRate = (id: string, setting: Setting, beats: number): Observation => ({
  ...vitalSign(id, setting, 'us-core-heart-rate', '8867-4', 'Heart rate'),
  valueQuantity: quantity(beats, 'beats/minute', '/min'),
})

export const bloodPressure = (
  id: string,
  setting: Setting,
  { systolic, diastolic }: { systolic: number; diastolic: number },
): Observation => ({
  ...vitalSign(id, setting, 'us-core-blood-pressure', '85354-9', 'Blood pressure'),
  component: [
    { code: loinc('8480-6', 'Systolic blood pressure'), valueQuantity: millimetres(systolic) },
    { code: loinc('8462-4', 'Diastolic blood pressure'), valueQuantity: millimetres(diastolic) },
  ],
})

export interface LaboratoryTest {
  readonly loinc: string
  readonly name: string
  readonly unit: string
  /** UCUM */
  readonly code: string
  readonly decimals: number
  readonly low?: number
  readonly high?: number
}

export const laboratoryResult = (
  id: string,
  setting: Setting,
  test: LaboratoryTest,
  value: number,
): Observation => {
  const { low, high } = test
  const flag =
    high !== undefined && value > high ? 'High' : low !== undefined && value < low ? 'Low' : 'Normal'
  return {
    ...observation(id, setting, 'us-core-observation-lab', category('laboratory', 'Laboratory')),
    code: loinc(test.loinc, test.name),
    valueQuantity: quantity(roundTo(value, test.decimals), test.unit, test.code),
    interpretation: [
      {
        coding: [
          {
            system: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
            code: flag[0] ?? '',
            display: flag,
          },
        ],
      },
    ],
    referenceRange: [
      {
        ...(low === undefined ? {} : { low: quantity(low, test.unit, test.code) }),
        ...(high === undefined ? {} : { high: quantity(high, test.unit, test.code) }),
      },
    ],
  }
}

export const roundTo = (value: number, decimals: number): number => Number(value.toFixed(decimals))

const vitalSign = (
  id: string,
  setting: Setting,
  profile: string,
  code: string,
  name: string,
): Observation => ({
  ...observation(id, setting, profile, category('vital-signs', 'Vital Signs')),
  code: loinc(code, name),
})

const observation = (
  id: string,
  setting: Setting,
  profile: string,
  kind: ReturnType<typeof category>,
): Observation => ({
  resourceType: 'Observation',
  id,
  meta: { profile: [`http://hl7.org/fhir/us/core/StructureDefinition/${profile}`] },
  status: 'final',
  category: [kind],
  code: {},
  ...setting,
})

const category = (code: string, display: string) => ({
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code, display }],
})

const loinc = (code: string, text: string) => ({
  coding: [{ system: 'http://loinc.org', code, display: text }],
  text,
})

const quantity = (value: number, unit: string, code: string): Quantity => ({
  value,
  unit,
  system: 'http://unitsofmeasure.org',
  code,
})

const millimetres = (value: number): Quantity => quantity(value, 'mmHg', 'mm[Hg]')
