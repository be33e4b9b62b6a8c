import { skeletonOf } from '../../../values/look-alikes.ts'
import { requireUrl } from '../../../values/parse-address.ts'
import { isolated, quotable } from '../../../values/quotable.ts'
import { readableName } from '../../../values/readable-name.ts'
import { hasSentenceWord } from '../../../values/sentence-words.ts'

interface LabelledProvider {
  id: string
  name: string
  fhirBase: string
  clientId: string
}

/**
 * Returns the label of each provider by its ID: its name; if another name is or looks the same, also the host in brackets; if the hosts
 * are the same, the whole FHIR base; if the bases are the same, the host and the Client ID; if neither is enough, the base and the Client
 * ID, and a number if even these are the same. A name that is more than plain words also gets quotation marks and the host: in a sentence
 * it could pass for two providers, for another one's label, or for more of the sentence.
 */
export const labelsOf = (providers: readonly LabelledProvider[]): ReadonlyMap<string, string> => {
  const labels = new Map<string, string>()
  const groups = Map.groupBy(providers, ({ name }) => skeletonOf(name))
  for (const group of groups.values()) {
    const isAlone = group.length === 1
    const addition =
      additions.find((addition) => new Set(group.map(addition)).size === group.length) ??
      ((provider: LabelledProvider) => `${additions[3](provider)}, ${group.indexOf(provider) + 1}`)
    for (const each of group) {
      const name = readableName(each.name)
      const [isSure, shown] = isPlain(name) ? [isAlone, isolated(name)] : [false, quoted(name)]
      labels.set(each.id, isSure ? shown : `${shown} (${addition(each)})`)
    }
  }
  return labels
}

/** Checks for words alone. A comma or a full stop would read as the end of the name, and some words as the sentence's own. */
const isPlain = (name: string): boolean =>
  /^[\p{L}\p{M}\p{N}№'’]+(?:[ –-][\p{L}\p{M}\p{N}№'’]+)*$/u.test(name) && !hasSentenceWord(name)

const quoted = (name: string): string => `“${isolated(quotable(name))}”`

const hostOf = ({ fhirBase }: LabelledProvider): string => requireUrl(fhirBase).host
const baseOf = ({ fhirBase }: LabelledProvider): string => fhirBase.replace(/^https?:\/\//, '')
const additions = [
  hostOf,
  baseOf,
  (provider: LabelledProvider) => `${hostOf(provider)}, ${provider.clientId}`,
  (provider: LabelledProvider) => `${baseOf(provider)}, ${provider.clientId}`,
] as const
