/** A SMART App Launch 2.2 resource scope, section 3.0: `patient/Observation.rs`. */
export interface SmartScope {
  readonly context: 'patient' | 'user' | 'system'
  /** A resource type, or `*`. */
  readonly type: string
  /** Some of `cruds`, in that order. */
  readonly actions: string
  /** As it was asked for and is answered. */
  readonly text: string
}

const GRAMMAR = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]{1,63})\.(c?r?u?d?s?)$/

/** Reads one scope; `undefined` when it is not a resource scope of the grammar. Never reinterprets a malformed one. */
export const parseScope = (text: string): SmartScope | undefined => {
  const [, context, type, actions] = GRAMMAR.exec(text) ?? []
  if (!context || !type || !actions) return undefined
  return { context: context as SmartScope['context'], type, actions, text }
}

/** The resource scopes among a space-separated list; everything else (`openid`, `launch/patient` …) is left out. */
export const parseScopes = (list: string): SmartScope[] =>
  list.split(' ').flatMap((text) => parseScope(text) ?? [])
