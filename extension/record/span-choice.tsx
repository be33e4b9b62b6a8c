import { t } from '../ui/words.ts'
import { SPANS, type Span } from './span.ts'

export const SpanChoice = ({ span, onChoose }: { span: Span; onChoose: (span: Span) => void }) => (
  <fieldset class="spans">
    <legend class="unseen">{t('span')}</legend>
    {SPANS.map((each) => (
      <label key={each}>
        <input type="radio" name="span" checked={each === span} onChange={() => onChoose(each)} />
        <span>{t(`span_${each}`)}</span>
      </label>
    ))}
  </fieldset>
)
