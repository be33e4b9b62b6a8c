import type { LogFault, LogProof, NotComplete } from '../messages/log-entries.ts'
import { Button } from '../ui/controls/button.tsx'
import { CautionMark, Tick } from '../ui/controls/icons.tsx'
import { Notice } from '../ui/controls/notice.tsx'
import { exactly } from '../ui/words/dates.ts'
import { sentence } from '../ui/words/problem.ts'
import { count, t, type Word } from '../ui/words/words.ts'
import { verdictOf } from './access-words.ts'
import type { ReadPage } from './use-checked-logs.ts'

interface Props {
  /** The pages of one list that are shown, newest first. */
  pages: readonly ReadPage[]
  organization: string
  /** Reads and checks the log again. */
  onRetry: () => void
  /** Reads on; absent where a page has a button of its own for that. */
  onReadOn?: () => void
}

/** States in a sentence whether the access log is reliable: by the worst verdict on its pages, or else by that on the last one. */
export const LogProofLine = ({ pages, organization, onRetry, onReadOn }: Props) => {
  const verdict = verdictOf(pages)
  const isChecking = pages.some(({ proof }) => !proof) || pages.at(-1)?.readsOn
  if (isChecking && verdict?.outcome !== 'alarm')
    return (
      <p class="quiet small" role="status">
        {t('log_checking')}
      </p>
    )
  switch (verdict?.outcome) {
    case 'alarm':
      return <Alarm alarm={verdict} organization={organization} />
    case 'unchecked':
      return (
        <Notice kind="failed" actions={<Button onClick={onRetry}>{t('log_check_again')}</Button>}>
          {t('log_unchecked')} {sentence(verdict.problem, organization)}
        </Notice>
      )
    case 'unprovable':
      return <p class="quiet small">{t('log_unprovable')}</p>
    case 'complete':
    case 'genuine':
      return <Proven verdict={verdict} pages={pages} onReadOn={onReadOn} />
    default:
      return null
  }
}

/** Checks for a log that was not found genuine: that is said before anything that it says. */
export const isDoubtful = (pages: readonly ReadPage[]): boolean => {
  const outcome = verdictOf(pages)?.outcome
  return outcome === 'alarm' || outcome === 'unchecked'
}

type ProofOf<O extends LogProof['outcome']> = Extract<LogProof, { outcome: O }>

interface ProvenProps extends Pick<Props, 'pages'> {
  verdict: ProofOf<'complete' | 'genuine'>
  onReadOn: Props['onReadOn']
}

const Proven = ({ verdict, pages, onReadOn }: ProvenProps) => {
  const provenPages = pages.flatMap(({ proof }) => (proof && 'proven' in proof ? proof : []))
  const [{ at, since } = verdict] = provenPages
  const sumOf = (part: 'proven' | 'pending') => provenPages.reduce((sum, page) => sum + page[part], 0)
  const [proven, pending] = [sumOf('proven'), sumOf('pending')]
  const isComplete = verdict.outcome === 'complete'
  const button = onReadOn && !pages.at(-1)?.isRead && pages.at(-1)?.next !== undefined && (
    <Button onClick={onReadOn}>{t('log_read_on')}</Button>
  )
  if (proven === 0)
    return (
      <>
        {pending > 0 && <p class="quiet small">{t('log_too_new')}</p>}
        {pending === 0 && button && <p class="quiet small">{t('log_none_read')}</p>}
      </>
    )
  const how =
    pending > 0 ? t('log_some', proven, proven + pending) : t(isComplete ? 'log_all' : 'log_genuine')
  const oldest = exactly(pages.flatMap(({ entries }) => entries).at(-1)?.recorded ?? '')
  return (
    <>
      <p class="proof quiet small">
        <Tick />
        <span>
          {since === undefined
            ? t('log_first', how, exactly(at))
            : t('log_proven', how, exactly(at), exactly(since))}
          {pending > 0 && ` ${count('log_pending', pending)}`}{' '}
          {verdict.outcome === 'genuine'
            ? t(REASONS[verdict.why], oldest)
            : verdict.erasure
              ? t('log_complete_erased', exactly(verdict.erasure.at))
              : t('log_complete', oldest)}
        </span>
      </p>
      {button}
    </>
  )
}

const REASONS = {
  scope: 'log_not_complete_scope',
  filter: 'log_not_complete_filter',
  patients: 'log_not_complete_patients',
  unread: 'log_not_complete_unread',
  open: 'log_not_complete_open',
  'lost-reads': 'log_not_complete_lost_reads',
} as const satisfies Record<NotComplete, Word>

const Alarm = ({ alarm, organization }: { alarm: ProofOf<'alarm'>; organization: string }) => {
  const { reason, entry, since } = alarm
  const when = entry ? exactly(entry.recorded) : t('log_these')
  return (
    <div class="notice alarm" role="alert">
      <CautionMark />
      <div>
        <p>
          <strong>{t('log_alarm', organization)}</strong>{' '}
          {t(FAULTS[reason], when, since === undefined ? '' : exactly(since))}
        </p>
        {entry && <p class="quiet small">{t('log_entry', entry.id)}</p>}
      </div>
    </div>
  )
}

const FAULTS = {
  altered: 'log_altered',
  blanked: 'log_blanked',
  forged: 'log_forged',
  missing: 'log_missing',
  gap: 'log_gap',
  duplicate: 'log_duplicate',
  'other-patient': 'log_other_patient',
  reordered: 'log_reordered',
  misdated: 'log_misdated',
  shrank: 'log_shrank',
  forked: 'log_forked',
  rewritten: 'log_rewritten',
  malformed: 'log_malformed',
  'other-origin': 'log_other_origin',
  'unknown-key': 'log_unknown_key',
  'bad-signature': 'log_bad_signature',
  withdrawn: 'log_withdrawn',
  withheld: 'log_withheld',
} as const satisfies Record<LogFault, Word>
