import type { Connection } from '../../messages/state.ts'
import { Skeleton } from '../../ui/skeleton.tsx'
import { useLater } from '../../ui/use-later.ts'
import { t } from '../../ui/words.ts'

/** Who read one person's record. */
export const WhoRead = ({ connections }: { connections: Connection[] }) => {
  const later = useLater(() => import('../after-first-paint.ts'))
  return (
    <section id="who-read" aria-labelledby="who-read-title" tabIndex={-1} class="stack">
      <h2 id="who-read-title">{t('who_read_my_record')}</h2>
      {later ? <later.AccessList connections={connections} /> : <Skeleton bars={[48, 48, 48]} />}
    </section>
  )
}
