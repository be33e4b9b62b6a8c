import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Organization, startOrganization } from '../../e2e/organization.ts'

export const CLINICS = 5
const WEEKS = 520
const WEEK = 7 * 24 * 3_600_000

/** Organizations that each hold ten years of John Doe's blood pressure and weight, measured weekly, each on its own day. */
export const startClinics = async (folder: string): Promise<Organization[]> => {
  const clinics: Organization[] = []
  for (let number = 1; number <= CLINICS; number++) {
    const own = join(folder, `clinic-${number}`)
    mkdirSync(own, { recursive: true })
    const organization = await startOrganization('riverside', own)
    const file = join(own, 'ten-years.ndjson')
    writeFileSync(
      file,
      tenYears(number)
        .map((resource) => JSON.stringify(resource))
        .join('\n'),
    )
    const db = `sqlite:${join(own, 'riverside.db')}`
    execFileSync(process.execPath, ['server/cli/import/main.ts', '--db', db, file], { stdio: 'ignore' })
    const name = `Clinic ${number}`
    clinics.push({
      ...organization,
      name,
      provider: { ...organization.provider, id: `clinic-${number}`, name },
    })
  }
  return clinics
}

const tenYears = (clinic: number): object[] =>
  Array.from({ length: WEEKS }, (_, week) => {
    const time = new Date(Date.now() - week * WEEK - clinic * 3_600_000 * 23).toISOString()
    const observation = (id: string, code: string, rest: object) => ({
      resourceType: 'Observation',
      id: `ten-years-${clinic}-${id}-${week}`,
      status: 'final',
      category: [{ coding: [{ system: `${terminology}/observation-category`, code: 'vital-signs' }] }],
      code: { coding: [{ system: 'http://loinc.org', code }] },
      subject: { reference: 'Patient/john-doe' },
      effectiveDateTime: time,
      ...rest,
    })
    const pressure = (code: string, value: number) => ({
      code: { coding: [{ system: 'http://loinc.org', code }] },
      valueQuantity: { value, unit: 'mmHg', system: 'http://unitsofmeasure.org', code: 'mm[Hg]' },
    })
    const swing = Math.round(8 * Math.sin(week / 9 + clinic))
    return [
      observation('bp', '85354-9', {
        component: [pressure('8480-6', 128 + swing), pressure('8462-4', 82 + Math.round(swing / 2))],
      }),
      observation('weight', '29463-7', {
        valueQuantity: {
          value: 81 + swing / 10,
          unit: 'kg',
          system: 'http://unitsofmeasure.org',
          code: 'kg',
        },
      }),
    ]
  }).flat()

const terminology = 'http://terminology.hl7.org/CodeSystem'
