import { createHash, randomUUID } from 'node:crypto'
import type { Recorder } from '../../audit/recorder.ts'
import type { Clock, Config, WithingsSource } from '../../config.ts'
import { prepare, putPrepared } from '../../fhir/index/put-resource.ts'
import { ACCOUNT_COLUMNS, toSignedInAccount } from '../../grants/accounts.ts'
import type { SignedInAccount } from '../../grants/authorization.ts'
import { UNMATCHABLE_HASH } from '../../oauth/account/password.ts'
import {
  type PersonDetails,
  UpstreamRefused,
  type UpstreamSignIn,
} from '../../oauth/upstream/upstream-sign-in.ts'
import type { Db } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { WITHINGS_SYSTEM } from './observations.ts'
import { REMOVED, removeWithings } from './removal.ts'
import type { Tokens } from './tokens.ts'
import type { TokenPair, WithingsClient } from './withings-client.ts'
import { WithingsError, type WithingsFault } from './withings-error.ts'

interface SignInDeps {
  readonly config: Pick<Config, 'publicUrl'>
  readonly source: WithingsSource
  readonly store: Store
  readonly clock: Clock
  readonly recorder: Recorder
  readonly client: WithingsClient
  readonly tokens: Tokens
  /** Ends at Withings what was removed here. */
  readonly tell: () => Promise<void>
}

/** A name that no page shows: people type theirs before they sign in for the first time. */
const UNNAMED = 'Withings user'

const REASONS: Readonly<Record<WithingsFault, UpstreamRefused['reason']>> = {
  ended: 'late',
  'invalid-token': 'late',
  'not-allowed': 'denied',
  wait: 'busy',
  mistake: 'away',
  away: 'away',
}

/** Signing in with Withings. A person is who the API at `apiUrl` says, by its number. */
export const withingsSignIn = (deps: SignInDeps): UpstreamSignIn => {
  const { config, source, store, clock, recorder, client, tokens, tell } = deps
  const redirectUri = `${config.publicUrl}/_oauth/OAuth2Server`
  const issuer = source.apiUrl

  /** Stores the tokens, and makes the account if this person is new. */
  const keep = async (trx: Db, pair: TokenPair): Promise<{ accountId: string; isNew: boolean }> => {
    const owner = { issuer, userid: pair.userid }
    const sealed = {
      ...tokens.sealPair(pair, owner),
      ...{ renewing_until: 0, next_read: 0, fault: null, connection: randomUUID() },
    }
    const known = await trx
      .updateTable('withings_account')
      .set((eb) => ({ ...sealed, version: eb('version', '+', 1) }))
      .where('issuer', '=', issuer)
      .where('userid', '=', pair.userid)
      .returning('account_id')
      .executeTakeFirst()
    if (known) return { accountId: known.account_id, isNew: false }
    const account = await findFormer(trx, usernameOf(owner))
    const accountId = account?.id ?? randomUUID()
    const patient = account?.patient ?? randomUUID()
    const row = {
      ...{ ...owner, ...sealed, account_id: accountId, patient, version: 1 },
      ...{ since: null, read_at: null, hook: null },
    }
    await trx.insertInto('withings_account').values(row).execute()
    if (account) return { accountId, isNew: false }
    await trx
      .insertInto('account')
      .values({
        id: accountId,
        username: usernameOf(owner),
        password_hash: UNMATCHABLE_HASH,
        name: UNNAMED,
        role: 'patient',
        patient,
        practitioner: null,
      })
      .execute()
    await putPrepared(trx, [prepare(patientOf(patient, pair.userid), clock())])
    return { accountId, isNew: true }
  }

  return {
    name: 'Withings',
    origin: new URL(source.accountUrl).origin,

    addressFor: (state) => {
      const address = new URL('/oauth2_user/authorize2', source.accountUrl)
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
      const pair = await client.redeem(code, redirectUri).catch((cause: unknown) => {
        if (cause instanceof WithingsError) throw new UpstreamRefused(REASONS[cause.fault], { cause })
        throw cause
      })
      return store.write(async (trx) => {
        const { accountId, isNew } = await keep(trx, pair)
        const row = await trx
          .selectFrom('account')
          .select(ACCOUNT_COLUMNS)
          .where('id', '=', accountId)
          .where('disabled_at', 'is', null)
          .executeTakeFirst()
        // Rolls the tokens back.
        if (!row) throw new UpstreamRefused('disabled')
        const account = toSignedInAccount(row)
        if (isNew) await recorder.append(trx, access(account))
        return { account, isNamed: row.name !== UNNAMED }
      })
    },

    describe: async (trx, account, person) => {
      const name = `${person.given} ${person.family}`
      const { patient = '' } = account
      const { userid } = await trx
        .selectFrom('withings_account')
        .select('userid')
        .where('patient', '=', patient)
        .executeTakeFirstOrThrow()
      await trx.updateTable('account').set({ name }).where('id', '=', account.id).execute()
      await putPrepared(trx, [prepare(patientOf(patient, userid, person), clock())])
      return { ...account, name } satisfies SignedInAccount
    },

    isConnected: async ({ patient = '' }) => {
      const row = await store.db
        .selectFrom('withings_account')
        .select('fault')
        .where('patient', '=', patient)
        .executeTakeFirst()
      return row !== undefined && row.fault !== REMOVED
    },
    disconnect: (trx, { patient = '' }) => removeWithings(trx, patient),
    tell,
  }
}

/** A person who disconnected Withings keeps the account. */
const findFormer = (trx: Db, username: string) =>
  trx.selectFrom('account').select(['id', 'patient']).where('username', '=', username).executeTakeFirst()

/** The name by which the terminal knows the account; nobody signs in with it. */
const usernameOf = ({ issuer, userid }: { issuer: string; userid: string }): string =>
  `withings-${userid}-${createHash('sha256').update(issuer).digest('hex').slice(0, 8)}`

const patientOf = (id: string, userid: string, person?: PersonDetails) => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: `${WITHINGS_SYSTEM}/userid`, value: userid }],
  ...(person && {
    name: [{ family: person.family, given: person.given.split(' ') }],
    birthDate: person.birthDate,
  }),
})
