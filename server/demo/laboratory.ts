import type { Observation } from '@medplum/fhirtypes'
import type { Day } from './calendar.ts'
import { effect, type Health, type ProblemName } from './health.ts'
import { type LaboratoryTest, laboratoryResult, type Setting } from './observations.ts'
import type { Random } from './random.ts'

const creatinine: LaboratoryTest = {
  loinc: '2160-0',
  name: 'Creatinine [Mass/volume] in Serum or Plasma',
  unit: 'mg/dL',
  code: 'mg/dL',
  decimals: 2,
  low: 0.59,
  high: 1.35,
}
const potassium: LaboratoryTest = {
  loinc: '2823-3',
  name: 'Potassium [Moles/volume] in Serum or Plasma',
  unit: 'mmol/L',
  code: 'mmol/L',
  decimals: 1,
  low: 3.5,
  high: 5.1,
}
const hemoglobin: LaboratoryTest = {
  loinc: '718-7',
  name: 'Hemoglobin [Mass/volume] in Blood',
  unit: 'g/dL',
  code: 'g/dL',
  decimals: 1,
  low: 11.6,
  high: 17.2,
}
const ldl: LaboratoryTest = {
  loinc: '13457-7',
  name: 'Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation',
  unit: 'mg/dL',
  code: 'mg/dL',
  decimals: 0,
  high: 130,
}
const hemoglobinA1c: LaboratoryTest = {
  loinc: '4548-4',
  name: 'Hemoglobin A1c/Hemoglobin.total in Blood',
  unit: '%',
  code: '%',
  decimals: 1,
  high: 5.6,
}

/** One blood draw. */
export const laboratoryPanel = (
  id: string,
  setting: Setting,
  person: { health: Health; gender: 'female' | 'male' },
  when: { day: Day; last: Day },
  random: Random,
): Observation[] => {
  const male = person.gender === 'male'
  const stateOf = (name: ProblemName) => {
    const problem = person.health.problems.find((one) => one.name === name)
    return { has: problem !== undefined, effect: effect(problem, when.day, when.last) }
  }
  const fat = stateOf('cholesterol')
  const sugar = stateOf('diabetes')
  const result = (name: string, test: LaboratoryTest, mean: number, deviation: number) =>
    laboratoryResult(`${id}-${name}`, setting, test, random.normal(mean, deviation))
  return [
    result('creatinine', creatinine, male ? 1.02 : 0.81, 0.09),
    result('potassium', potassium, 4.3, 0.25),
    result('hemoglobin', hemoglobin, male ? 15.1 : 13.4, 0.5),
    result('ldl', ldl, fat.has ? 158 - 62 * fat.effect : 108, 10),
    ...(sugar.has ? [result('a1c', hemoglobinA1c, 8.1 - 1.2 * sugar.effect, 0.3)] : []),
  ]
}
