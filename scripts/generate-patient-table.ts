import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchExamples } from './examples.ts'
import { openDefinitions } from './r4-definitions.ts'
import type { ElementDefinition } from './search-expression.ts'

/**
 * Generates the table of elements by which a resource of any R4 type names its patient, from HL7's own definitions:
 *
 *     npm exec -- node scripts/generate-patient-table.ts [DIRECTORY]
 *
 * Of a type in the patient compartment, those are the elements that R4's CompartmentDefinition names; of any other type, all elements
 * that may refer to a Patient. A "?" behind an element says that it may also name an organization or a professional. Bundle and
 * Parameters are left out, because they hold any resources. DIRECTORY as for `generate-search-table.ts`.
 */
export const patientTable = async (directory: string): Promise<string> => {
  const { types, members, structures } = await openDefinitions(directory)
  const compartment: Record<string, string[]> = {}
  const others: Record<string, string[]> = {}
  for (const type of types.filter((each) => each !== 'Bundle')) {
    const elements = await structures(type)
    const paths = await members(type)
    const mark = (path: string) => (elements.some((each) => isOfStaff(each, path)) ? `${path}?` : path)
    if (paths) compartment[type] = [...new Set(paths)].map(mark)
    else others[type] = elements.flatMap(referenceToPatient).map(mark)
  }
  return `{\n  "compartment": ${printTypes(compartment)},\n  "others": ${printTypes(others)}\n}\n`
}

const TABLE = join(import.meta.dirname, '../server/query/patient-table.json')

/** Returns the types that an element may refer to; `Resource` is any. */
const targetsOf = ({ type = [] }: ElementDefinition): string[] =>
  type
    .filter(({ code }) => code === 'Reference')
    .flatMap(({ targetProfile = ['Resource'] }) => targetProfile.map((each) => each.split('/').at(-1) ?? ''))

/** Returns the path of an element in JSON, without the type. */
const pathOf = ({ path }: ElementDefinition): string =>
  path.replace(/^[^.]+\./, '').replace('[x]', 'Reference')

const referenceToPatient = (element: ElementDefinition): string[] =>
  targetsOf(element).some((target) => ['Patient', 'Resource'].includes(target)) ? [pathOf(element)] : []

/** Checks whether the element at a path may name an organization or a professional, and is not the one that says whom it is about. */
const isOfStaff = (element: ElementDefinition, path: string): boolean =>
  pathOf(element) === path &&
  !['subject', 'patient'].includes(path) &&
  targetsOf(element).some((target) => ['Organization', 'Practitioner', 'PractitionerRole'].includes(target))

const printTypes = (types: Readonly<Record<string, readonly string[]>>): string => {
  const lines = Object.entries(types).map(([type, paths]) => `    "${type}": ${JSON.stringify(paths)}`)
  return `{\n${lines.join(',\n')}\n  }`
}

if (import.meta.main) await writeFile(TABLE, await patientTable(process.argv[2] ?? (await fetchExamples())))
