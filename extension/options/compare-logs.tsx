import { useEffect, useId, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { CheckpointList, Comparison, Fork } from '../messages/log-comparison.ts'
import { watch } from '../messages/watch.ts'
import { Button } from '../ui/button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { exactly } from '../ui/dates.ts'
import { Field } from '../ui/field.tsx'
import { CautionMark } from '../ui/icons.tsx'
import { Notice, ProblemNotice } from '../ui/notice.tsx'
import { sentence } from '../ui/problem.ts'
import { useAction } from '../ui/use-action.ts'
import { count, t } from '../ui/words.ts'

/** Compares the checkpoints of two browsers, to check that an organization shows everybody the same access log. */
export const CompareLogs = () => {
  const held = useKeptHeads()
  return (
    <section id="compare-logs" aria-labelledby="compare-logs-title" class="stack">
      <h2 id="compare-logs-title">{t('compare_logs')}</h2>
      <p class="quiet">{t('compare_logs_lead')}</p>
      {held?.forks.map((fork) => (
        <ForkNotice key={fork.providerId} fork={fork} />
      ))}
      {held?.heads.length === 0 && <Notice kind="empty">{t('compare_logs_none')}</Notice>}
      {held && held.heads.length > 0 && (
        <>
          <div class="card stack">
            <h3>{t('compare_logs_ours')}</h3>
            {held.heads.map(({ providerId, organization, size, keptAt, line }) => (
              <Field
                key={providerId}
                label={organization}
                value={line}
                readOnly
                hint={`${count('log_entries', size)} · ${t('compare_logs_kept', exactly(keptAt))}`}
                beside={<CopyButton text={line} of={organization} />}
              />
            ))}
          </div>
          <CompareForm />
        </>
      )}
    </section>
  )
}

const useKeptHeads = (): CheckpointList | undefined => {
  const [held, setHeld] = useState<CheckpointList>()
  useEffect(() => {
    const look = () => {
      ask('log-heads').then(setHeld, () => undefined)
    }
    const stop = watch(look)
    look()
    return stop
  }, [])
  return held
}

const CompareForm = () => {
  const id = useId()
  const [line, setLine] = useState('')
  const [found, setFound] = useState<Comparison>()
  const compare = useAction(async () => {
    setFound(undefined)
    setFound(await ask('compare-log', { line }))
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
            setFound(undefined)
          }}
        />
      </div>
      <div class="row">
        <Button type="submit" look="primary" busy={compare.running}>
          {t('compare_logs_do')}
        </Button>
      </div>
      {found && <Found found={found} />}
      {compare.problem && <ProblemNotice problem={compare.problem} />}
    </form>
  )
}

const Found = ({ found }: { found: Comparison }) => {
  switch (found.outcome) {
    case 'agree': {
      const [ours, theirs] = found.sizes
      const entries = count('log_entries', Math.min(ours, theirs))
      return (
        <Notice kind="done">
          {t('compare_logs_agree', found.organization, entries)}
          {theirs > ours && ` ${t('compare_logs_kept_theirs')}`}
        </Notice>
      )
    }
    case 'diverge':
      return <Alarm>{t('compare_logs_diverge', found.organization)}</Alarm>
    case 'unproven':
      return (
        <Notice kind="waiting">
          {t('compare_logs_unproven', found.organization)}{' '}
          {found.problem
            ? sentence(found.problem, found.organization)
            : t('compare_logs_no_proof', found.organization)}
        </Notice>
      )
    case 'unknown-log':
      return <Notice kind="empty">{t('compare_logs_unknown', found.origin)}</Notice>
    case 'other-key':
      return <Alarm>{t('compare_logs_other_key', found.organization)}</Alarm>
    case 'not-genuine':
      return <Notice kind="failed">{t('compare_logs_not_genuine', found.organization)}</Notice>
    case 'unreadable':
      return <Notice kind="failed">{t('compare_logs_unreadable')}</Notice>
  }
}

const Alarm = ({ children }: { children: string }) => (
  <div class="notice alarm" role="alert">
    <CautionMark />
    <div>
      <p>{children}</p>
    </div>
  </div>
)

/** Shows a fork, for the organization or its supervisory authority: the organization signed both checkpoints. */
const ForkNotice = ({ fork: { providerId, organization, foundAt, kept, other } }: { fork: Fork }) => {
  const forget = useAction(() => ask('forget-fork', { providerId }))
  return (
    <section class="card stack" aria-label={t('fork_of', organization)}>
      <Alarm>{t('fork_lead', organization, exactly(foundAt))}</Alarm>
      <Field
        label={t('fork_kept')}
        value={kept}
        readOnly
        beside={<CopyButton text={kept} of={t('fork_kept')} />}
      />
      <Field
        label={t('fork_other')}
        value={other}
        readOnly
        beside={<CopyButton text={other} of={t('fork_other')} />}
      />
      <p class="quiet small">{t('fork_what_to_do', organization)}</p>
      <div class="row">
        <Button
          busy={forget.running}
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
