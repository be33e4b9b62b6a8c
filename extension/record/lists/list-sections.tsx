import { useState } from 'preact/hooks'
import { type ListName, listNames } from '../../messages/record-lists.ts'
import { t } from '../../ui/words/words.ts'
import type { RecordAt } from '../vitals/use-vitals.ts'
import { RecordList } from './list-section.tsx'

/** The lists of a record, each read only when it is opened, because every read is an entry in the organizations' logs. */
export const RecordLists = ({ records }: { records: RecordAt[] }) => (
  <div class="card lists">
    {listNames.map((name) => (
      <Disclosure key={name} name={name} records={records} />
    ))}
  </div>
)

/** Keys (list and person) of the open lists, kept while the popup is open. */
const openLists = new Set<string>()

const Disclosure = ({ name, records }: { name: ListName; records: RecordAt[] }) => {
  const key = JSON.stringify([name, records[0]?.connection.id, records[0]?.patient])
  const [isOpen, setOpen] = useState(openLists.has(key))
  const [isRequested, setRequested] = useState(isOpen)
  const toggle = (open: boolean) => {
    setOpen(open)
    if (open) setRequested(true)
    if (open) openLists.add(key)
    else openLists.delete(key)
  }
  return (
    <details open={isOpen} onToggle={(event) => toggle(event.currentTarget.open)}>
      <summary>
        <h3>{t(`list_${name}`)}</h3>
      </summary>
      {isRequested && (
        <div class="stack">
          <RecordList name={name} records={records} />
        </div>
      )}
    </details>
  )
}
