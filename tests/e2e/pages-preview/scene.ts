import type { Locator, Page } from '@playwright/test'
import type { Code } from '../../../extension/messages/errors.ts'
import type { Answer, RequestName } from '../../../extension/messages/protocol.ts'
import type { RecordType } from '../../../extension/messages/record-lists.ts'
import type { State } from '../../../extension/messages/state.ts'
import type { Word } from '../../../extension/ui/words/words.ts'

/**
 * A state of a page as the worker would give it, for a picture. It does not test the worker. To draw some: `npm exec --
 * playwright test --project=looks -g "popup both"`, then see artifacts/pictures/looks.
 */
export interface Scene {
  /** How the state differs from that of a person who has just installed Carekey in an office that knows three organizations. */
  state?: Partial<State>
  /** How the answers differ from `usualAnswers`; `vitals c2` is the answer for the connection `c2`. */
  answers?: Answers
  /** Steps that lead to the state. */
  act?: (look: Look) => Promise<unknown>
  /** Appended to the page's address. */
  address?: string
  /** Set if the popup is also checked in a window of 320 px. */
  narrow?: true
  /** Set if the page is also checked on paper. */
  print?: true
}

export type Answers = { [N in RequestName as N | `${N} c${number}`]?: Answer<N> | 'never' } & {
  /** Answers by type and by connection. */
  [list in `record-list ${RecordType}${'' | ` c${number}`}`]?: Answer<'record-list'> | 'never'
}

/** A page and its language; steps name controls by their words. */
export interface Look {
  page: Page
  say: (word: Word, ...given: (string | number)[]) => string
  button: (word: Word, ...given: (string | number)[]) => Locator
  field: (word: Word) => Locator
}

export type Scenes = Record<string, Scene>

export const yes = <V>(value: V) => ({ ok: true as const, value })

export const problem = (code: Code, details?: Record<string, string>) => ({
  ok: false as const,
  error: { code, ...(details && { details }) },
})
