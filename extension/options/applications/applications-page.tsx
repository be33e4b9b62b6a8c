import { useState } from 'preact/hooks'
import type { Application } from '../../messages/administration.ts'
import { ask } from '../../messages/ask.ts'
import type { Output } from '../../messages/protocol.ts'
import type { Connection, State } from '../../messages/state.ts'
import { Button } from '../../ui/controls/button.tsx'
import { ArrowBack, Chevron, Plus } from '../../ui/controls/icons.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { Skeleton } from '../../ui/controls/skeleton.tsx'
import { type Pages, usePages } from '../../ui/state/use-pages.ts'
import { day } from '../../ui/words/dates.ts'
import { count, t } from '../../ui/words/words.ts'
import { Administrator } from '../administrator/administrator.tsx'
import { registersApplications, useAdministrator } from '../administrator/use-administrator.ts'
import { ApplicationDetail } from './application-detail.tsx'
import { labelOf } from './same-names.ts'
import './applications.css'

/** All applications of an administrator's organization, and one of them beside the list. */
export const ApplicationsPage = ({ state }: { state: State }) => {
  const bound = useAdministrator(state, registersApplications)
  const { provider, administrator } = bound
  return (
    <>
      <div class="row spread">
        <h1>{t('applications')}</h1>
        <Button onClick={() => location.assign('#register')}>
          <Plus /> {t('register')}
        </Button>
      </div>
      {provider ? (
        <section class="administrator stack" aria-label={t('organization')}>
          <Administrator
            state={state}
            provider={provider}
            bound={bound}
            reason={t('applications_need_administrator')}
          />
          <p class="quiet small">{t('all_applications_lead')}</p>
        </section>
      ) : (
        <Notice kind="empty">{t('applications_none')}</Notice>
      )}
      {administrator && <List key={administrator.id} connection={administrator} />}
    </>
  )
}

const List = ({ connection: { id: connectionId, providerName } }: { connection: Connection }) => {
  const [{ pages, problem, pending, loadMore, retry }] = usePages<Output<'applications'>>([
    {
      key: connectionId,
      load: (last) => ask('applications', { connectionId, ...(last?.next && { after: last.next }) }),
    },
  ]) as [Pages<Output<'applications'>>]
  /** Since the list was read, by Client ID; null is one that was deleted. */
  const [changed, setChanged] = useState<Record<string, Application | null>>({})
  const [current, setCurrent] = useState<string>()
  /** Those that were opened stay, hidden, so that nothing typed there or shown only once is lost. */
  const [opened, setOpened] = useState<string[]>([])
  const applications = pages
    .flatMap((page) => page.applications)
    .flatMap((listed) => changed[listed.clientId] ?? (changed[listed.clientId] === null ? [] : listed))
    .sort((a, b) => a.clientName.localeCompare(b.clientName))
  const open = (clientId: string) => {
    setOpened((all) => [...new Set([...all, clientId])])
    setCurrent(clientId)
  }
  return (
    <div class={current === undefined ? 'pair' : 'pair chosen'}>
      <section class="stack" aria-label={t('all_applications_title', providerName)}>
        <ul class="providers">
          {applications.map((each) => (
            <li key={each.clientId}>
              <button
                type="button"
                class="choice"
                aria-current={each.clientId === current}
                onClick={() => open(each.clientId)}
              >
                <span>
                  <strong>{labelOf(each, applications)}</strong>
                  <span class="quiet small">{useWords(each)}</span>
                </span>
                <Chevron />
              </button>
            </li>
          ))}
        </ul>
        {pending && <Skeleton bars={[32, 32, 32]} />}
        {problem && !pending && (
          <ProblemNotice problem={problem} organization={providerName} onRetry={retry} />
        )}
        {pages.at(-1)?.next !== undefined && !problem && (
          <Button busy={pending} onClick={loadMore}>
            {t('show_more')}
          </Button>
        )}
      </section>
      <div class="stack">
        {current === undefined && applications.length > 0 && <p class="quiet">{t('application_choose')}</p>}
        {applications
          .filter(({ clientId }) => opened.includes(clientId))
          .map((each) => (
            <div key={each.clientId} hidden={each.clientId !== current}>
              <p class="to-list">
                <Button look="plain" onClick={() => setCurrent(undefined)}>
                  <ArrowBack /> {t('applications')}
                </Button>
              </p>
              <ApplicationDetail
                application={each}
                label={labelOf(each, applications)}
                use={useWords(each)}
                connectionId={connectionId}
                organization={providerName}
                onChange={(next) => {
                  setChanged((all) => ({ ...all, [each.clientId]: next && { ...next, use: each.use } }))
                  if (!next) setCurrent(undefined)
                }}
              />
            </div>
          ))}
      </div>
    </div>
  )
}

/** `14 people · used 2 Nov 2026` */
const useWords = ({ disabled, use }: Application): string => {
  if (disabled) return t('application_disabled')
  if (!use) return ''
  const people = use.isAll
    ? use.people === 0
      ? t('application_nobody')
      : count('application_people', use.people)
    : count('application_people_least', use.people)
  return [people, use.lastUsedAt !== undefined && t('application_used', day(use.lastUsedAt))]
    .filter(Boolean)
    .join(' · ')
}
