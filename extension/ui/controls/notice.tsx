import type { ComponentChildren } from 'preact'
import type { Problem } from '../../messages/errors.ts'
import type { RevocationOutcome } from '../../messages/state.ts'
import { ofPerson } from '../words/outside-words.ts'
import { absenceOf, sentence } from '../words/problem.ts'
import { t, type Word } from '../words/words.ts'
import { Button } from './button.tsx'
import { CautionMark, EmptyMark, RefusedMark, Tick, UnreachableMark, WaitingMark } from './icons.tsx'

const MARKS = {
  empty: EmptyMark,
  refused: RefusedMark,
  unreachable: UnreachableMark,
  failed: CautionMark,
  waiting: WaitingMark,
  done: Tick,
  alarm: CautionMark,
}

interface Props {
  kind: keyof typeof MARKS
  role?: 'alert' | 'status'
  children: ComponentChildren
  /** Buttons below the sentence. */
  actions?: ComponentChildren
}

/** A sentence in place of data, with the icon of its kind. */
export const Notice = ({ kind, role = kind === 'alarm' ? 'alert' : 'status', children, actions }: Props) => {
  const Mark = MARKS[kind]
  return (
    <div class={`notice ${kind}`} role={role}>
      <Mark />
      <div>
        <p>{children}</p>
        {actions && <div class="row">{actions}</div>}
      </div>
    </div>
  )
}

interface ProblemProps {
  problem: Problem
  organization?: string | undefined
  /** Whose connection it is about, where the page does not say so. */
  person?: string | undefined
  actions?: ComponentChildren
  onRetry?: () => void
  /** Further details after the sentence. */
  children?: ComponentChildren
}

export const ProblemNotice = ({
  problem,
  organization,
  person,
  actions,
  onRetry,
  children,
}: ProblemProps) => (
  <Notice
    kind={absenceOf(problem)}
    actions={onRetry ? <Button onClick={onRetry}>{t('try_again')}</Button> : actions}
  >
    {ofPerson(person, sentence(problem, organization))}
    {children && <> {children}</>}
  </Notice>
)

/** The kind of notice for each answer of an organization that was asked to end access. */
export const REVOCATION_KINDS = {
  revoked: 'done',
  unreachable: 'unreachable',
  refused: 'refused',
  'not-offered': 'failed',
} as const satisfies Record<RevocationOutcome, string>

/** The sentence for each of these answers after a sign-out. */
export const SIGNED_OUT_WORDS = {
  revoked: 'signed_out',
  unreachable: 'signed_out_unreachable',
  refused: 'signed_out_refused',
  'not-offered': 'signed_out_not_offered',
} as const satisfies Record<RevocationOutcome, Word>
