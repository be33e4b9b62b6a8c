/** A resource scope in either version of the grammar (SMART App Launch 2.2, sections 3.0 and 3.0.2.1). */
export interface ResourceScope {
  /** As it is written. */
  readonly word: string
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  readonly version: 1 | 2
  /** Letters of `cruds`, into which version 1 is translated. */
  readonly access: string
  /** With its `?`; empty if there is none. */
  readonly query: string
}

const GRAMMAR = /^(patient|user|system)\/(\*|[A-Za-z]{1,100})\.(read|write|\*|[cruds]{1,5})(\?.*)?$/

const VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' }

/** Parses a word of a scope; undefined if it is not about resources. */
export const parseResourceScope = (word: string): ResourceScope | undefined => {
  const [, context, type, written = '', query = ''] = GRAMMAR.exec(word) ?? []
  if (!context || !type) return undefined
  const access = VERSION_1[written]
  return {
    ...{ word, context: context as ResourceScope['context'], type, query },
    ...(access === undefined ? { version: 2, access: written } : { version: 1, access }),
  }
}

/** Characters of a scope that are read, because an organization may grant hundreds of them. */
export const longestScopes = 20_000

/** Splits a scope. A word that was cut in the middle could grant more than the whole one. */
export const wordsOf = (scope: string): string[] => {
  const words = scope.slice(0, longestScopes).split(' ')
  return (scope.length > longestScopes ? words.slice(0, -1) : words).filter(Boolean)
}
