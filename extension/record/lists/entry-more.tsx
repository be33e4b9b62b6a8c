import type { RecordEntry } from '../../messages/record-lists.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { t } from '../../ui/words/words.ts'
import { detailLines } from './entry-words.ts'
import { narrativeOf } from './narrative.tsx'

/** The details of an entry, always as text, and its narrative. */
export const EntryMore = ({ entry, isTitled }: { entry: RecordEntry; isTitled: boolean }) => {
  const { narrative, source } = entry
  const lines = detailLines(entry)
  const content = narrative === undefined ? null : narrativeOf(narrative)
  return (
    <div class="more small">
      {isTitled && (
        <p class="named">
          <SourceDot hue={source.hue} /> {source.name} <Host name={source.name} host={source.host} />
        </p>
      )}
      {lines.length > 0 && (
        <dl>
          {lines.map(({ label, text }, index) => (
            <div key={index}>
              <dt class="quiet">{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {content !== null && (
        <>
          <p class="quiet">{t('narrative_of', source.name)}</p>
          <div class="narrative">{content}</div>
        </>
      )}
    </div>
  )
}
