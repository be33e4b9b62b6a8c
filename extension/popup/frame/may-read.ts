import { listNames, lists, recordTypes } from '../../messages/record-lists.ts'
import { type Connection, type GrantedPart, whyNotShared } from '../../messages/state.ts'
import { t } from '../../ui/words/words.ts'

interface Kind {
  word: string
  may: 'all' | 'part' | 'none'
  why: ReturnType<typeof whyNotShared>
}

const recordKinds = (connection: Connection): Kind[] => [
  {
    word: t('vital_signs'),
    may: mayRead(connection, connection.can.readVitals, 'vitals'),
    why: whyNotShared(connection, ({ readVitals }) => readVitals),
  },
  ...listNames.map((name): Kind => {
    const types = lists[name].filter((type) => connection.can.readLists.includes(type))
    return {
      word: t(`list_${name}`),
      may: mayRead(connection, types.length > 0, ...lists[name]),
      why: whyNotShared(connection, ({ readLists }) => lists[name].some((type) => readLists.includes(type))),
    }
  }),
]

/** @param isAny whether the connection reads any of these parts. */
const mayRead = ({ can }: Connection, isAny: boolean, ...parts: GrantedPart[]): Kind['may'] => {
  if (!isAny) return 'none'
  const isPart = recordTypes.some((type) => parts.includes(type) && !can.readLists.includes(type))
  return isPart || parts.some((part) => can.limited.includes(part)) ? 'part' : 'all'
}

/** Names what of the record a connection reads, in a few words: `Vital signs and 5 more`. */
export const readsInShort = (connection: Connection): string => {
  const words = recordKinds(connection).flatMap(({ word, may }) =>
    may === 'none' ? [] : may === 'part' ? t('may_read_part', word) : word,
  )
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
    may: mayRead(connection, can.searchPatients, 'Patient'),
    why,
  }
  const log: Kind = {
    word: t(patient ? 'may_read_log' : 'access_log'),
    may: mayRead(connection, can.readAccessLog, 'AuditEvent'),
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
  const part = wordsOf(all, ({ may }) => may === 'part')
  const refused = (['forbidden', 'stopped', 'refused'] as const).map((because) => {
    const words = wordsOf(all, ({ may, why }) => may === 'none' && why === because)
    return words && t(REFUSED[because], words)
  })
  return {
    allowed: [...whole, part && t('may_read_part', part), log.may === 'all' && log.word].filter(isText),
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
