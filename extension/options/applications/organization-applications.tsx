import { useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { Output } from '../../messages/protocol.ts'
import type { Connection } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { type Pages, usePages } from '../../ui/state/use-pages.ts'
import { t } from '../../ui/words/words.ts'
import { ApplicationRow } from './application-row.tsx'

/** All applications of an administrator's organization. Loaded on request only, because the organization logs each look. */
export const OrganizationApplications = ({ connection }: { connection: Connection }) => {
  const [isShown, setShown] = useState(false)
  return (
    <section class="card stack" aria-labelledby="all-applications-title">
      <h3 id="all-applications-title">{t('all_applications_title', connection.providerName)}</h3>
      <p class="quiet">{t('all_applications_lead')}</p>
      {isShown ? (
        <List connection={connection} />
      ) : (
        <div class="row last">
          <Button onClick={() => setShown(true)}>{t('all_applications_show')}</Button>
        </div>
      )}
    </section>
  )
}

const List = ({ connection: { id: connectionId, providerName } }: { connection: Connection }) => {
  const [{ pages, problem, pending, loadMore, retry }] = usePages<Output<'applications'>>([
    {
      key: connectionId,
      load: (last) => ask('applications', { connectionId, ...(last?.next && { after: last.next }) }),
    },
  ]) as [Pages<Output<'applications'>>]
  const applications = pages
    .flatMap((page) => page.applications)
    .sort((a, b) => a.clientName.localeCompare(b.clientName))
  return (
    <>
      <ul class="providers">
        {applications.map((each) => (
          <ApplicationRow
            key={each.clientId}
            listed={each}
            others={applications}
            connectionId={connectionId}
            organization={providerName}
          />
        ))}
      </ul>
      {pending && <Skeleton bars={[32, 32, 32]} />}
      {problem && !pending && <ProblemNotice problem={problem} organization={providerName} onRetry={retry} />}
      {pages.at(-1)?.next !== undefined && !problem && (
        <Button busy={pending} onClick={loadMore}>
          {t('show_more')}
        </Button>
      )}
    </>
  )
}
