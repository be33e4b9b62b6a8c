import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi'
import { requireUrl } from '../../values/parse-address.ts'
import { readableName } from '../../values/readable-name.ts'
import type { Sessions } from '../auth/grant/session.ts'
import { discover } from '../auth/provider/discovery.ts'
import { requireUnlocked } from '../auth/provider/policy.ts'
import type { Providers } from '../auth/provider/providers.ts'
import type { Application, ApplicationChange } from '../messages/administration.ts'
import { ProblemError } from '../messages/errors.ts'
import type { Input, Output } from '../messages/protocol.ts'
import { longestAddress, requireTypedAddress } from '../net/address.ts'
import { items } from '../storage/items.ts'
import { applicationOf, isShort, readRegistration } from './register-application.ts'
import { updateProviderSecrets } from './registrations.ts'

/** The most entries that are read of one answer, and of one application the most addresses, and characters of its scope. */
const MOST = { applications: 1000, addresses: 50, scopeText: 2000 }

/** What an application without a list of its own is tried out with. */
const usualScope = 'openid fhirUser launch/patient patient/*.rs'

/** All applications of an organization, as its administrator sees and changes them. */
export const createApplications = ({ sessions, providers }: { sessions: Sessions; providers: Providers }) => {
  const send = async (
    connectionId: string,
    request: Parameters<Sessions['sendJson']>[2],
  ): Promise<Record<string, unknown>> => {
    const response = await sessions.sendJson(connectionId, 'applications_endpoint', request)
    if (!response) throw new ProblemError('applications-unavailable')
    if (response.status === 404) {
      await response.body?.cancel()
      throw new ProblemError('registration-unknown')
    }
    return response.status === 204 ? {} : readRegistration(response, 'change-refused')
  }

  /** Names the registrations of this browser as the organization does, so that both lists say the same. */
  const updateRegistrations = async (connectionId: string, applications: readonly Application[]) => {
    const session = await sessions.find(connectionId)
    const byId = new Map(applications.map((application) => [application.clientId, application]))
    for (const { id, clientId, fhirBase } of Object.values(await items.registrations.get())) {
      const application = byId.get(clientId)
      if (!application || fhirBase !== session?.fhirBase) continue
      const { clientName, disabled } = application
      await items.registrations.change(
        id,
        (registration) => registration && { ...registration, clientName, disabled },
      )
    }
  }

  return {
    /** @throws ProblemError `applications-unavailable`, `refused` or `untrusted-answer`. */
    list: async ({ connectionId, after }: Input<'applications'>): Promise<Output<'applications'>> => {
      const answer = await send(connectionId, {
        method: 'GET',
        ...(after !== undefined && { path: `?${new URLSearchParams({ after })}` }),
      })
      if (!Array.isArray(answer.applications)) throw new ProblemError('untrusted-answer')
      const applications = answer.applications.slice(0, MOST.applications).map(readApplication)
      await updateRegistrations(connectionId, applications)
      return {
        applications,
        ...(isShort(answer.next, longestAddress) && { next: answer.next }),
      }
    },

    /** @throws ProblemError `policy-forbids`, `invalid-input`, `registration-unknown`, `change-refused`, and those of `list`. */
    change: async ({ connectionId, clientId, change }: Input<'change-application'>) => {
      await requireUnlocked('applications')
      const answer = await send(connectionId, { method: 'PUT', path: pathOf(clientId), body: bodyOf(change) })
      const application = applicationOf(answer)
      if (application.clientId !== clientId) throw new ProblemError('untrusted-answer')
      if ('newSecret' in change) {
        if (application.clientSecret === undefined) throw new ProblemError('secret-unchanged')
        const session = await sessions.find(connectionId)
        if (session) await updateProviderSecrets(providers, session.fhirBase, application)
      }
      const newApplication = readApplication(answer)
      await updateRegistrations(connectionId, [newApplication])
      return { ...newApplication, ...application }
    },

    /** @throws ProblemError `unknown-connection`, and what `discover` throws. */
    tryOut: async ({ connectionId, clientId, redirectUri, scope }: Input<'try-application'>) => {
      const session = await sessions.find(connectionId)
      if (!session) throw new ProblemError('unknown-connection')
      const { authorization_endpoint: address } = await discover(await providers.require(session.providerId))
      const url = requireUrl(address)
      const request = {
        ...{ response_type: 'code', client_id: clientId, redirect_uri: redirectUri },
        // `launch` alone names what a record system has open, and none has.
        scope: (scope || usualScope)
          .split(' ')
          .filter((each) => each !== 'launch')
          .join(' '),
        state: generateRandomState(),
        aud: session.fhirBase,
        code_challenge: await calculatePKCECodeChallenge(generateRandomCodeVerifier()),
        code_challenge_method: 'S256',
        prompt: 'login consent',
      }
      for (const [name, value] of Object.entries(request)) url.searchParams.set(name, value)
      return url.href
    },

    /** @throws ProblemError `policy-forbids`, `change-refused`, and those of `list`. */
    remove: async ({ connectionId, clientId }: Input<'delete-application'>) => {
      await requireUnlocked('applications')
      const session = await sessions.find(connectionId)
      await send(connectionId, { method: 'DELETE', path: pathOf(clientId) }).catch((error) => {
        // An application that is already gone counts as deleted.
        if (!(error instanceof ProblemError && error.code === 'registration-unknown')) throw error
      })
      for (const registration of Object.values(await items.registrations.get()))
        if (registration.clientId === clientId && registration.fhirBase === session?.fhirBase)
          await items.registrations.delete(registration.id)
    },
  }
}

/** Scopes with one space between them (RFC 6749 section 3.3). */
const SCOPES = /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/

const pathOf = (clientId: string): string => `/${encodeURIComponent(clientId)}`

/** @throws ProblemError `invalid-input` */
const bodyOf = (change: ApplicationChange): object => {
  if ('disabled' in change) return { disabled: change.disabled }
  if ('newSecret' in change) return { rotate_client_secret: true }
  const name = change.clientName?.trim()
  if (name === '' || (name?.length ?? 0) > 200)
    throw new ProblemError('invalid-input', { field: 'clientName' })
  const addresses = change.redirectUris?.map((address) => requireTypedAddress(address, 'redirectUri'))
  if (change.scope !== undefined && !SCOPES.test(change.scope))
    throw new ProblemError('invalid-input', { field: 'scope' })
  return { client_name: name, redirect_uris: addresses, scope: change.scope }
}

/** @throws ProblemError `untrusted-answer` */
const readApplication = (value: unknown): Application => {
  const answer = Object(value) as Record<string, unknown>
  const { clientId } = applicationOf(answer)
  const { client_name: name, redirect_uris, scope, client_id_issued_at: seconds } = answer
  const use = useOf(answer.use)
  const addresses: unknown[] = Array.isArray(redirect_uris) ? redirect_uris : []
  const redirectUris = addresses.filter((each) => isShort(each, longestAddress)).slice(0, MOST.addresses)
  return {
    clientId,
    clientName: (typeof name === 'string' && readableName(name, 80)) || clientId,
    redirectUris,
    ...((redirectUris.length < addresses.length || redirectUris.some((each) => /\s/.test(each))) && {
      redirectUrisCut: true,
    }),
    ...(isShort(scope ?? '', MOST.scopeText) && { scope: String(scope ?? '') }),
    ...(isTime(seconds) && { registeredAt: seconds * 1000 }),
    hasSecret: answer.has_secret === true,
    disabled: answer.disabled === true,
    editable: answer.editable === true,
    inUse: answer.in_use === true,
    ...(use && { use }),
  }
}

const useOf = (value: unknown): Application['use'] => {
  const { people, complete, last_used_at: seconds } = Object(value) as Record<string, unknown>
  if (!Number.isSafeInteger(people) || Number(people) < 0) return undefined
  return {
    people: Number(people),
    isAll: complete === true,
    ...(isTime(seconds) && { lastUsedAt: seconds * 1000 }),
  }
}

const isTime = (seconds: unknown): seconds is number =>
  typeof seconds === 'number' && seconds > 0 && seconds < 1e11
