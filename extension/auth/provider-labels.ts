import { readableName } from '../messages/readable.ts'

interface LabelledProvider {
  id: string
  name: string
  fhirBase: string
  clientId: string
}

/**
 * Returns the label of each provider by its ID: its name; if another name is or looks the same, also the host in brackets; if the
 * hosts are the same, the whole FHIR base; if the bases are the same, the host and the Client ID; if neither is enough, the base
 * and the Client ID, and a number if even these are the same. A name that looks like an address, or has brackets itself, always
 * gets the host, because it could pass for another provider's label.
 */
export const labelsOf = (providers: readonly LabelledProvider[]): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>()
  for (const group of Map.groupBy(providers, ({ name }) => skeletonOf(name)).values()) {
    const isAlone = group.length === 1 && !group.some(({ name }) => addressLike.test(name))
    const addition =
      additions.find((addition) => new Set(group.map(addition)).size === group.length) ??
      ((provider: LabelledProvider) => `${additions[3](provider)}, ${group.indexOf(provider) + 1}`)
    for (const each of group)
      labels.set(
        each.id,
        isAlone ? readableName(each.name) : `${readableName(each.name)} (${addition(each)})`,
      )
  }
  return labels
}

const addressLike = /[^\s.]\.[^\s.]|[()[\]{}:/@]/

const hostOf = ({ fhirBase }: LabelledProvider): string => new URL(fhirBase).host
const baseOf = ({ fhirBase }: LabelledProvider): string => fhirBase.replace(/^https?:\/\//, '')
const additions = [
  hostOf,
  baseOf,
  (provider: LabelledProvider) => `${hostOf(provider)}, ${provider.clientId}`,
  (provider: LabelledProvider) => `${baseOf(provider)}, ${provider.clientId}`,
] as const

/** Returns the same text for names that look alike: ignores case, accents, spaces and signs, and the alphabet of a letter. */
const skeletonOf = (name: string): string =>
  [...readableName(name).normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()]
    .map((character) => latinByLookalike.get(character) ?? character)
    .join('')
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')

/** The Latin letter for each small Cyrillic, Greek or Armenian letter, or digit, that looks like it or whose capital does. */
const latinByLookalike = new Map(
  Object.entries({
    a: 'аαɑ',
    b: 'вβь',
    c: 'сϲ',
    d: 'ԁ',
    e: 'еε',
    h: 'нһ',
    i: 'іιı1l|ӏ',
    j: 'јϳ',
    k: 'кκ',
    m: 'мμ',
    n: 'νոη',
    o: 'оο0օ',
    p: 'рρ',
    q: 'ԛ',
    s: 'ѕ',
    t: 'тτ',
    u: 'υս',
    v: 'ѵ',
    w: 'ԝω',
    x: 'хχ',
    y: 'уγ',
    z: 'ζ',
  }).flatMap(([latin, others]) => [...others].map((each) => [each, latin] as const)),
)
