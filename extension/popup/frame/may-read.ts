import { listNames, lists } from '../../messages/record-lists.ts'
import type { Connection } from '../../messages/state.ts'
import { t } from '../../ui/words/words.ts'

interface Kind {
  word: string
  may: 'all' | 'part' | 'none'
  /** It was allowed at sign-in. */
  stopped?: boolean | undefined
}

const recordKinds = ({ can, stopped }: Connection): Kind[] => [
  { word: t('vital_signs'), may: can.readVitals ? 'all' : 'none', stopped: stopped?.readVitals },
  ...listNames.map((name): Kind => {
    const types = lists[name].filter((type) => can.readLists.includes(type))
    return {
      word: t(`list_${name}`),
      may: types.length === lists[name].length ? 'all' : types.length > 0 ? 'part' : 'none',
      stopped: lists[name].some((type) => stopped?.readLists.includes(type)),
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
  const { can, patient, person, stopped } = connection
  const identity: Kind = {
    word: t(patient ? 'may_read_person' : 'may_read_patients'),
    may: can.searchPatients ? 'all' : 'none',
  }
  const log: Kind = {
    word: t(patient ? 'may_read_log' : 'access_log'),
    may: can.readAccessLog ? 'all' : 'none',
    stopped: stopped?.readAccessLog,
  }
  const rest: Kind = { word: t('may_read_rest'), may: can.readRest ?? 'none' }
  const [vitals = [], ...others] = [...recordKinds(connection), rest]
  const all = [identity, vitals, ...others, log].flat()
  const wordsOf = (kinds: Kind[], isNamed: (kind: Kind) => boolean | undefined) =>
    joined(kinds.flatMap((kind) => (isNamed(kind) ? kind.word : [])))
  const whole = [[identity], [vitals].flat(), others].map((kinds) =>
    wordsOf(kinds, ({ may }) => may === 'all'),
  )
  const part = wordsOf(others, ({ may }) => may === 'part')
  const gone = wordsOf(all, ({ may, stopped }) => may === 'none' && stopped)
  const never = wordsOf(all, ({ may, stopped }) => may === 'none' && !stopped)
  return {
    allowed: [...whole, part && t('may_read_part', part), can.readAccessLog && log.word].filter(isText),
    // An administrator's work needs no record.
    refused:
      person.role === 'administrator'
        ? []
        : [gone && t('may_read_no_more', gone), never && t('may_not_read', never)].filter(isText),
  }
}

const isText = (text: string | false): text is string => text !== false && text !== ''

/** `Conditions, allergies, medications` */
const joined = (words: string[]): string =>
  words.map((word, at) => (at === 0 ? word : word.toLocaleLowerCase())).join(', ')
