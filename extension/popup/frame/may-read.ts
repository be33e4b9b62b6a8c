import { listNames, lists } from '../../messages/record-lists.ts'
import { type Connection, whyNotShared } from '../../messages/state.ts'
import { t } from '../../ui/words/words.ts'

interface Kind {
  word: string
  may: 'all' | 'part' | 'none'
  why: ReturnType<typeof whyNotShared>
}

const recordKinds = (connection: Connection): Kind[] => [
  {
    word: t('vital_signs'),
    may: connection.can.readVitals ? 'all' : 'none',
    why: whyNotShared(connection, ({ readVitals }) => readVitals),
  },
  ...listNames.map((name): Kind => {
    const types = lists[name].filter((type) => connection.can.readLists.includes(type))
    return {
      word: t(`list_${name}`),
      may: types.length === lists[name].length ? 'all' : types.length > 0 ? 'part' : 'none',
      why: whyNotShared(connection, ({ readLists }) => lists[name].some((type) => readLists.includes(type))),
    }
  }),
]

/** Names what of the record a connection reads, in a few words: `Vital signs and 5 more`. */
export const readsInShort = (connection: Connection): string => {
  const words = recordKinds(connection).flatMap(({ word, may }) => (may === 'none' ? [] : word))
  const [first] = words
  return first && words.length > 2 ? t('reads_more', first, words.length - 1) : joined(words)
}

/** Names all that a connection may read, and what it may not, a line each. */
export const readsInFull = (connection: Connection): { allowed: string[]; refused: string[] } => {
  const { can, patient, person } = connection
  // No page lists these types, so the state does not name them: a policy that forbids any forbids the wildcard that is requested.
  const why = connection.forbidden ? 'forbidden' : 'refused'
  const identity: Kind = {
    word: t(patient ? 'may_read_person' : 'may_read_patients'),
    may: can.searchPatients ? 'all' : 'none',
    why,
  }
  const log: Kind = {
    word: t(patient ? 'may_read_log' : 'access_log'),
    may: can.readAccessLog ? 'all' : 'none',
    why: whyNotShared(connection, ({ readAccessLog }) => readAccessLog),
  }
  const rest: Kind = { word: t('may_read_rest'), may: can.readRest ?? 'none', why }
  const [vitals = [], ...others] = [...recordKinds(connection), rest]
  const all = [identity, vitals, ...others, log].flat()
  const wordsOf = (kinds: Kind[], isNamed: (kind: Kind) => boolean) =>
    joined(kinds.flatMap((kind) => (isNamed(kind) ? kind.word : [])))
  const whole = [[identity], [vitals].flat(), others].map((kinds) =>
    wordsOf(kinds, ({ may }) => may === 'all'),
  )
  const part = wordsOf(others, ({ may }) => may === 'part')
  const refused = (['forbidden', 'stopped', 'refused'] as const).map((because) => {
    const words = wordsOf(all, ({ may, why }) => may === 'none' && why === because)
    return words && t(REFUSED[because], words)
  })
  return {
    allowed: [...whole, part && t('may_read_part', part), can.readAccessLog && log.word].filter(isText),
    // An administrator's work needs no record.
    refused: person.role === 'administrator' ? [] : refused.filter(isText),
  }
}

const REFUSED = {
  forbidden: 'may_read_forbidden',
  stopped: 'may_read_no_more',
  refused: 'may_not_read',
} as const

const isText = (text: string | false): text is string => text !== false && text !== ''

/** `Conditions, allergies, medications` */
const joined = (words: string[]): string =>
  words.map((word, at) => (at === 0 ? word : word.toLocaleLowerCase())).join(', ')
