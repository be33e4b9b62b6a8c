import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fetchExamples } from './examples.ts'
import { openDefinitions, requireDefinition } from './r4-definitions.ts'
import { type ElementDefinition, lowerExpression } from './search-expression.ts'
import { DOCS, type SearchDefinition, US_CORE, WANTED } from './wanted-parameters.ts'

/**
 * Generates the table of search parameters from HL7's own R4 definitions. Run it by hand when `wanted-parameters.ts` changes:
 *
 *     npm exec -- node scripts/generate-search-table.ts [DIRECTORY]
 *
 * DIRECTORY holds the SearchParameter, StructureDefinition, ValueSet and CompartmentDefinition resources as files named
 * `Type-id.json`. By default it is the package of the R4 examples, which contains them all (CC0).
 */
export const searchTable = async (directory: string): Promise<string> => {
  const { load, definitions, structures, members } = await openDefinitions(directory)
  const systemOf = async (valueSet: string): Promise<string | undefined> => {
    const id = valueSet.replace(/\|.*$/, '').split('/').at(-1)
    const { compose } = await load<ValueSet>(`ValueSet-${id}.json`)
    return compose?.include.length === 1 ? compose.include[0]?.system : undefined
  }

  const parameters: Record<string, Record<string, Entry>> = {}
  for (const [type, wanted] of Object.entries(WANTED)) {
    const entries: Record<string, Entry> = {}
    for (const code of wanted) {
      const definition = requireDefinition([...US_CORE, ...definitions], type, code)
      entries[code] = await entryOf(type, definition, structures, systemOf)
    }
    parameters[type] = shareIndexes(entries)
  }
  const compartment: Record<string, string[]> = {}
  for (const type of Object.keys(WANTED)) {
    const paths = await members(type)
    if (paths) compartment[type] = paths
  }
  return printTable(parameters, compartment)
}

const TABLE = join(import.meta.dirname, '../server/query/search-table.json')

interface ValueSet {
  readonly compose?: { readonly include: readonly { readonly system?: string }[] }
}
interface Entry {
  kind: string
  paths?: string[]
  index?: string
  targets?: string[] | '*'
  system?: string
  selective?: true
  /** The id of the parameter's definition by HL7. */
  definition: string
  doc: string
}

const entryOf = async (
  type: string,
  { id, code, type: kind, expression, description }: SearchDefinition,
  structures: (type: string) => Promise<ElementDefinition[]>,
  systemOf: (valueSet: string) => Promise<string | undefined>,
): Promise<Entry> => {
  const { paths, elements, only } = await lowerExpression(type, expression, kind, structures)
  const types = elements.flatMap((element) => element.type ?? [])
  const entry: Entry = { kind, paths, definition: id, doc: DOCS[code] ?? describeFor(type, description) }
  if (kind === 'reference') {
    const targets = new Set(
      types.flatMap(({ targetProfile = [] }) =>
        targetProfile.map((profile) => profile.split('/').at(-1) ?? ''),
      ),
    )
    entry.targets = only ? [only] : targets.has('Resource') || targets.size === 0 ? '*' : [...targets]
  }
  const [element] = elements
  if (kind === 'token' && elements.length === 1 && element?.binding?.strength === 'required') {
    const isCode = types.every((each) => each.code === 'code')
    const system = isCode && element.binding.valueSet ? await systemOf(element.binding.valueSet) : undefined
    if (system) entry.system = system
  }
  if (types.some((each) => each.code === 'Identifier' || each.code === 'ContactPoint')) entry.selective = true
  return entry
}

/** Lets parameters of the same elements share one index: `patient` uses that of `subject`, if the subject is a Patient. */
const shareIndexes = (entries: Record<string, Entry>): Record<string, Entry> => {
  for (const [name, entry] of Object.entries(entries)) {
    const wider = Object.entries(entries).find(
      ([other, { kind, paths, targets }]) =>
        other !== name &&
        kind === 'reference' &&
        paths?.join() === entry.paths?.join() &&
        (targets === '*' || targets?.length !== entry.targets?.length || name === 'patient') &&
        (targets === '*' || [entry.targets ?? []].flat().every((target) => targets?.includes(target))),
    )
    if (!wider) continue
    delete entry.paths
    entry.index = wider[0]
  }
  return entries
}

/** Returns the line about this type in the description of a parameter that several types share. */
const describeFor = (type: string, description: string): string => {
  const own = new RegExp(`^\\* \\[${type}\\]\\([^)]*\\): (.*)$`, 'm').exec(description)?.[1]
  const text = (own ?? description).replace(/\s+/g, ' ').trim()
  return /[.?]$/.test(text) ? text : `${text}.`
}

/** Prints one line for each parameter, so that a diff shows what changed. */
const printTable = (parameters: Record<string, Record<string, Entry>>, compartment: object): string => {
  const types = Object.entries(parameters).map(([type, entries]) => {
    const lines = Object.entries(entries).map(([name, entry]) => `      "${name}": ${JSON.stringify(entry)}`)
    return `    "${type}": {\n${lines.join(',\n')}\n    }`
  })
  const members = Object.entries(compartment).map(
    ([type, paths]) => `    "${type}": ${JSON.stringify(paths)}`,
  )
  return `{\n  "parameters": {\n${types.join(',\n')}\n  },\n  "compartment": {\n${members.join(',\n')}\n  }\n}\n`
}

if (import.meta.main) await writeFile(TABLE, await searchTable(process.argv[2] ?? (await fetchExamples())))
