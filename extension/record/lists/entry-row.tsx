import { useState } from 'preact/hooks'
import type { RecordEntry } from '../../messages/record-lists.ts'
import type { Source } from '../../messages/vitals.ts'
import { CautionMark } from '../../ui/controls/icons.tsx'
import { exactly } from '../../ui/words/dates.ts'
import { Host, SourceDot } from '../../ui/words/source-mark.tsx'
import { count, t } from '../../ui/words/words.ts'
import { inParts, paragraphsOf } from '../budget.tsx'
import { InPieces } from '../in-pieces.tsx'
import { detailLines, nameWords, type RowWords, rowWords } from './entry-words.ts'
import type { FoldedEntry } from './fold-entries.ts'
import { NarrativeText } from './narrative-text.tsx'
import { drawnLines, weightOfRow } from './row-budget.ts'

/** One row, which opens to its details. Rows of a series are labelled by date. */
export const EntryRow = ({ row, by = 'name' }: { row: FoldedEntry; by?: 'name' | 'date' }) => (
  <li class={row.isPast ? 'past' : undefined}>
    <Entry row={row} by={by} />
  </li>
)

/** The newest result of a test, with the earlier ones below it. */
export const SeriesRow = ({ newest, earlier }: { newest: FoldedEntry; earlier: FoldedEntry[] }) => (
  <li>
    <Entry row={newest} by="name" />
    <Earlier name={nameWords(newest.entries[0])} rows={earlier} />
  </li>
)

/** Draws the rows only when they are opened, because an organization may send hundreds for each test. */
const Earlier = ({ name, rows }: { name: string; rows: FoldedEntry[] }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="earlier" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {count('earlier', rows.length)}
        <span class="unseen">: {name}</span>
      </summary>
      {isOpen && (
        <ul class="entries">
          <InPieces
            rows={rows}
            weightOf={({ entries: [entry] }) => weightOfRow(entry)}
            piece={(some) => (
              <>
                {some.map((row) => (
                  <EntryRow
                    key={row.entries[0].source.connectionId + row.entries[0].id}
                    row={row}
                    by="date"
                  />
                ))}
              </>
            )}
          />
        </ul>
      )}
    </details>
  )
}

/** Renders the details only when the entry is opened. */
const Entry = ({ row, by }: { row: FoldedEntry; by: 'name' | 'date' }) => {
  const [isOpen, setOpen] = useState(false)
  const entriesWithDetails = row.entries.filter(
    (entry) => detailLines(entry).length > 0 || entry.narrative !== undefined,
  )
  const head = (
    <Head words={rowWords(row.entries[0])} sources={row.sources} by={by} newSince={newSinceOf(row)} />
  )
  if (entriesWithDetails.length === 0) return <div class="entry">{head}</div>
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="entry">{head}</summary>
      {isOpen &&
        entriesWithDetails.map((entry) => (
          <EntryMore key={entry.source.connectionId} entry={entry} isTitled={row.entries.length > 1} />
        ))}
    </details>
  )
}

/** Since when a row is new: what one of its organizations held already is no news. */
const newSinceOf = ({ entries }: FoldedEntry): number | undefined => {
  const times = entries.map(({ newSince = 0 }) => newSince)
  return times.includes(0) ? undefined : Math.max(...times)
}

interface HeadProps {
  words: RowWords
  sources: Source[]
  by: 'name' | 'date'
  newSince: number | undefined
}

const Head = ({ words, sources, by, newSince }: HeadProps) => {
  const { name, recordedName, when, value, flag, parts, kind, state, range, unplaced } = words
  const facts = [kind, state, by === 'name' && when, range, unplaced]
  return (
    <span>
      <span class="first">
        <strong title={recordedName}>{by === 'name' ? name : when || t('undated')}</strong>
        {value !== undefined && (
          <span class="value">
            {value}
            {flag && (
              <span class="caution small">
                <CautionMark />
                {t(`flag_${flag}`)}
              </span>
            )}
          </span>
        )}
      </span>
      {parts && <span class="small facts">{parts}</span>}
      <span class="quiet small facts">
        {newSince !== undefined && <span class="new">{t('entry_new', exactly(newSince))}</span>}
        <span>{facts.filter(Boolean).join(' · ')}</span>
        {sources.map(({ connectionId, name: organization, host, hue }) => (
          <span key={connectionId} class="named" title={host}>
            <SourceDot hue={hue} /> {organization}
          </span>
        ))}
      </span>
    </span>
  )
}

/** The details of an entry, always as text, and its narrative. */
export const EntryMore = ({ entry, isTitled }: { entry: RecordEntry; isTitled: boolean }) => {
  const { source } = entry
  const groups = paragraphsOf(
    drawnLines(entry).map(({ label, text }) => (
      <div>
        <dt class="quiet">{inParts([label])}</dt>
        <dd>{inParts([text])}</dd>
      </div>
    )),
  )
  return (
    <div class="more small">
      {isTitled && (
        <p class="named">
          <SourceDot hue={source.hue} /> {source.name} <Host name={source.name} host={source.host} />
        </p>
      )}
      {groups.map((group, index) => (
        <dl key={index} class={groups.length > 1 ? 'part' : undefined}>
          {group}
        </dl>
      ))}
      <NarrativeText entry={entry} />
    </div>
  )
}
