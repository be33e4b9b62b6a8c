/** Minutes without activity after which Carekey locks itself. */
export const lockTimes = [5, 15, 60] as const

export type LockTime = (typeof lockTimes)[number]

/** The length of a passphrase or PIN, in characters. */
export const pinLength = { least: 6, most: 64 } as const

/** Checks whether a PIN is easy to guess: a sequence, or a few repeated characters, with or without spaces. */
export const isGuessable = (typed: string): boolean => {
  const pin = typed.replace(/\s/g, '')
  const steps = [...pin].slice(1).map((character, place) => character.charCodeAt(0) - pin.charCodeAt(place))
  const isInOrder =
    steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9)
  return isInOrder || /^(.{1,3})\1+$/.test(pin)
}

/** Checks for five different words, or 16 characters of letters and digits: too many to try all with a copy of the disk. */
export const isPassphrase = (pin: string): boolean => {
  const typed = pin.toLowerCase()
  const characters = [...typed.replace(/\s/g, '')]
  if (new Set(characters).size < 10 || isPredictable(characters)) return false
  const words = typed.split(/\s+/).filter((word) => /^\p{L}{3,}$/u.test(word) && !countedWords.has(word))
  return new Set(words).size >= 5 || (characters.length >= 16 && /\d/.test(typed) && /\p{L}/u.test(typed))
}

const rows = ['abcdefghijklmnopqrstuvwxyz', '01234567890', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm']

/** Checks whether at least half of the characters continue a row of the alphabet or keyboard, or repeat one shortly before. */
const isPredictable = (characters: string[]): boolean => {
  const continues = (before: string | undefined, now: string) =>
    before !== undefined &&
    (before === now || rows.some((row) => row.includes(before + now) || row.includes(now + before)))
  const continuing = characters.filter(
    (now, place) => continues(characters[place - 1], now) || continues(characters[place - 2], now),
  )
  return continuing.length * 2 >= characters.length
}

/** Words that people say in order. */
const countedWords = new Set(
  `one two three four five six seven eight nine ten
  uno dos tres cuatro cinco seis siete ocho nueve diez
  monday tuesday wednesday thursday friday saturday sunday
  lunes martes miércoles jueves viernes sábado domingo
  january february march april may june july august september october november december
  enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre`.split(/\s+/),
)

/** The input that opens the lock: the typed passphrase or PIN, or the 32 bytes that the passkey returned, in base64. */
export type Unlocking = { pin: string } | { secret: string }

/** A passkey, by its credential id, and the salt for its PRF; both in base64. */
export interface Passkey {
  id: string
  salt: string
}

export type NewLock = { pin: string } | { passkey: Passkey; secret: string }

export interface Lock {
  locked: boolean
  by: 'pin' | 'passkey'
  after: LockTime
  /** When the next try is allowed, after too many wrong ones. */
  waitUntil?: number
  passkey?: Passkey
}

/** The connections whose tokens were not renewed. */
export interface SetLockResult {
  /** The organization cannot renew tokens, so the person is signed out there. */
  ended: ConnectionNames[]
  /** The organization could not be reached, so the tokens are renewed at their next use. */
  waiting: ConnectionNames[]
}

interface ConnectionNames {
  organization: string
  person: string
}
