import { useMemo } from 'preact/hooks'
import { cutMark, type RecordEntry } from '../../messages/record-lists.ts'
import { t } from '../../ui/words/words.ts'
import { cutSaid } from './entry-words.ts'
import { narrativeOf } from './narrative.tsx'

/** What an organization itself wrote of an entry, and that it is not all of it. */
export const NarrativeText = ({ entry: { narrative, source } }: { entry: RecordEntry }) => {
  const read = useMemo(() => (narrative === undefined ? undefined : narrativeOf(narrative)), [narrative])
  if (!read || (read.content === null && read.isWhole)) return null
  return (
    <>
      <p class="quiet">{t('narrative_of', source.name)}</p>
      {read.content !== null && <div class="narrative">{read.content}</div>}
      {!read.isWhole && <p class="quiet">{cutSaid(cutMark, source)}</p>}
    </>
  )
}
