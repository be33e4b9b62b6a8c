import { randomUUID } from 'node:crypto'
import type { Selectable } from 'kysely'
import { requireUrl } from '../../../values/parse-address.ts'
import type { Recorder } from '../../audit/write/recorder.ts'
import type { Config, WithingsSource } from '../../config.ts'
import { faultOf } from '../../errors.ts'
import { putPrepared } from '../../fhir/index/put-resource.ts'
import { ACCOUNT_COLUMNS, holdAccount, toSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import {
  type PartnerAccount,
  PartnerRefused,
  type PartnerSignIn,
  type PersonDetails,
} from '../../sign-in/partner/partner-sign-in.ts'
import { NO_PASSWORD } from '../../sign-in/password/password.ts'
import type { AccountTable, Db } from '../../store/schema.ts'
import {
  describedPatient,
  findOwnPatient,
  type Owner,
  patientOf,
  personOf,
  prepareOwn,
  usernameOf,
} from './person.ts'
import { REMOVED, removeWithings } from './removal.ts'
import type { TokenUser } from './tokens.ts'
import type { TokenPair } from './withings-client.ts'
import { WithingsError, type WithingsFault } from './withings-error.ts'

interface SignInDeps extends TokenUser {
  readonly config: Pick<Config, 'publicUrl'>
  readonly source: WithingsSource
  readonly recorder: Recorder
  /** Reports to the operator. */
  readonly report: (facts: object, sentence: string) => void
  /** Ends this account's connections at Withings that were removed here, now or a little later. */
  readonly tell: (accountId: string) => Promise<void>
  /** Waits as long as a page may; the work goes on after that. */
  readonly waitBriefly: (work: Promise<void>) => Promise<void>
}

/** The name until people type their own, before the first sign-in is complete. Only the access log shows it. */
const UNNAMED = 'Withings user'
/** How long an account exists without its person's name; longer than the page that asks for it. Milliseconds. */
const UNNAMED_LIFE = 3_600_000

const REASONS: Readonly<Record<WithingsFault, PartnerRefused['reason']>> = {
  ended: 'late',
  'invalid-token': 'late',
  'not-allowed': 'denied',
  wait: 'busy',
  mistake: 'away',
  'too-many': 'away',
  away: 'away',
}

/** Signing in with Withings. The number from the API at `apiUrl` identifies the person. */
export const withingsSignIn = (deps: SignInDeps): PartnerSignIn => {
  const { config, source, store, clock, recorder, report, client, tokens, tell, waitBriefly } = deps
  const redirectUri = `${config.publicUrl}/_oauth/OAuth2Server`
  const issuer = source.apiUrl

  /** Creates the account of a new person, unless another sign-in has just created it. */
  const signUp = async (trx: Db, owner: Owner) => {
    const patient = randomUUID()
    const row = await trx
      .insertInto('account')
      .values({
        id: randomUUID(),
        username: usernameOf(owner),
        password_hash: NO_PASSWORD,
        name: UNNAMED,
        role: 'patient',
        patient,
        practitioner: null,
      })
      // Waits for the other sign-in.
      .onConflict((conflict) => conflict.column('username').doNothing())
      .returning([...ACCOUNT_COLUMNS, 'account.disabled_at'])
      .executeTakeFirst()
    if (row) await putPrepared(trx, [prepareOwn(patientOf(patient, owner.userid), clock())])
    return row
  }

  /** Holds the account of a person, which is created at their first sign-in. */
  const holdOrSignUp = async (trx: Db, owner: Owner): Promise<{ row: HeldAccount; isNew: boolean }> => {
    const existing = await holdAccount(trx, usernameOf(owner))
    if (existing) return { row: existing, isNew: false }
    const created = await signUp(trx, owner)
    return created ? { row: created, isNew: true } : holdOrSignUp(trx, owner)
  }

  /**
   * Stores the tokens of an account. Returns whether it was connected before, and whether the tokens may have been ended at Withings since
   * the code was redeemed there.
   */
  const keep = async (
    trx: Db,
    pair: TokenPair,
    { id, patient, isNamed }: KeptAccount & Pick<PartnerAccount, 'isNamed'>,
  ): Promise<{ readonly wasConnected: boolean; readonly isDoubtful: boolean }> => {
    const owner = { issuer, userid: pair.userid }
    // Holds the keys before the row, as a renewal does.
    const sealedPair = await tokens.sealPair(trx, pair, owner)
    // Holds the row, so that none of this changes meanwhile.
    const former = await trx
      .updateTable('withings_account')
      .set((eb) => ({ next_read: eb.ref('next_read') }))
      .where((eb) => eb.and({ ...owner }))
      .returning(['fault', 'hook', 'patient', 'access_ends'])
      .executeTakeFirst()
    const wasConnected = former !== undefined && former.fault !== REMOVED && former.fault !== 'ended'
    const isDoubtful = !wasConnected || former.access_ends === 0
    // Somebody new, whose former readings `deleteLeftovers` deletes. Nothing else would name them any more.
    if (former && former.patient !== patient)
      await trx
        .insertInto('withings_leftover')
        .values({ ...owner, patient: former.patient })
        .onConflict((conflict) => conflict.column('patient').doNothing())
        .execute()
    await trx
      .deleteFrom('withings_leftover')
      .where('patient', '=', patient ?? '')
      .execute()
    const values = {
      ...sealedPair,
      // Such a pair is not used before it was renewed.
      ...(isDoubtful && { access_ends: 0 }),
      ...{ account_id: id, patient: patient ?? '', connection: randomUUID() },
      ...{ renewing_until: 0, next_read: 0, fault: null },
      // Withings ended the subscription with the connection.
      hook: former?.fault === 'ended' ? null : (former?.hook ?? null),
      unnamed_until: isNamed ? null : clock() + UNNAMED_LIFE,
    }
    await trx
      .insertInto('withings_account')
      .values({ ...owner, ...values, version: 1, since: null, read_at: null })
      .onConflict((conflict) =>
        conflict
          .columns(['issuer', 'userid'])
          .doUpdateSet((eb) => ({ ...values, version: eb('withings_account.version', '+', 1) })),
      )
      .execute()
    return { wasConnected, isDoubtful }
  }

  /** Whether a patient's readings come from another person's account at Withings, or did and are not deleted, or Withings is not told. */
  const isTaken = async (trx: Db, patient: string | null, { userid }: Owner): Promise<boolean> => {
    for (const table of ['withings_account', 'withings_leftover'] as const) {
      const row = await trx
        .selectFrom(table)
        .select('userid')
        .where('patient', '=', patient ?? '')
        .where((eb) => eb.not(eb.and({ issuer, userid })))
        .executeTakeFirst()
      if (row) return true
    }
    return false
  }

  /**
   * Waits until a connection that is being ended at Withings has ended, and asks Withings whether new tokens are still good. If it takes
   * longer than a page waits, or Withings does not answer, whoever uses the tokens first finds out.
   *
   * @throws PartnerRefused when Withings has ended them.
   */
  const confirm = (owner: Owner): Promise<void> =>
    waitBriefly(
      tokens.confirm(owner).catch((cause: unknown) => {
        if (!(cause instanceof WithingsError)) throw cause
        if (cause.fault === 'ended') throw new PartnerRefused('late', { cause })
      }),
    )

  /** Stores what Withings must still be told: that a person who could not sign in here is not read. */
  const keepEnded = async (trx: Db, owner: Owner, account_id: string): Promise<void> => {
    const ended = { access_token: '', refresh_token: '', fault: REMOVED, next_read: 0 }
    await trx
      .insertInto('withings_account')
      .values({
        ...{ ...owner, ...ended, account_id },
        // No patient's readings come with it.
        patient: randomUUID(),
        ...{ connection: randomUUID(), access_ends: 0, version: 1, renewing_until: 0 },
        ...{ since: null, read_at: null, hook: null },
      })
      .onConflict((conflict) =>
        conflict
          .columns(['issuer', 'userid'])
          .doUpdateSet((eb) => ({ ...ended, version: eb('withings_account.version', '+', 1) })),
      )
      .execute()
  }

  /** Stores a person's details. @param isFirst whether there are none yet. */
  const putPerson = async (
    trx: Db,
    account: SignedInAccount,
    person: PersonDetails,
    { isFirst }: { readonly isFirst: boolean },
  ): Promise<SignedInAccount> => {
    const name = `${person.given} ${person.family}`
    // Holds the account, so a removal waits, or it was first and there is nobody to describe.
    const named = await trx
      .updateTable('account')
      .set({ name })
      .where('id', '=', account.id)
      .where('generation', '=', account.generation)
      .where('disabled_at', 'is', null)
      .returning('id')
      .executeTakeFirst()
    const patient = named && (await findOwnPatient(trx, named))
    if (!patient) throw new PartnerRefused('disabled')
    // A page that was left open describes nobody who has signed in elsewhere since, and may have signed out everywhere.
    if (isFirst && personOf(patient)) throw new PartnerRefused('late')
    await trx
      .updateTable('withings_account')
      .set({ unnamed_until: null })
      .where('account_id', '=', account.id)
      .execute()
    await putPrepared(trx, [prepareOwn(describedPatient(patient, person), clock())])
    return { ...account, name }
  }

  return {
    name: 'Withings',
    origin: requireUrl(source.accountUrl).origin,

    addressFor: (state) => {
      const address = requireUrl(`${source.accountUrl}/oauth2_user/authorize2`)
      address.search = new URLSearchParams({
        response_type: 'code',
        client_id: source.clientId,
        state,
        scope: 'user.metrics',
        redirect_uri: redirectUri,
      }).toString()
      return address.href
    },

    redeem: async (code, access) => {
      await tokens.requireKeys()
      const pair = await client.redeem(code, redirectUri).catch((cause: unknown) => {
        if (!(cause instanceof WithingsError)) throw cause
        if (REASONS[cause.fault] === 'away') report(faultOf(cause), 'a sign-in with Withings failed')
        throw new PartnerRefused(REASONS[cause.fault], { cause })
      })
      const owner = { issuer, userid: pair.userid }
      const { row, isNamed, isDoubtful, refusal } = await store.write<Redeemed>(async (trx) => {
        const { row, isNew } = await holdOrSignUp(trx, owner)
        if (await isTaken(trx, row.patient, owner)) {
          await keepEnded(trx, owner, row.id)
          return { row, isNamed: true, isDoubtful: false, refusal: 'taken' }
        }
        const patient = await findOwnPatient(trx, row)
        // A record from elsewhere has a name of its own.
        const isNamed = !patient || personOf(patient) !== undefined
        const { wasConnected, isDoubtful } = await keep(trx, pair, { ...row, isNamed })
        // Nobody signs in, and the access that the person has just allowed ends at Withings.
        if (row.disabled_at !== null) await removeWithings(trx, row.id)
        else if (!wasConnected)
          await recorder.append(trx, access(toSignedInAccount(row), isNew ? 'sign-up' : 'connect'))
        return { row, isNamed, isDoubtful, ...(row.disabled_at !== null && { refusal: 'disabled' }) }
      })
      if (refusal) {
        await tell(row.id)
        throw new PartnerRefused(refusal)
      }
      if (isDoubtful) await confirm(owner)
      return { account: toSignedInAccount(row), isNamed }
    },

    describe: (trx, account, person) => putPerson(trx, account, person, { isFirst: true }),
    correct: (trx, account, person) => putPerson(trx, account, person, { isFirst: false }),

    findPerson: async (account) => {
      const patient = await findOwnPatient(store.db, account)
      return patient && personOf(patient)
    },

    findConnection: async ({ id }) => {
      const row = await store.db
        .selectFrom('withings_account')
        .select('fault')
        .where('account_id', '=', id)
        .executeTakeFirst()
      return row && (row.fault === REMOVED ? 'ending' : 'connected')
    },

    unfetchedTypes: async (patient) => {
      const row = await store.db
        .selectFrom('withings_account')
        .select(['fault', 'read_at'])
        .where('patient', '=', patient)
        .where('issuer', '=', issuer)
        .executeTakeFirst()
      return row && row.fault !== REMOVED && row.read_at === null ? ['Observation'] : []
    },
    disconnect: (trx, { id }) => removeWithings(trx, id),
    tell: ({ id }) => tell(id),
  }
}

interface Redeemed {
  readonly row: HeldAccount
  readonly isNamed: boolean
  readonly isDoubtful: boolean
  readonly refusal?: 'taken' | 'disabled'
}
type HeldAccount = NonNullable<Awaited<ReturnType<typeof holdAccount>>>
type KeptAccount = Pick<Selectable<AccountTable>, 'id' | 'patient'>
