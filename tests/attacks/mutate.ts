/**
 * The same resource with one fault, determined by the seed: a missing member, one of another type, or very deep
 * nesting.
 */
export const mutate = (resource: object, seed: number): unknown => {
  const copy = structuredClone(resource) as Json
  const places = placesIn(copy)
  const { holder, name } = pick(places, seed)
  const change = pick(changes, Math.floor(seed / places.length))
  change(holder, name)
  return copy
}

type Json = Record<string, unknown>

interface Place {
  holder: Json
  name: string
}

/** Every member, however deep; a list counts as an object with numbered members. */
const placesIn = (holder: Json): Place[] =>
  Object.entries(holder).flatMap(([name, value]) => [
    { holder, name },
    ...(typeof value === 'object' && value !== null ? placesIn(value as Json) : []),
  ])

const pick = <T>(choices: readonly T[], seed: number): T => choices[seed % choices.length] as T

const changes: ((holder: Json, name: string) => void)[] = [
  (holder, name) => delete holder[name],
  ...[null, 0, -1e308, '', '<b>', [], {}, [[]], true, 'Infinity'].map(
    (value) => (holder: Json, name: string) => {
      holder[name] = value
    },
  ),
  (holder, name) => {
    holder[name] = [holder[name], holder[name]]
  },
  (holder, name) => {
    holder[name] = { extension: deep(200) }
  },
  (holder) => {
    holder.contained = [{ resourceType: 'Observation', id: 'a', hasMember: [{ reference: '#a' }] }]
  },
]

const deep = (levels: number): unknown =>
  levels === 0 ? [] : [{ url: 'https://deep.test', extension: deep(levels - 1) }]
