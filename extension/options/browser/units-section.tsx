import { useEffect, useState } from 'preact/hooks'
import { ask } from '../../messages/ask.ts'
import { type Units, unitsChoices } from '../../messages/vitals.ts'
import { ProblemNotice } from '../../ui/controls/notice.tsx'
import { useAction } from '../../ui/state/use-action.ts'
import { t } from '../../ui/words/words.ts'

const EXAMPLES: Record<Units, string> = { metric: 'kg, cm, °C', us: 'lb, in, °F' }

/** Says what the language follows, and lets the person choose the units of vital signs. */
export const UnitsSection = ({ units }: { units: Units }) => {
  // The button is on at once, and the worker's state follows.
  const [chosen, setChosen] = useState(units)
  useEffect(() => setChosen(units), [units])
  const choose = useAction((next: Units) => {
    setChosen(next)
    return ask('choose-units', { units: next })
  })
  return (
    <section id="units" aria-labelledby="units-title" class="stack">
      <h1 id="units-title">{t('language_and_units')}</h1>
      <p class="quiet">{t('language_lead')}</p>
      <div role="radiogroup" aria-labelledby="units-choice" aria-describedby="units-lead">
        <h2 id="units-choice">{t('units')}</h2>
        {unitsChoices.map((each) => (
          <div key={each} class="row">
            <label class="check">
              <input
                type="radio"
                name="units"
                checked={each === (choose.problem ? units : chosen)}
                aria-describedby={`units-${each}`}
                onChange={() => choose.run(each)}
              />
              {t(`units_${each}`)}
            </label>
            <span id={`units-${each}`} class="quiet small">
              {EXAMPLES[each]}
            </span>
          </div>
        ))}
        <p id="units-lead" class="quiet small">
          {t('units_lead')}
        </p>
      </div>
      {choose.problem && <ProblemNotice problem={choose.problem} />}
    </section>
  )
}
