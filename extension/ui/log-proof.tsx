import type { LogFault, LogProof } from '../messages/access-log.ts'
import { Button } from './button.tsx'
import { exactly } from './dates.ts'
import { CautionMark, Tick } from './icons.tsx'
import { Notice } from './notice.tsx'
import { sentence } from './problem.ts'
import { count, t, type Word } from './words.ts'

interface Props {
  /** One proof for each shown page; undefined while it is being checked. */
  proofs: readonly (LogProof | undefined)[]
  organization: string
  /** Reads and checks the log again. */
  onRetry: () => void
}

/** States in a sentence whether the access log is reliable, by the worst verdict on its pages. */
export const LogProofLine = ({ proofs, organization, onRetry }: Props) => {
  const provenPages = proofs.filter((proof) => proof !== undefined)
  const worst = ORDER.flatMap((outcome) => provenPages.filter((proof) => proof.outcome === outcome))[0]
  if (provenPages.length < proofs.length && worst?.outcome !== 'alarm')
    return (
      <p class="quiet small" role="status">
        {t('log_checking')}
      </p>
    )
  switch (worst?.outcome) {
    case 'alarm':
      return <Alarm alarm={worst} organization={organization} />
    case 'unchecked':
      return (
        <Notice kind="failed" actions={<Button onClick={onRetry}>{t('log_check_again')}</Button>}>
          {t('log_unchecked')} {sentence(worst.problem, organization)}
        </Notice>
      )
    case 'unprovable':
      return <p class="quiet small">{t('log_unprovable')}</p>
    case 'proven':
      return <Proven first={worst} all={provenPages.filter((proof) => proof.outcome === 'proven')} />
    default:
      return null
  }
}

const ORDER = ['alarm', 'unchecked', 'unprovable', 'proven'] as const

type ProofOf<O extends LogProof['outcome']> = Extract<LogProof, { outcome: O }>

const Proven = ({ first: { at, since }, all }: { first: ProofOf<'proven'>; all: ProofOf<'proven'>[] }) => {
  const provenCount = all.reduce((sum, page) => sum + page.proven, 0)
  const pending = all.reduce((sum, page) => sum + page.pending, 0)
  if (provenCount === 0) return pending > 0 ? <p class="quiet small">{t('log_too_new')}</p> : null
  const how = pending > 0 ? t('log_some', provenCount, provenCount + pending) : t('log_all')
  return (
    <p class="proof quiet small">
      <Tick />
      <span>
        {since === undefined
          ? t('log_first', how, exactly(at))
          : t('log_proven', how, exactly(at), exactly(since))}
        {pending > 0 && ` ${count('log_pending', pending)}`}
      </span>
    </p>
  )
}

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
} as const satisfies Record<LogFault, Word>
