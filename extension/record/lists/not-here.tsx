import type { ListName } from '../../messages/record-lists.ts'
import { EmptyMark } from '../../ui/controls/icons.tsx'
import { Notice } from '../../ui/controls/notice.tsx'
import { absent } from '../../ui/words/absent.ts'
import { count, listed, t } from '../../ui/words/words.ts'
import { isRefused, RefusedParts } from './list-absence.tsx'
import type { ListAt, NamedList } from './use-record-list.ts'

/**
 * Checks whether no organization has anything to show in a list, because each has nothing on file or may not show it. Allergies keep
 * their place: nothing on file is not the same as no known allergies.
 */
export const isNotHere = ({ name, lists }: NamedList): boolean =>
  name !== 'allergies' &&
  lists.every((list) => isRefused(list.connection, name) || nothingAt([{ name, list }]) !== undefined)

interface Part {
  name: ListName
  list: ListAt
}

/** Says that an organization has nothing on file in these lists; undefined unless it said so itself. */
export const nothingAt = (parts: readonly Part[]): string | undefined => {
  const answers = parts.flatMap(({ list }) => list.answers)
  const isAll = parts.every(({ list }) => list.refusedTypes.length === 0)
  const [first] = parts
  return first && isAll && answers.every(({ value }) => value?.entries.length === 0)
    ? absent(
        answers,
        'not_here_nothing',
        first.list.connection.providerName,
        listed(parts.map(({ name }) => t(`list_${name}`).toLocaleLowerCase())),
      )
    : undefined
}

/** All lists without anything to show, in one line that opens to who, what, and what to do. */
export const NotHere = ({ all }: { all: NamedList[] }) => {
  if (all.length === 0) return null
  const refused = all.filter(({ name, lists }) => lists.some(({ connection }) => isRefused(connection, name)))
  const empty = all.length - refused.length
  const words = [
    ...(empty > 0 ? [count('not_here_empty', empty)] : []),
    ...(refused.length > 0 ? [count('not_here_refused', refused.length)] : []),
  ]
  const parts = all.flatMap(({ name, lists }) => lists.map((list) => ({ name, list })))
  return (
    <details class="not-here">
      <summary>
        <EmptyMark />
        <span>
          {/* Where the links of the summary lead. */}
          {all.map(({ name }) => (
            <span key={name} id={`list-${name}`} />
          ))}
          {t('not_here', listed(words))}
        </span>
      </summary>
      <div class="stack">
        {[...Map.groupBy(parts, ({ list }) => list.connection.id)].map(([id, its]) => (
          <NotHereAt key={id} parts={its} />
        ))}
      </div>
    </details>
  )
}

const NotHereAt = ({ parts }: { parts: Part[] }) => {
  const refused = parts.filter(({ name, list }) => isRefused(list.connection, name))
  const nothing = nothingAt(parts.filter((part) => !refused.includes(part)))
  const [first] = refused
  return (
    <>
      {nothing && <Notice kind="empty">{nothing}</Notice>}
      {first && <RefusedParts connection={first.list.connection} names={refused.map(({ name }) => name)} />}
    </>
  )
}
