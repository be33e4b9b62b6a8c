import type { Reading, Source } from '../messages/vitals.ts'
import { listed, t } from '../ui/words.ts'

/** `Riverside Clinic and Pulse Devices`, each once. */
export const namesOf = (sources: Source[]): string => listed([...new Set(sources.map(({ name }) => name))])

/** Of half a blood pressure, which half it is. */
export const halfOf = ({ amounts }: Reading): string | undefined => {
  if (amounts.length < 2 || !amounts.includes(null)) return undefined
  return t(amounts[0] ? 'systolic_only' : 'diastolic_only')
}
