import browser from 'webextension-polyfill'
import type { Connection } from '../messages/state.ts'
import type { RecordAt } from '../record/vitals/use-vitals.ts'
import { Button } from '../ui/controls/button.tsx'
import { Skeleton, useLater } from '../ui/controls/skeleton.tsx'
import { t } from '../ui/words/words.ts'
import { openOptions } from './frame/shell.tsx'

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

/** Opens the summary in a tab, because a popup may close before a file is ready. */
export const SummaryLink = () => (
  <section>
    <Button
      look="plain"
      onClick={() => browser.tabs.create({ url: browser.runtime.getURL('extension/summary/index.html') })}
    >
      {t('summary_open')}
    </Button>
  </section>
)

/** Who read one person's record. */
export const WhoRead = ({ connections }: { connections: Connection[] }) => {
  const later = useLater(() => import('./after-first-paint.ts'))
  return (
    <section id="who-read" aria-labelledby="who-read-title" tabIndex={-1} class="stack">
      <h2 id="who-read-title">{t('who_read_my_record')}</h2>
      {later ? <later.AccessList connections={connections} /> : <Skeleton bars={[48, 48, 48]} />}
    </section>
  )
}

export const AdministratorCard = () => (
  <div class="card stack">
    <p>{t('administrator_can')}</p>
    <div class="row">
      <Button look="primary" onClick={() => openOptions('applications')}>
        {t('applications')}
      </Button>
      <Button onClick={() => openOptions('access-log')}>{t('access_log')}</Button>
    </div>
  </div>
)
