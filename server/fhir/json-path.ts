export type Json = Record<string, unknown>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The values at a dotted path, arrays opened on the way: `name.given`. What was imported may have any shape, so
 * nothing is taken for granted and what does not fit is left out.
 */
export const valuesAt = (resource: Json, path: string): unknown[] =>
  path
    .split('.')
    .reduce<unknown[]>(
      (nodes, name) =>
        nodes.flatMap((node) => (isObject(node) && Object.hasOwn(node, name) ? (node[name] ?? []) : [])),
      [resource],
    )

export const stringsAt = (resource: Json, path: string): string[] =>
  valuesAt(resource, path).filter((value) => typeof value === 'string')
