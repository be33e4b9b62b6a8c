import {
  authorizationCodeGrantRequest,
  type ClientAuth,
  processAuthorizationCodeResponse,
} from 'oauth4webapi'
import { ProblemError } from '../../messages/errors.ts'
import type { Patient } from '../../messages/patients.ts'
import type { Purpose, Visit } from '../../messages/state.ts'
import { recordEnd } from '../../storage/forget.ts'
import { items, type LaunchTerms } from '../../storage/items.ts'
import { accessWith, type TokenAccess } from '../grant/access.ts'
import { connectionIdFor, isUnnamed, withConnection } from '../grant/begin-connection.ts'
import { forgetConnection } from '../grant/forget-connection.ts'
import { type ProofKey, type ProofKeys, withNonce } from '../grant/proof-keys.ts'
import type { Revocations } from '../grant/revocation.ts'
import { abilities } from '../grant/scopes.ts'
import type { Sessions } from '../grant/session.ts'
import { readClaims, readTokens, type Tokens } from '../grant/tokens.ts'
import { mayStayConnected, usableScope } from '../grant/usable-scope.ts'
import { type DiscoveredServer, discover, endpointsOf } from '../provider/discovery.ts'
import { fromOAuth, oauthClient, oauthOptions } from '../provider/oauth-requests.ts'
import { findPolicy } from '../provider/policy.ts'
import type { KnownProvider, Providers } from '../provider/providers.ts'
import { type AuthorizationAnswer, authorize } from './authorize.ts'
import { type RequireCurrent, runFlow } from './flow.ts'
import { fhirUserFrom, personFrom } from './signed-in-person.ts'

interface Dependencies {
  providers: Providers
  sessions: Sessions
  revocations: Revocations
  proofKeys: ProofKeys
  /**
   * Runs `work` while the lock is open; closing waits for it.
   *
   * @throws ProblemError `locked`.
   */
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  /** Reads the patient of the grant. */
  readPatient(access: TokenAccess, id: string): Promise<Patient>
  /** Reads the visit that was open in the record system, if it is the patient's. */
  readVisit(access: TokenAccess, id: string, patient: string): Promise<Visit>
  journalOf(fhirBase: string): SignInJournal
}

/** Signs in and returns the connection's ID. `launch` is the parameter of a record system, and makes it an EHR launch. */
export type SignIn = (request: { providerId: string; purpose: Purpose; launch?: string }) => Promise<string>

/**
 * Creates the sign-in of SMART App Launch 2.2, standalone or from a record system: authorization code with PKCE. It stores no
 * tokens before every check has passed. The stored flow shows its progress and failure.
 *
 * @throws ProblemError
 */
export const createSignIn = (dependencies: Dependencies): SignIn => {
  const signIn = async (
    provider: KnownProvider,
    requireCurrent: RequireCurrent,
    purpose: Purpose,
    launch?: string,
  ): Promise<string> => {
    const server = await discover(provider)
    const journaled = await journalSignIn(dependencies.journalOf(provider.fhirBase))
    const answer = await authorize(provider, server, purpose, launch)
    // If the lock closed meanwhile, the code is not redeemed, because its tokens could not be stored.
    return dependencies.whileOpen(() =>
      redeem(provider, server, answer, {
        requireCurrent,
        journaled,
        purpose,
        launched: launch !== undefined,
      }),
    )
  }

  const redeem = async (
    provider: KnownProvider,
    server: DiscoveredServer,
    answer: AuthorizationAnswer,
    {
      requireCurrent,
      journaled,
      ...terms
    }: { requireCurrent: RequireCurrent; journaled: JournaledSignIn } & Pick<
      SignInResult,
      'purpose' | 'launched'
    >,
  ): Promise<string> => {
    await requireCurrent()
    const signedInAt = Date.now()
    const newKey = await dependencies.proofKeys.create(server.dpop_signing_alg_values_supported)
    const { tokens, claims } = await exchange(provider, server, answer, { key: newKey, ...journaled })
    // A server may offer to bind tokens and still not bind this application's.
    const key = tokens.isBound ? newKey : undefined
    const result = { tokens, claims, signedInAt, requestedScope: answer.scope, key, ...terms }
    const { id, formerGrant } = await store(provider, server, result, requireCurrent).catch(async (error) => {
      await revokeUnstored(provider, server, result)
      throw error
    })
    // The same person's earlier grant would stay valid and unused.
    if (formerGrant) await dependencies.revocations.revoke(formerGrant, id)
    return id
  }

  /** Revokes tokens that could not be stored, because they would stay valid and unused. */
  const revokeUnstored = async (
    { id: providerId, fhirBase, clientId }: KnownProvider,
    server: DiscoveredServer,
    { tokens, key }: SignInResult,
  ): Promise<void> => {
    const allTokens = [tokens.refreshToken, tokens.access.token].filter((token) => token !== undefined)
    await dependencies.revocations.revoke({ providerId, fhirBase, clientId, server, tokens: allTokens })
    if (key) await dependencies.proofKeys.drop(key.id)
  }

  const exchange = async (
    provider: KnownProvider,
    server: DiscoveredServer,
    answer: AuthorizationAnswer,
    { key, id, onTokens }: JournaledSignIn & { key: ProofKey | undefined },
  ) => {
    const client = oauthClient(provider.clientId)
    const receivedAt = Date.now()
    const send = (authentication: ClientAuth) =>
      withNonce(key?.handle, async () => {
        const response = await authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          answer.parameters,
          answer.redirectUri,
          answer.verifier,
          oauthOptions(server.token_endpoint, key?.handle, id),
        )
        await onTokens(response)
        return processAuthorizationCodeResponse(server, client, response, expectations)
      })
    const expectations = server.hasIssuer ? { expectedNonce: answer.nonce, requireIdToken: true } : {}
    const { issuer, token_endpoint_auth_methods_supported: supported } = server
    try {
      const result = await dependencies.providers.authenticate(provider, issuer, supported, send)
      return {
        tokens: readTokens(result, receivedAt, key?.handle),
        claims: readClaims(result, receivedAt),
      }
    } catch (error) {
      throw fromOAuth(error)
    }
  }

  const store = async (
    provider: KnownProvider,
    server: DiscoveredServer,
    result: SignInResult,
    requireCurrent: RequireCurrent,
  ) => {
    const { tokens, claims, signedInAt, key } = result
    const credential = { token: tokens.access.token, proof: key?.handle }
    const { requestedScope } = result
    const granted = tokens.scope ?? requestedScope
    const policy = await findPolicy()
    const scope = usableScope(granted, requestedScope, policy)
    const access = accessWith(credential, provider.fhirBase)
    const patient =
      tokens.patient === undefined ? undefined : await describePatient(access, tokens.patient, scope)
    const launch = result.launched ? await describeLaunch(access, tokens) : undefined
    // A launch requests no refresh token, so it ends with the browser at the latest.
    const staysConnected = tokens.refreshToken !== undefined && mayStayConnected(requestedScope, policy)
    // Without a stored refresh token the session ends with its access token.
    const endsAt = tokens.grantEndsAt ?? (staysConnected ? undefined : tokens.access.endsAt)
    // The connection of a launch is stored on disk, so it must not name the patient.
    const signedInPerson = personFrom(claims, launch && patient ? { name: '' } : patient)
    if (result.purpose === 'administer') requireAdministrator(signedInPerson, scope)
    await endSessionsOfOtherIssuers(provider, server.issuer)
    const fhirUser = fhirUserFrom(claims)
    const person = {
      providerId: provider.id,
      issuer: server.issuer,
      fhirBase: provider.fhirBase,
      subject: claims?.sub ?? '',
      ...(fhirUser !== undefined && { fhirUser }),
      // The patient whose record a clinician had open must not be stored on disk.
      ...(launch
        ? { launched: true as const }
        : tokens.patient !== undefined && { patientId: tokens.patient }),
      person: signedInPerson,
    }
    const id = await connectionIdFor(person)
    const begin = async () => {
      // Signing out cancels the flow before it waits for this lock, so either it finds the session, or the session never begins.
      await requireCurrent()
      const session = await dependencies.sessions.find(id)
      const formerGrant = session && { ...session, tokens: await dependencies.sessions.tokens(id) }
      if (key) await dependencies.proofKeys.keep(key)
      await dependencies.sessions.begin(
        id,
        {
          providerId: provider.id,
          fhirBase: provider.fhirBase,
          clientId: provider.clientId,
          ...(key && { proofKey: key.id }),
          signedInAt,
          requestedScope,
          scope: granted,
          server: endpointsOf(server),
          access: tokens.access,
          staysConnected,
          ...(patient && {
            patient: { ...patient, name: patient.name || (launch ? '' : signedInPerson.name) },
          }),
          ...(endsAt !== undefined && { endsAt }),
          ...(launch && { launch }),
        },
        tokens.refreshToken,
      )
      return formerGrant
    }
    // Waits for a running refresh of the earlier grant, which would otherwise overwrite this one.
    const formerGrant = await dependencies.sessions.exclusively(id, () => withConnection(id, person, begin))
    if (isUnnamed(person)) await removeOtherUnnamed(provider, id)
    return { id, formerGrant }
  }

  /** Returns what was open in the record system. If the visit cannot be read, its ID is enough. */
  const describeLaunch = async (
    access: TokenAccess,
    { encounter, patient = '', needsBanner }: Tokens,
  ): Promise<LaunchTerms> => {
    const visit =
      encounter === undefined
        ? undefined
        : await dependencies.readVisit(access, encounter, patient).catch(() => ({ id: encounter }))
    return { needsBanner, ...(visit && { visit }) }
  }

  /** Ends sessions of the provider's earlier issuers and revokes them there, because a new issuer may be another organization. */
  const endSessionsOfOtherIssuers = async (
    { id: providerId }: KnownProvider,
    issuer: string,
  ): Promise<void> => {
    const connections = Object.values(await items.connections.get())
    const connectionsOfOtherIssuers = connections.filter(
      (each) => each.providerId === providerId && each.issuer !== issuer,
    )
    // A running refresh would bring the session back.
    for (const { id } of connectionsOfOtherIssuers)
      await dependencies.sessions.exclusively(id, async () => {
        const revocation = await dependencies.sessions.signOut(id)
        if (!revocation) return
        await recordEnd(id, 'provider-changed')
        await revocation.attempt()
      })
  }

  /** Removes the provider's earlier connection of a person without a name or id, because that may have been somebody else. */
  const removeOtherUnnamed = async ({ id: providerId }: KnownProvider, newId: string): Promise<void> => {
    const { sessions } = dependencies
    for (const connection of Object.values(await items.connections.get())) {
      const { id } = connection
      if (connection.providerId !== providerId || id === newId || !isUnnamed(connection)) continue
      await sessions.exclusively(id, async () => {
        const revocation = await sessions.signOut(id, 'connection')
        await forgetConnection(sessions, connection)
        await revocation?.attempt()
      })
    }
  }

  /** Reads the patient. The person may have withheld the details, so a sign-in succeeds without them. */
  const describePatient = async (access: TokenAccess, id: string, scope: string): Promise<Patient> => {
    const unknown = { id, name: '', identifiers: [] }
    if (!abilities(scope, true).searchPatients) return unknown
    return dependencies.readPatient(access, id).catch(() => unknown)
  }

  return ({ providerId, purpose, launch }) =>
    runFlow({ providerId, purpose }, async (requireCurrent) =>
      signIn(await dependencies.providers.require(providerId), requireCurrent, purpose, launch),
    )
}

interface SignInResult {
  tokens: ReturnType<typeof readTokens>
  claims: ReturnType<typeof readClaims>
  signedInAt: number
  /** It was granted if the answer names none (RFC 6749 section 5.1). */
  requestedScope: string
  purpose: Purpose
  launched: boolean
  /** The key that the tokens are bound to. */
  key: ProofKey | undefined
}

/**
 * Without an id_token the role is unknown, but only administrators may register applications.
 *
 * @throws ProblemError `not-administrator`, so that nobody leaves a connection behind that no page of theirs shows.
 */
const requireAdministrator = ({ role }: ReturnType<typeof personFrom>, scope: string): void => {
  if (role !== 'administrator' && !abilities(scope, false).registerApplications)
    throw new ProblemError('not-administrator')
}

/** Journals a sign-in under the id of its request for a token, to recognize its entries in the organization's access log. */
interface SignInJournal {
  recordSent(signIn: { id: string; what: 'sign-in' }): Promise<void>
  recordAnswer(answer: { id: string; responseId: string | null; date: string | null }): Promise<void>
}

interface JournaledSignIn {
  /** The `X-Request-Id` of the request for a token. */
  id: string
  /** Records when the sign-in ended, by the organization's clock. */
  onTokens(response: Response): Promise<void>
}

/** Records that a sign-in begins. */
const journalSignIn = async (journal: SignInJournal): Promise<JournaledSignIn> => {
  const id = crypto.randomUUID()
  await journal.recordSent({ id, what: 'sign-in' })
  return {
    id,
    onTokens: ({ headers }) =>
      journal.recordAnswer({ id, responseId: headers.get('x-request-id'), date: headers.get('date') }),
  }
}
