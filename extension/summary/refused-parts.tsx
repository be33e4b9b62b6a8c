import { type ListName, listNames, lists } from '../messages/record-lists.ts'
import type { Connection } from '../messages/state.ts'
import { StoppedSharing } from '../record/stopped-sharing.tsx'
import { Notice } from '../ui/controls/notice.tsx'
import { listed, t } from '../ui/words/words.ts'

/** Checks whether the grant allows nothing of a list, so that the list itself has nothing to show. */
export const isRefused = ({ can }: Connection, name: ListName): boolean =>
  lists[name].every((type) => !can.readLists.includes(type))

/** Names what the grant does not allow in one sentence, because a notice for each list would fill the page. */
export const RefusedParts = ({ connection }: { connection: Connection }) => {
  const { can, stopped, providerName } = connection
  const parts = [
    ...(can.readVitals ? [] : [{ word: 'vital_signs' as const, isStopped: stopped?.readVitals }]),
    ...listNames
      .filter((name) => isRefused(connection, name))
      .map((name) => ({
        word: `list_${name}` as const,
        isStopped: lists[name].some((type) => stopped?.readLists.includes(type)),
      })),
  ]
  const named = (group: typeof parts) => listed(group.map(({ word }) => t(word).toLocaleLowerCase()))
  const stoppedParts = parts.filter(({ isStopped }) => isStopped)
  const others = parts.filter(({ isStopped }) => !isStopped)
  return (
    <>
      {stoppedParts.length > 0 && <StoppedSharing connection={connection} what={named(stoppedParts)} />}
      {others.length > 0 && (
        <Notice kind="refused">{t('list_not_allowed', named(others), providerName)}</Notice>
      )}
    </>
  )
}
