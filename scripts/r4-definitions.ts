import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type ElementDefinition, lowerExpression } from './search-expression.ts'
import type { SearchDefinition } from './wanted-parameters.ts'

/** HL7's definitions of R4. */
export interface Definitions {
  /** Reads a definition, by the name of its file. */
  load<T>(name: string): Promise<T>
  readonly definitions: SearchDefinition[]
  /** Returns the elements of a type. */
  structures(type: string): Promise<ElementDefinition[]>
  /** The types of R4's CompartmentDefinition `patient`, which lists all but the abstract ones and Parameters. */
  readonly types: readonly string[]
  /** Returns the elements that put a resource into a patient's compartment; `undefined` if the type is in none. */
  members(type: string): Promise<string[] | undefined>
}

/** @param directory holds the SearchParameter, StructureDefinition, ValueSet and CompartmentDefinition resources. */
export const openDefinitions = async (directory: string): Promise<Definitions> => {
  const load = async <T>(name: string): Promise<T> =>
    JSON.parse(await readFile(join(directory, name), 'utf8'))
  const names = (await readdir(directory)).sort()
  const definitions: SearchDefinition[] = []
  for (const name of names.filter((each) => each.startsWith('SearchParameter-')))
    definitions.push(await load(name))
  const structures = async (type: string) =>
    (await load<{ snapshot: { element: ElementDefinition[] } }>(`StructureDefinition-${type}.json`)).snapshot
      .element
  const { resource } = await load<{ resource: { code: string; param?: string[] }[] }>(
    'CompartmentDefinition-patient.json',
  )
  const members = async (type: string) => {
    const codes = resource.find(({ code }) => code === type)?.param
    if (!codes) return undefined
    const paths: string[] = []
    for (const code of codes) {
      const definition = requireDefinition(definitions, type, code)
      paths.push(...(await lowerExpression(type, definition.expression, 'reference', structures)).paths)
    }
    return paths
  }
  return { load, definitions, structures, types: resource.map(({ code }) => code), members }
}

/** Finds the base specification's definition, because its profiles and extensions define others of the same name. @throws Error */
export const requireDefinition = (
  definitions: readonly SearchDefinition[],
  type: string,
  code: string,
): SearchDefinition => {
  const found = definitions.find(
    (each) => each.code === code && each.base?.includes(type) && !/-(extensions|genetic)-/.test(each.id),
  )
  if (!found) throw new Error(`${type} has no search parameter ${code}.`)
  return found
}
