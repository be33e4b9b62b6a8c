import type { Connection } from '../../messages/state.ts'
import { count } from '../../ui/words/words.ts'

/** The highest count that fits beside the other sections, in both languages. */
const WIDEST = 9

/** The number of accesses by others, and of erasures, since the list was last on screen; renders nothing for zero. */
export const NewAccesses = ({ connections }: { connections: Connection[] }) => {
  const newAccesses = connections.flatMap(({ newAccesses }) => newAccesses ?? [])
  const sum = newAccesses.reduce((all, each) => all + each.count + (each.erasures ?? 0), 0)
  if (sum === 0) return null
  const more = newAccesses.some((each) => each.more) ? '+' : ''
  const words = `${count('who_read_new', sum)}${more}`
  return (
    <>
      {' '}
      <span class="count" aria-hidden="true" title={words}>
        {sum > WIDEST ? `${WIDEST}+` : `${sum}${more}`}
      </span>
      <span class="unseen">{words}</span>
    </>
  )
}
