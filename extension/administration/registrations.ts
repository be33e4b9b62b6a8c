import { parseAddress, requireUrl } from '../../values/parse-address.ts'
import type { Sessions } from '../auth/grant/session.ts'
import { requireUnlocked } from '../auth/provider/policy.ts'
import type { Providers } from '../auth/provider/providers.ts'
import type { RegisteredApplication, RegisteredClient } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Input } from '../messages/protocol.ts'
import { boundedFetch } from '../net/http.ts'
import { items } from '../storage/items.ts'
import { digestOf, records, type Vault } from '../storage/vault.ts'
import {
  applicationOf,
  managementOf,
  type Registration,
  readRegistration,
  registerApplication,
} from './register-application.ts'

export type Registrations = ReturnType<typeof createRegistrations>

/** The applications registered from this browser. The tokens that change them are sealed, and no page gets them. */
export const createRegistrations = ({
  vault,
  providers,
  sessions,
}: {
  vault: Vault
  providers: Providers
  sessions: Sessions
}) => {
  /** Keeps the token that changes a registration, if the organization gave one for an address at its own origin. */
  const keep = async (
    { management, clientName, clientId, clientSecret }: Registration,
    at: { organization: string; fhirBase: string; endpoint: string | undefined },
  ): Promise<void> => {
    const { organization, fhirBase, endpoint } = at
    if (!management || !isOwn(management.address, endpoint)) return
    const id = crypto.randomUUID()
    const credentials = await credentialsOf(management.token, clientSecret)
    await items.registrations.put(id, {
      id,
      organization: `${organization} (${requireUrl(fhirBase).host})`,
      fhirBase,
      clientId,
      clientName,
      hasSecret: clientSecret !== undefined,
      registeredAt: Date.now(),
      address: management.address,
      sealed: await vault.seal(records.registration(id), credentials),
    })
  }

  /** Stores a new token, unless the registration was deleted meanwhile. */
  const renew = async (id: string, credentials: RegistrationCredentials): Promise<void> => {
    const sealed = await vault.seal(records.registration(id), credentials)
    await items.registrations.change(id, (registration) => registration && { ...registration, sealed })
  }

  /** Runs one change at a time: each answer may bring another token, and only the last one is valid. */
  const exclusively = <T>(id: string, change: () => Promise<T>): Promise<T> =>
    navigator.locks.request(`registration:${id}`, change)

  const require = async (id: string) => {
    const registration = await items.registrations.find(id)
    const credentials =
      registration &&
      (await vault.open<RegistrationCredentials>(records.registration(id), registration.sealed))
    if (!registration || credentials === undefined) throw new ProblemError('registration-unknown')
    return { registration, credentials }
  }

  const send = async (id: string, method: 'GET' | 'PUT' | 'DELETE', metadata?: unknown) => {
    const { registration, credentials } = await require(id)
    const response = await boundedFetch(registration.address, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${credentials.token}`,
        ...(metadata !== undefined && { 'content-type': 'application/json' }),
      },
      ...(metadata !== undefined && { body: JSON.stringify(metadata) }),
    })
    // The token or the application is gone there (RFC 7592 section 2.1).
    if (response.status === 401) {
      await response.body?.cancel()
      throw new ProblemError('registration-unknown')
    }
    const answer = response.status === 204 ? {} : await readRegistration(response)
    const renewed = managementOf({ registration_client_uri: registration.address, ...answer })
    if (renewed && renewed.token !== credentials.token)
      await renew(id, { ...credentials, token: renewed.token })
    return answer
  }

  /** Deletes the application here only, if the organization does not answer any more. */
  const forget = async (id: string): Promise<void> => {
    await items.registrations.delete(id)
  }

  const rotateSecret = async (id: string): Promise<RegisteredApplication> => {
    const oldRegistration = await require(id)
    const before = await send(id, 'GET')
    const application = applicationOf(
      await send(id, 'PUT', { ...withoutServerMembers(before), rotate_client_secret: true }),
    )
    // Even if the registration was forgotten meanwhile, only its new secret still works.
    const { registration, credentials } = await require(id).catch(unlessUnknown(() => oldRegistration))
    const { clientId, clientSecret } = application
    const newCredentials = await credentialsOf(credentials.token, clientSecret)
    const isOld =
      clientSecret === before.client_secret || newCredentials.secretDigest === credentials.secretDigest
    if (clientSecret === undefined || clientId !== registration.clientId || isOld)
      throw new ProblemError('secret-unchanged')
    await renew(id, newCredentials)
    await updateProviderSecrets(providers, registration.fhirBase, application)
    return application
  }

  return {
    /** @throws ProblemError `policy-forbids`, and what `registerApplication` throws. */
    register: async (input: Input<'register-application'>): Promise<RegisteredApplication> => {
      await requireUnlocked('applications')
      const registration = await registerApplication(sessions, input)
      const session = await sessions.find(input.connectionId)
      if (session) {
        const { configuredName: organization } = await providers.require(session.providerId)
        const { fhirBase, server } = session
        await keep(registration, { organization, fhirBase, endpoint: server.registration_endpoint })
      }
      const { management: _kept, clientName: _named, ...application } = registration
      return application
    },

    keep,

    list: async (): Promise<RegisteredClient[]> =>
      Object.values(await items.registrations.get())
        .map(({ sealed: _sealed, address: _address, fhirBase: _base, ...registration }) => registration)
        .sort((a, b) => b.registeredAt - a.registeredAt),

    /**
     * Has the organization issue a new secret, and gives it to the providers configured here with the application.
     *
     * @throws ProblemError `policy-forbids`, `registration-unknown`, `registration-refused` or `secret-unchanged`.
     */
    rotateSecret: async (id: string) => {
      await requireUnlocked('applications')
      return exclusively(id, () => rotateSecret(id))
    },

    /**
     * Deletes the application at the organization (RFC 7592 section 2.3), then here.
     *
     * @throws ProblemError `policy-forbids` or `registration-refused`.
     */
    remove: async (id: string): Promise<void> => {
      await requireUnlocked('applications')
      // An application that is already gone counts as deleted.
      await exclusively(id, () => send(id, 'DELETE')).catch(unlessUnknown(() => undefined))
      await forget(id)
    },

    forget,
  }
}

/** Handles `registration-unknown`, and throws every other error again. */
const unlessUnknown =
  <T>(handle: () => T) =>
  (error: unknown): T => {
    if (error instanceof ProblemError && error.code === 'registration-unknown') return handle()
    throw error
  }

/** Gives a new secret to the configured providers, which could no longer sign in with the old one. */
export const updateProviderSecrets = async (
  providers: Providers,
  fhirBase: string,
  { clientId, clientSecret }: RegisteredApplication,
): Promise<void> => {
  if (clientSecret === undefined) return
  for (const provider of await providers.list())
    if (!provider.builtIn && provider.clientId === clientId && provider.fhirBase === fhirBase)
      await providers.replaceSecret(provider.id, clientSecret)
}

/** The token that changes the registration, and a digest that recognizes its secret, which is not stored. */
interface RegistrationCredentials {
  token: string
  /** SHA-256 in base64. */
  secretDigest?: string
}

const credentialsOf = async (token: string, secret: string | undefined): Promise<RegistrationCredentials> => {
  if (secret === undefined) return { token }
  return { token, secretDigest: await digestOf(secret) }
}

/** Checks that the token would go only to the origin that issued it. */
const isOwn = (address: string, endpoint: string | undefined): boolean =>
  endpoint !== undefined && parseAddress(address)?.origin === requireUrl(endpoint).origin

/** Members that an update must not send (RFC 7592 section 2.2). */
const withoutServerMembers = (metadata: Record<string, unknown>): Record<string, unknown> => {
  const {
    registration_access_token: _token,
    registration_client_uri: _address,
    client_secret_expires_at: _expires,
    client_id_issued_at: _issued,
    client_secret: _secret,
    ...rest
  } = metadata
  return rest
}
