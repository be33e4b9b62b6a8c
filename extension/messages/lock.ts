/** Minutes without use, after which Carekey locks itself. */
export const lockTimes = [5, 15, 60] as const

export type LockTime = (typeof lockTimes)[number]

/** A passphrase or PIN has so many characters. */
export const pinLength = { least: 6, most: 64 } as const

/** What a person opens the lock with: what they typed, or the 32 bytes their passkey answered with, in base64. */
export type Unlocking = { pin: string } | { secret: string }

/** A passkey, by its credential id, and the salt that its PRF is asked about; both in base64. */
export interface Passkey {
  id: string
  salt: string
}

export type NewLock = { pin: string } | { passkey: Passkey; secret: string }

export interface Lock {
  locked: boolean
  by: 'pin' | 'passkey'
  after: LockTime
  /** After too many wrong tries: no try before. */
  waitUntil?: number
  passkey?: Passkey
}

/** Organizations, by name, that did not renew what keeps a person connected. */
export interface LockSet {
  /** They renew nothing: the person is signed out there. */
  ended: string[]
  /** They could not be reached: it is renewed at its next use. */
  waiting: string[]
}
