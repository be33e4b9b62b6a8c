import type { RecordAt } from '../record/use-vitals.ts'
import { Skeleton } from '../ui/skeleton.tsx'
import { useLater } from '../ui/use-later.ts'
import { t } from '../ui/words.ts'

/** The lists of one person's record at all organizations. */
export const RecordSection = ({ records }: { records: RecordAt[] }) => {
  const later = useLater(() => import('./after-first-paint.ts'))
  return (
    <section id="record" aria-labelledby="record-title" tabIndex={-1} class="stack">
      <h2 id="record-title">{t('record')}</h2>
      {later ? <later.RecordLists records={records} /> : <Skeleton bars={[222]} />}
    </section>
  )
}
