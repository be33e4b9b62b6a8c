import { readableName } from '../../../values/readable-name.ts'
import { isBirthdate } from '../../../values/search-words.ts'
import type { LoggedAccess } from '../../audit/entry/access-event.ts'
import type { Account, SignedInAccount } from '../../grants/authorization.ts'
import type { Db } from '../../store/schema.ts'

/** Signing in with another company, which tells who the person is. */
export interface PartnerSignIn {
  /** The company's name, as people know it. */
  readonly name: string
  /** The address where the person signs in there. */
  readonly origin: string
  /** Returns the address at which the person signs in and allows this organization to read their data. */
  addressFor(state: string): string
  /**
   * Redeems the code immediately, and finds or creates the account of this person.
   *
   * @param access logs an account that is new or connected again.
   * @throws PartnerRefused
   */
  redeem(code: string, access: AccessOfConnection): Promise<PartnerAccount>
  /**
   * Stores the details that a person enters about themselves the first time, and returns the account with its name.
   *
   * @throws PartnerRefused when the account was removed, disabled, changed or described meanwhile.
   */
  describe(trx: Db, account: SignedInAccount, person: PersonDetails): Promise<SignedInAccount>
  /** Replaces those details. @throws PartnerRefused when the account was removed, disabled or changed meanwhile. */
  correct(trx: Db, account: SignedInAccount, person: PersonDetails): Promise<SignedInAccount>
  /** Returns the details that a person entered about themselves; `undefined` if their record comes from elsewhere. */
  findPerson(account: Account): Promise<PersonDetails | undefined>
  /** Returns whether this person's data come from that company, or no longer do but it was not told yet; `undefined` if neither. */
  findConnection(account: Account): Promise<PartnerConnection | undefined>
  /** Returns the types of resource that come from that company, if this patient's were never completely fetched. */
  unfetchedTypes(patient: string): Promise<readonly string[]>
  /**
   * Ends the connection, after which the person's fetched readings are deleted. Returns how many there are; `undefined` if there was
   * no connection.
   */
  disconnect(trx: Db, account: Account): Promise<number | undefined>
  /** Ends this person's connection at the other company. If that takes longer than a page waits, it goes on after this. */
  tell(account: Pick<Account, 'id'>): Promise<void>
}

export type PartnerConnection = 'connected' | 'ending'

/** Returns the entry of an account that is new, or connected again. */
export type AccessOfConnection = (account: SignedInAccount, change: 'sign-up' | 'connect') => LoggedAccess

export interface PartnerAccount {
  readonly account: SignedInAccount
  /** Whether the person's name is known. */
  readonly isNamed: boolean
}

export interface PersonDetails {
  readonly given: string
  readonly family: string
  /** `YYYY-MM-DD`. */
  readonly birthDate: string
}

/** Why the sign-in failed. */
export type PartnerReason = 'denied' | 'late' | 'away' | 'busy' | 'disabled' | 'taken'

/** The sign-in failed, and nothing was stored. */
export class PartnerRefused extends Error {
  readonly reason: PartnerReason
  constructor(reason: PartnerReason, options?: ErrorOptions) {
    super(`Nobody was signed in: ${reason}.`, options)
    this.reason = reason
  }
}

/** Nobody who signs in was born before this year. */
const EARLIEST = '1880-01-01'

/**
 * Reads what a person entered about themselves.
 *
 * @returns `undefined` when a name is missing or the birth date is not a date.
 */
export const readPerson = (
  form: Readonly<Record<string, unknown>> | undefined,
  now: number,
): PersonDetails | undefined => {
  const textOf = (name: string) => {
    const value = form?.[name]
    return typeof value === 'string' ? readableName(value, 60) : ''
  }
  const [givenName, family, birthDate] = [textOf('given'), textOf('family'), textOf('birthdate')]
  const isDate = /^\d{4}-\d\d-\d\d$/.test(birthDate) && isBirthdate(birthDate)
  const today = new Date(now + 24 * 3_600_000).toISOString().slice(0, 10)
  if (givenName === '' || family === '' || !isDate || birthDate < EARLIEST || birthDate > today)
    return undefined
  return { given: givenName, family, birthDate }
}
