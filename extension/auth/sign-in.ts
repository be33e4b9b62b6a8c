import { authorizationCodeGrantRequest, processAuthorizationCodeResponse } from 'oauth4webapi'
import type { Patient } from '../messages/patients.ts'
import type { Purpose, Visit } from '../messages/state.ts'
import { items, type LaunchTerms } from '../storage/items.ts'
import { type Access, accessWith } from './access.ts'
import { type AuthorizationAnswer, authorize } from './authorize.ts'
import { connectionIdFor, withConnection } from './begin-connection.ts'
import { type DiscoveredServer, discover, endpointsOf } from './discovery.ts'
import { type RequireCurrent, runFlow } from './flow.ts'
import { fromOAuth } from './oauth-errors.ts'
import { oauthClient, oauthOptions } from './oauth-options.ts'
import { personFrom } from './person.ts'
import { type ProofKey, type ProofKeys, withNonce } from './proof-keys.ts'
import type { KnownProvider, Providers } from './providers.ts'
import type { Revocations } from './revocation.ts'
import { abilities } from './scopes.ts'
import type { Sessions } from './session.ts'
import { readClaims, readTokens, type Tokens } from './tokens.ts'

interface Dependencies {
  providers: Providers
  sessions: Sessions
  revocations: Revocations
  proofKeys: ProofKeys
  /** Runs while nothing closes the lock. Throws `locked`. */
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  /** Reads who the grant's patient is. */
  readPatient(access: Access, id: string): Promise<Patient>
  /** Reads which visit a record system had open. */
  readVisit(access: Access, id: string): Promise<Visit>
}

/** `launch` is what a record system gave, and makes it an EHR launch. Answers the id of the connection. */
export type SignIn = (request: { providerId: string; purpose: Purpose; launch?: string }) => Promise<string>

/**
 * The whole of signing in: SMART App Launch 2.2, standalone or from a record system, authorization code with PKCE. Nothing
 * is stored before everything has been checked. Throws `ProblemError`; how it went can also be read from the flow.
 */
export const createSignIn = (dependencies: Dependencies): SignIn => {
  const signIn = async (
    provider: KnownProvider,
    requireCurrent: RequireCurrent,
    purpose: Purpose,
    launch?: string,
  ): Promise<string> => {
    const server = await discover(provider)
    const answer = await authorize(provider, server, purpose, launch)
    // Locked meanwhile, the code is left to itself: nobody is there, and what it would bring could not be kept.
    return dependencies.whileOpen(() =>
      redeem(provider, server, answer, { requireCurrent, launched: launch !== undefined }),
    )
  }

  const redeem = async (
    provider: KnownProvider,
    server: DiscoveredServer,
    answer: AuthorizationAnswer,
    { requireCurrent, launched }: { requireCurrent: RequireCurrent; launched: boolean },
  ): Promise<string> => {
    await requireCurrent()
    const signedInAt = Date.now()
    const offered = await dependencies.proofKeys.create(server.dpop_signing_alg_values_supported)
    const { tokens, claims } = await exchange(provider, server, answer, offered)
    // A provider may offer to bind tokens and not bind this application's.
    const key = tokens.bound ? offered : undefined
    const result = { tokens, claims, signedInAt, asked: answer.scope, key, launched }
    const { id, replaced } = await store(provider, server, result, requireCurrent).catch(async (error) => {
      await giveBack(provider, server, result)
      throw error
    })
    // The earlier grant of the same person: its tokens would be good without anyone using them.
    if (replaced) await dependencies.revocations.revoke(replaced)
    return id
  }

  /** What finds no room here would be good at the organization without anyone using it. */
  const giveBack = async (
    { id: providerId, fhirBase, clientId }: KnownProvider,
    server: DiscoveredServer,
    { tokens, key }: SignInResult,
  ): Promise<void> => {
    const given = [tokens.refreshToken, tokens.access.token].filter((token) => token !== undefined)
    await dependencies.revocations.revoke({ providerId, fhirBase, clientId, server, tokens: given })
    if (key) await dependencies.proofKeys.drop(key.id)
  }

  const exchange = async (
    provider: KnownProvider,
    server: DiscoveredServer,
    answer: AuthorizationAnswer,
    key: ProofKey | undefined,
  ) => {
    const client = oauthClient(provider.clientId)
    const authentication = await dependencies.providers.clientAuthentication(provider, server.issuer)
    const receivedAt = Date.now()
    try {
      const expected = server.identified ? { expectedNonce: answer.nonce, requireIdToken: true } : {}
      const result = await withNonce(key?.handle, async () => {
        const response = await authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          answer.parameters,
          answer.redirectUri,
          answer.verifier,
          oauthOptions(server.token_endpoint, key?.handle),
        )
        return processAuthorizationCodeResponse(server, client, response, expected)
      })
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
    const scope = tokens.scope ?? result.asked
    const access = accessWith(credential, provider.fhirBase)
    const patient =
      tokens.patient === undefined ? undefined : await describePatient(access, tokens.patient, scope)
    const launch = result.launched ? await describeLaunch(access, tokens) : undefined
    // A visit does not outlive the browser, whatever the organization would give.
    const staysConnected = tokens.refreshToken !== undefined && !launch
    // A visit is over with its access token.
    const endsAt = tokens.grantEndsAt ?? (staysConnected ? undefined : tokens.access.endsAt)
    const shown = personFrom(claims, patient?.name || undefined)
    await endOfOtherIssuers(provider, server.issuer)
    const person = {
      providerId: provider.id,
      issuer: server.issuer,
      fhirBase: provider.fhirBase,
      subject: claims?.sub ?? '',
      // Whose record a clinician had open is nothing to keep on disk.
      ...(launch
        ? { launched: true as const }
        : tokens.patient !== undefined && { patientId: tokens.patient }),
      person: shown,
    }
    const id = await connectionIdFor(person)
    const begin = async () => {
      // Whoever signs out cancels first and waits for this lock then: either they find the session, or it is not begun.
      await requireCurrent()
      const session = await dependencies.sessions.find(id)
      const earlier = session && { ...session, tokens: await dependencies.sessions.tokens(id) }
      if (key) await dependencies.proofKeys.keep(key)
      await dependencies.sessions.begin(
        id,
        {
          providerId: provider.id,
          fhirBase: provider.fhirBase,
          clientId: provider.clientId,
          ...(key && { proofKey: key.id }),
          signedInAt,
          scope,
          server: endpointsOf(server),
          access: tokens.access,
          staysConnected,
          ...(patient && { patient: { ...patient, name: patient.name || (launch ? '' : shown.name) } }),
          ...(endsAt !== undefined && { endsAt }),
          ...(launch && { launch }),
        },
        launch ? undefined : tokens.refreshToken,
      )
      return earlier
    }
    // A refresh of the earlier grant that is under way comes first, or it would overwrite this one.
    const replaced = await dependencies.sessions.exclusively(id, () => withConnection(id, person, begin))
    return { id, replaced }
  }

  /** What was open in the record system; a visit that cannot be read is no reason to open nothing. */
  const describeLaunch = async (access: Access, { encounter, needsBanner }: Tokens): Promise<LaunchTerms> => {
    const visit =
      encounter === undefined
        ? undefined
        : await dependencies.readVisit(access, encounter).catch(() => ({ id: encounter }))
    return { needsBanner, ...(visit && { visit }) }
  }

  /** A provider whose issuer is another now has others behind it: what the old one allowed is ended, there. */
  const endOfOtherIssuers = async ({ id: providerId }: KnownProvider, issuer: string): Promise<void> => {
    const connections = Object.values(await items.connections.get())
    const moved = connections.filter((each) => each.providerId === providerId && each.issuer !== issuer)
    // A refresh that is under way would bring the session back.
    for (const { id } of moved)
      await dependencies.sessions.exclusively(id, async () => {
        const session = await dependencies.sessions.find(id)
        if (!session) return
        const tokens = await dependencies.sessions.tokens(id)
        await dependencies.sessions.endMoved(id)
        await dependencies.revocations.revoke({ ...session, tokens })
      })
  }

  /** The person may have kept the patient's details back; a sign-in is none the less complete without them. */
  const describePatient = async (access: Access, id: string, scope: string): Promise<Patient> => {
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
  /** What the answer means when it names no scope (RFC 6749 section 5.1). */
  asked: string
  launched: boolean
  /** What the tokens are bound to. */
  key: ProofKey | undefined
}
