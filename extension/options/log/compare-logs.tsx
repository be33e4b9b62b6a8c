import { useId, useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import type { Comparison, Fork } from '../../messages/log-entries.ts'
import { Button } from '../../ui/controls/button.tsx'
import { CopyField } from '../../ui/controls/copy-button.tsx'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { useWatched } from '../../ui/state/use-watched.ts'
import { exactly } from '../../ui/words/dates.ts'
import { sentence } from '../../ui/words/problem.ts'
import { count, t } from '../../ui/words/words.ts'

/** Compares the checkpoints of two browsers, to check that an organization shows everybody the same access log. */
export const CompareLogs = () => {
  const keptHeads = useWatched(() => ask('log-heads'))
  return (
    <section id="compare-logs" aria-labelledby="compare-logs-title" class="stack">
      <h1 id="compare-logs-title">{t('compare_logs')}</h1>
      <p class="quiet">{t('compare_logs_lead')}</p>
      {keptHeads?.forks.map((fork) => (
        <ForkNotice key={fork.providerId} fork={fork} />
      ))}
      {keptHeads?.heads.length === 0 && <Notice kind="empty">{t('compare_logs_none')}</Notice>}
      {keptHeads && keptHeads.heads.length > 0 && (
        <>
          <div class="card stack">
            <h2>{t('compare_logs_ours')}</h2>
            {keptHeads.heads.map(({ providerId, organization, size, keptAt, line }) => (
              <CopyField
                key={providerId}
                label={organization}
                value={line}
                hint={`${count('log_entries', size)} · ${t('compare_logs_kept', exactly(keptAt))}`}
              />
            ))}
          </div>
          <CompareForm />
        </>
      )}
    </section>
  )
}

const CompareForm = () => {
  const id = useId()
  const [line, setLine] = useState('')
  const [comparison, setComparison] = useState<Comparison>()
  const compare = useAction(async () => {
    setComparison(undefined)
    setComparison(await ask('compare-log', { line }))
  })
  const submit = (event: Event) => {
    event.preventDefault()
    compare.run()
  }
  return (
    <form class="card stack" onSubmit={submit}>
      <div class="field">
        <label for={id}>{t('compare_logs_theirs')}</label>
        <textarea
          id={id}
          rows={4}
          spellcheck={false}
          autocomplete="off"
          value={line}
          placeholder="checkpoint …"
          onInput={(event) => {
            setLine(event.currentTarget.value)
            setComparison(undefined)
          }}
        />
      </div>
      <div class="row">
        <Button type="submit" look="primary" busy={compare.isRunning}>
          {t('compare_logs_do')}
        </Button>
      </div>
      {comparison && <ComparisonResult comparison={comparison} />}
      {compare.problem && <ProblemNotice problem={compare.problem} />}
    </form>
  )
}

const ComparisonResult = ({ comparison }: { comparison: Comparison }) => {
  switch (comparison.outcome) {
    case 'agree': {
      const [ours, theirs] = comparison.sizes
      const entries = count('log_entries', Math.min(ours, theirs))
      return (
        <Notice kind="done">
          {t('compare_logs_agree', comparison.organization, entries)}
          {theirs > ours && ` ${t('compare_logs_kept_theirs')}`}
        </Notice>
      )
    }
    case 'diverge':
      return <Notice kind="alarm">{t('compare_logs_diverge', comparison.organization)}</Notice>
    case 'unproven':
      return (
        <Notice kind="waiting">
          {t('compare_logs_unproven', comparison.organization)}{' '}
          {comparison.problem
            ? sentence(comparison.problem, comparison.organization)
            : t('compare_logs_no_proof', comparison.organization)}
        </Notice>
      )
    case 'unknown-log':
      return <Notice kind="empty">{t('compare_logs_unknown', comparison.origin)}</Notice>
    case 'other-key':
      return <Notice kind="alarm">{t('compare_logs_other_key', comparison.organization)}</Notice>
    case 'not-genuine':
      return <Notice kind="failed">{t('compare_logs_not_genuine', comparison.organization)}</Notice>
    case 'unreadable':
      return <Notice kind="failed">{t('compare_logs_unreadable')}</Notice>
  }
}

/** Shows the two signed checkpoints of a fork, as evidence for the organization or its supervisory authority. */
const ForkNotice = ({ fork: { providerId, organization, foundAt, kept, other } }: { fork: Fork }) => {
  const forget = useAction(() => ask('forget-fork', { providerId }))
  return (
    <section class="card stack" aria-label={t('fork_of', organization)}>
      <Notice kind="alarm">{t('fork_lead', organization, exactly(foundAt))}</Notice>
      <CopyField label={t('fork_kept')} value={kept} />
      <CopyField label={t('fork_other')} value={other} />
      <p class="quiet small">{t('fork_what_to_do', organization)}</p>
      <div class="row">
        <Button
          busy={forget.isRunning}
          onClick={() => forget.run()}
          aria-label={t('fork_forget_of', organization)}
        >
          {t('fork_forget')}
        </Button>
      </div>
      {forget.problem && <ProblemNotice problem={forget.problem} organization={organization} />}
    </section>
  )
}
