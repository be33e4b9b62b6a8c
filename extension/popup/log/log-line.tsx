import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { CautionMark, RefusedMark } from '../../ui/controls/icons.tsx'
import { exactly } from '../../ui/words/dates.ts'
import { SourceDot } from '../../ui/words/source-mark.tsx'
import { When } from '../../ui/words/when.tsx'
import { count, t } from '../../ui/words/words.ts'
import {
  accessEnd,
  accessKind,
  accessThrough,
  accessWhat,
  accessWho,
  dataRead,
} from '../../who-read/access-words.ts'
import type { LogRow } from './merged-log.ts'
import { keyOf, keysOf } from './use-seen.ts'

interface Props {
  row: LogRow
  /** The list is of one organization, which need not be named. */
  alone: boolean
}

/** One access, or the technical accesses of one visit, which open to their entries. */
export const LogLine = ({ row, alone }: Props) => {
  const [isOpen, setOpen] = useState(false)
  if (row.folded.length === 0) return <Entry row={row} alone={alone} />
  const rows = [row, ...row.folded]
  return (
    <li class="success">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary data-entry={keysOf(row)}>
          <Head row={row} alone={alone}>
            {dataRead(
              rows.map(({ entry }) => entry),
              isOwn(row),
            )}
            {' · '}
            <span class="opens">{count('log_entries', rows.length)}</span>
          </Head>
        </summary>
        {isOpen && (
          <ol class="access">
            {rows.map((each) => (
              <Entry key={keyOf(each)} row={{ ...each, folded: [] }} alone={alone} />
            ))}
          </ol>
        )}
      </details>
    </li>
  )
}

const Entry = ({ row, alone }: Props) => {
  const { entry, isDatedAhead, isForeign } = row
  const what = accessWhat(entry, isOwn(row))
  return (
    <li class={isForeign || isDatedAhead ? 'failed' : accessEnd(entry)} data-entry={keysOf(row)}>
      <Head row={row} alone={alone}>
        {accessKind(entry)}
        {what && (
          <>
            {' · '}
            <span title={entry.what}>{what}</span>
          </>
        )}
      </Head>
    </li>
  )
}

const isOwn = ({ connection }: Props['row']): boolean => connection.person.role === 'patient'

/** An allowed access has none, because a tick would look like a proof of the entry. */
const NoMark = () => <span class="icon" />

const MARKS = { success: NoMark, refused: RefusedMark, failed: CautionMark, undone: RefusedMark }

/** Begins with the person, because no name from outside can stand at the beginning of the line. */
const Head = ({ row, alone, children }: Props & { children: (VNode | string | false | undefined)[] }) => {
  const { entry, connection, isDatedAhead, isForeign, erasure } = row
  const end = accessEnd(entry)
  const through = accessThrough(entry)
  const Mark = isForeign || isDatedAhead ? CautionMark : MARKS[end]
  return (
    <>
      <Mark />
      <span class="about">
        <span>
          {(end === 'refused' || end === 'failed') && <strong>{t(`outcome_${end}`)}: </strong>}
          <strong>{accessWho(entry, erasure)}</strong>
          {through && `, ${through}`}
        </span>
        <span class="quiet small">
          {!entry.erased && `${t(`access_by_${entry.by}`)} · `}
          {children}
          {!alone && (
            <>
              {' · '}
              <SourceDot hue={connection.hue} /> {connection.providerName}
            </>
          )}
        </span>
        {isForeign && <span class="small">{t('log_foreign_entry')}</span>}
        {isDatedAhead && <span class="small">{t('log_ahead', exactly(entry.recorded))}</span>}
      </span>
      <span class="quiet small">
        {!isDatedAhead && <When at={entry.recorded} as={entry.isNew ? 'lately' : 'clock'} />}
      </span>
    </>
  )
}
