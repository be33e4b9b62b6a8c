import { useState } from 'preact/hooks'
import { type ListName, listNames } from '../messages/record-lists.ts'
import { t } from '../ui/words.ts'
import { RecordList } from './record-list.tsx'
import type { RecordAt } from './use-vitals.ts'

/** Five lists, each read only when it is opened, because every read is an entry in the organizations' logs. */
export const RecordLists = ({ records }: { records: RecordAt[] }) => (
  <div class="card lists">
    {listNames.map((name) => (
      <Disclosure key={name} name={name} records={records} />
    ))}
  </div>
)

/** Keys (list and person) of the open lists, kept while the popup is open. */
const opened = new Set<string>()

const Disclosure = ({ name, records }: { name: ListName; records: RecordAt[] }) => {
  const key = JSON.stringify([name, records[0]?.connection.id, records[0]?.patient])
  const [isOpen, setOpen] = useState(opened.has(key))
  const [isAsked, ask] = useState(isOpen)
  const toggle = (open: boolean) => {
    setOpen(open)
    if (open) ask(true)
    if (open) opened.add(key)
    else opened.delete(key)
  }
  return (
    <details open={isOpen} onToggle={(event) => toggle(event.currentTarget.open)}>
      <summary>
        <h3>{t(`list_${name}`)}</h3>
      </summary>
      {isAsked && (
        <div class="stack">
          <RecordList name={name} records={records} />
        </div>
      )}
    </details>
  )
}
