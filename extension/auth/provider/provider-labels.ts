import { skeletonOf } from '../../../values/look-alikes.ts'
import { readableName } from '../../../values/readable-name.ts'

interface LabelledProvider {
  id: string
  name: string
  fhirBase: string
  clientId: string
}

/**
 * Returns the label of each provider by its ID: its name; if another name is or looks the same, also the host in brackets; if the
 * hosts are the same, the whole FHIR base; if the bases are the same, the host and the Client ID; if neither is enough, the base
 * and the Client ID, and a number if even these are the same. A name that holds more than words and their usual signs always gets
 * the host, because with brackets or an address in it, of whatever alphabet, it could pass for another provider's label.
 */
export const labelsOf = (providers: readonly LabelledProvider[]): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>()
  for (const group of Map.groupBy(providers, ({ name }) => skeletonOf(name)).values()) {
    const isAlone = group.length === 1 && group.every(({ name }) => isPlain(name))
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

const isPlain = (name: string): boolean =>
  /^[\p{L}\p{M}\p{N}\s.,&№'’–-]*$/u.test(name) && !/[^\s.]\.[^\s.]/.test(name)

const hostOf = ({ fhirBase }: LabelledProvider): string => new URL(fhirBase).host
const baseOf = ({ fhirBase }: LabelledProvider): string => fhirBase.replace(/^https?:\/\//, '')
const additions = [
  hostOf,
  baseOf,
  (provider: LabelledProvider) => `${hostOf(provider)}, ${provider.clientId}`,
  (provider: LabelledProvider) => `${baseOf(provider)}, ${provider.clientId}`,
] as const
