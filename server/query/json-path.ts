export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Returns the values at a dotted path, through arrays: `name.given`; `extension[URL].valueDateTime` follows only the extensions
 * with that URL. Imported resources may have any shape, so values that do not fit are left out.
 */
export const valuesAt = (resource: Json, path: string): unknown[] => {
  let nodes: unknown[] = [resource]
  for (const { name, url } of stepsOf(path)) {
    const next: unknown[] = []
    for (const node of nodes) {
      if (!isObject(node) || !Object.hasOwn(node, name)) continue
      for (const value of Array.isArray(node[name]) ? node[name] : [node[name]])
        if (
          value !== undefined &&
          value !== null &&
          (url === undefined || (isObject(value) && value.url === url))
        )
          next.push(value)
    }
    nodes = next
  }
  return nodes
}

export const stringsAt = (resource: Json, path: string): string[] =>
  valuesAt(resource, path).filter((value) => typeof value === 'string')

interface Step {
  readonly name: string
  readonly url?: string
}

/** Parsed paths. The map stays small because every path comes from the code or the search table. */
const parsedPaths = new Map<string, readonly Step[]>()

const stepsOf = (path: string): readonly Step[] => {
  const known = parsedPaths.get(path)
  if (known) return known
  const steps = [...path.matchAll(/([A-Za-z]+)(?:\[([^\][]*)\])?/g)].map(([, name = '', url]) => ({
    name,
    ...(url && { url }),
  }))
  parsedPaths.set(path, steps)
  return steps
}
