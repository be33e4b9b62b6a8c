import type { ImportFault, ImportPlan } from '../messages/configuration.ts'
import { Button } from '../ui/button.tsx'
import { Notice } from '../ui/notice.tsx'
import { t, type Word } from '../ui/words.ts'

interface Props {
  plan: ImportPlan
  busy: boolean
  onImport: () => void
  onLeave: () => void
}

const CHANGES: ['added' | 'changed' | 'signedOut' | 'unchanged', Word][] = [
  ['added', 'import_added'],
  ['changed', 'import_changed'],
  ['signedOut', 'import_signed_out'],
  ['unchanged', 'import_unchanged'],
]
const shownFaults = 20

/** What the file would change, before it does; or everything that is wrong with it. */
export const ImportSummary = ({ plan, busy, onImport, onLeave }: Props) =>
  plan.faults.length > 0 ? (
    <div class="card stack" role="alert">
      <Notice kind="refused">{t('import_refused')}</Notice>
      <ul class="plain-list">
        {plan.faults.slice(0, shownFaults).map((fault) => (
          <li key={`${fault.at} ${fault.reason}`}>
            <code>{fault.at}</code>: {t(wordOf(fault.reason))}
          </li>
        ))}
      </ul>
    </div>
  ) : (
    <section class="card stack" aria-labelledby="import-title">
      <h3 id="import-title">{t('import_title')}</h3>
      {CHANGES.filter(([change]) => plan[change].length > 0).map(([change, word]) => (
        <div key={change}>
          <p class="quiet">{t(word)}</p>
          <ul class="plain-list">
            {plan[change].map((name, index) => (
              <li key={`${index} ${name}`}>{name}</li>
            ))}
          </ul>
        </div>
      ))}
      <p class="quiet">{t('import_secrets')}</p>
      <div class="row">
        <Button look="primary" busy={busy} onClick={onImport}>
          {t('import')}
        </Button>
        <Button onClick={onLeave}>{t('cancel')}</Button>
      </div>
    </section>
  )

type Underscored<S extends string> = S extends `${infer A}-${infer B}` ? `${A}_${Underscored<B>}` : S

const wordOf = (reason: ImportFault['reason']): Word =>
  `fault_${reason.replaceAll('-', '_') as Underscored<ImportFault['reason']>}`
