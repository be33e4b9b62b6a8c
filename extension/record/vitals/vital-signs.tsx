import { useEffect, useState } from 'preact/hooks'
import type { Units } from '../../messages/vitals.ts'
import { useLater } from '../../ui/controls/skeleton.tsx'
import { t } from '../../ui/words/words.ts'
import { Outlines } from './outlines.tsx'
import type { Timelines, TimelinesProps } from './timelines.tsx'
import { UnitsChoice } from './units.ts'
import { type RecordAt, useVitals } from './use-vitals.ts'

interface Props extends Omit<TimelinesProps, 'vitals' | 'isLong'> {
  records: RecordAt[]
  units: Units
  /** Loads the code that shows what has been read; meanwhile it is being read. */
  load: () => Promise<{ Timelines: typeof Timelines }>
}

/** One person's readings at all organizations, as one timeline for each kind. */
export const VitalSigns = ({ records, units, load, ...props }: Props) => {
  const vitals = useVitals(records)
  const isLong = useLong(vitals.some(({ pending }) => pending))
  const later = useLater(load)
  return (
    <section id="vital-signs" aria-labelledby="vital-signs-title" tabIndex={-1}>
      <h2 id="vital-signs-title" class="unseen">
        {t('vital_signs')}
      </h2>
      <UnitsChoice.Provider value={units}>
        {later ? <later.Timelines vitals={vitals} isLong={isLong} {...props} /> : <Outlines />}
      </UnitsChoice.Provider>
    </section>
  )
}

/** Milliseconds after which an organization is called slow. */
const LONG = 2_000

/** Tells that something has been awaited for long. */
const useLong = (isWaiting: boolean): boolean => {
  const [isLong, setLong] = useState(false)
  useEffect(() => {
    if (!isWaiting) return
    const timer = setTimeout(() => setLong(true), LONG)
    return () => {
      clearTimeout(timer)
      setLong(false)
    }
  }, [isWaiting])
  return isLong
}
