import type { Locator, Page } from '@playwright/test'
import type { Code } from '../../../extension/messages/errors.ts'
import type { Answer, RequestName } from '../../../extension/messages/protocol.ts'
import type { RecordType } from '../../../extension/messages/record-lists.ts'
import type { State } from '../../../extension/messages/state.ts'
import type { Word } from '../../../extension/ui/words.ts'

/**
 * A state of a page, as a worker would give it, so that it can be looked at. It tests nothing of the worker.
 * To draw some: `npm exec -- playwright test --project=looks -g "popup both"`, then see artifacts/pictures/looks.
 */
export interface Scene {
  /** Where it differs from somebody who has just installed Carekey in an office that knows three organizations. */
  state?: Partial<State>
  /** Where they differ from `usualAnswers`; `vitals c2` is what the connection `c2` is answered. */
  answers?: Answers
  /** What is done until the state is there. */
  act?: (look: Look) => Promise<unknown>
  /** What follows the page's address. */
  address?: string
  /** It is looked at on paper as well. */
  print?: true
}

export type Answers = { [N in RequestName as N | `${N} c${number}`]?: Answer<N> | 'never' } & {
  /** By type, and by connection. */
  [list in `record-list ${RecordType}${'' | ` c${number}`}`]?: Answer<'record-list'> | 'never'
}

/** A page and its language: whoever acts names things by their word. */
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
