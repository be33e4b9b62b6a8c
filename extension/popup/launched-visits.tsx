import type { Connection, State } from '../messages/state.ts'
import { Button } from '../ui/controls/button.tsx'
import { windowOf } from '../ui/provider/connection-words.ts'
import { personName } from '../ui/words/outside-words.ts'
import { useNow } from '../ui/words/when.tsx'
import { t } from '../ui/words/words.ts'

interface Props extends Pick<State, 'launched'> {
  onEnd: (visit: Connection) => void
}

/** Does not name the patient: anybody who opens the popup sees this list, and a visit has its own page. */
export const LaunchedVisits = ({ launched, onEnd }: Props) => {
  const now = useNow()
  const visits = launched.filter(({ signedIn }) => signedIn)
  if (visits.length === 0) return null
  return (
    <section aria-labelledby="visits-title">
      <h2 id="visits-title">{t('launch_visits')}</h2>
      {visits.map((visit) => (
        <div key={visit.id} class="person">
          <p>
            {t('launch_title')}{' '}
            <span class="quiet small">
              · {visit.providerName} · {personName(visit.person.name)} · {windowOf(visit, now)}
            </span>
          </p>
          <Button onClick={() => onEnd(visit)}>{t('launch_close')}</Button>
        </div>
      ))}
    </section>
  )
}
