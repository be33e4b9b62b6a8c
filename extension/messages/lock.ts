/** Minutes without activity after which Carekey locks itself. */
export const lockTimes = [5, 15, 60] as const

export type LockTime = (typeof lockTimes)[number]

/** The length of a passphrase or PIN, in characters. */
export const pinLength = { least: 6, most: 64 } as const

/** Checks whether a PIN is easy to guess: a sequence, or a few repeated characters. */
export const isGuessable = (pin: string): boolean => {
  const steps = [...pin].slice(1).map((character, place) => character.charCodeAt(0) - pin.charCodeAt(place))
  const isInOrder =
    steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9)
  return isInOrder || /^(.{1,3})\1+$/.test(pin)
}

/** Checks for five different words, or 16 characters of letters and digits: too many to try all with a copy of the disk. */
export const isPassphrase = (pin: string): boolean =>
  new Set(pin.toLowerCase().split(/\s+/)).size >= 5 ||
  (pin.length >= 16 && new Set(pin).size >= 10 && /\d/.test(pin) && /\p{L}/u.test(pin))

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

export interface ConnectionNames {
  organization: string
  person: string
}
