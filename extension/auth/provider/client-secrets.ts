import { type ClientAuth, ClientSecretPost, None } from 'oauth4webapi'
import { ProblemError } from '../../messages/errors.ts'
import { items, type SavedProvider } from '../../storage/items.ts'
import { records, type Sealed, type Vault } from '../../storage/vault.ts'
import { clientSecretBasic, isInvalidClient } from './oauth-requests.ts'

/** The application that a client secret is bound to, besides the issuer. */
export type BoundApplication = Pick<SavedProvider, 'id' | 'fhirBase' | 'clientId'>

/** How an application sends its secret (RFC 7591 section 2). */
export type SecretMethod = 'client_secret_basic' | 'client_secret_post'

/** A client secret and the application that it is for, sealed together. The issuer is added at the first use. */
interface Secret {
  value: string
  fhirBase: string
  clientId: string
  issuer?: string
  /** As the application was registered; absent if that is not known. */
  method?: SecretMethod
}

/** Keeps the client secrets of configured providers, sealed, by provider id. */
export const createClientSecrets = (vault: Vault) => {
  const seal = (id: string, secret: Secret) => vault.seal(records.secret(id), secret)
  const open = async (id: string) => {
    const sealed = await items.secrets.find(id)
    return sealed && vault.open<Secret>(records.secret(id), sealed)
  }

  /** @param value empty for none. */
  const keep = async (
    { id, fhirBase, clientId }: BoundApplication,
    value: string,
    method?: SecretMethod,
  ): Promise<void> => {
    if (value === '') return items.secrets.delete(id)
    await items.secrets.put(id, await seal(id, { value, fhirBase, clientId, ...(method && { method }) }))
  }

  /**
   * Returns the secret, bound to the issuer from its first use on, with the method by which it is sent; undefined for a public client.
   *
   * @throws ProblemError `wrong-credentials`.
   */
  const find = async (
    { id, fhirBase, clientId }: BoundApplication,
    issuer: string,
    supported: readonly string[],
  ): Promise<Secret | undefined> => {
    const sealed = await items.secrets.find(id)
    if (!sealed) return undefined
    const secret = await vault.open<Secret>(records.secret(id), sealed)
    const isForApplication =
      secret !== undefined &&
      secret.fhirBase === fhirBase &&
      secret.clientId === clientId &&
      (secret.issuer === undefined || secret.issuer === issuer)
    if (!isForApplication) throw new ProblemError('wrong-credentials')
    const method = secret.method ?? methodAmong(supported)
    const secretInUse = { ...secret, issuer, ...(method && { method }) }
    if (secret.issuer === undefined || secret.method !== method) await replaceIf(id, sealed, secretInUse)
    return secretInUse
  }

  /** Keeps a secret that replaced `sealed` since it was read, and stores none if it was deleted. */
  const replaceIf = async (id: string, sealed: Sealed, secret: Secret): Promise<void> => {
    const newlySealed = await seal(id, secret)
    await items.secrets.change(id, (stored) => (stored?.iv === sealed.iv ? newlySealed : stored))
  }

  const rememberMethod = async (id: string, secret: Secret): Promise<void> => {
    const sealed = await items.secrets.find(id)
    const stored = sealed && (await vault.open<Secret>(records.secret(id), sealed))
    if (sealed && stored?.value === secret.value) await replaceIf(id, sealed, secret)
  }

  return {
    keep,

    /** Stores a new secret of the same application, which is sent by the same method as the old one. */
    replace: async (application: BoundApplication, value: string): Promise<void> =>
      keep(application, value, (await open(application.id))?.method),

    /** See `Providers.clientAuthentication`. */
    authentication: async (application: BoundApplication, issuer: string): Promise<ClientAuth> =>
      toAuthentication(await find(application, issuer, [])),

    /** See `Providers.authenticate`. */
    authenticate: async <T>(
      application: BoundApplication,
      issuer: string,
      supported: readonly string[] = [],
      send: (authentication: ClientAuth) => Promise<T>,
    ): Promise<T> => {
      const secret = await find(application, issuer, supported)
      try {
        return await send(toAuthentication(secret))
      } catch (error) {
        const offersPost = supported.includes('client_secret_post') && secret?.method !== 'client_secret_post'
        if (!secret || !offersPost || !isInvalidClient(error)) throw error
        const byPost = { ...secret, method: 'client_secret_post' as const }
        const answer = await send(toAuthentication(byPost))
        await rememberMethod(application.id, byPost)
        return answer
      }
    },
  }
}

const toAuthentication = (secret: Secret | undefined): ClientAuth => {
  if (!secret) return None()
  return secret.method === 'client_secret_post'
    ? ClientSecretPost(secret.value)
    : clientSecretBasic(secret.value)
}

/** Prefers Basic, which is also the default of a server that names no method (RFC 8414 section 2). */
const methodAmong = (supported: readonly string[]): SecretMethod | undefined =>
  (['client_secret_basic', 'client_secret_post'] as const).find((method) => supported.includes(method))
