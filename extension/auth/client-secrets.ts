import { type ClientAuth, ClientSecretPost, None } from 'oauth4webapi'
import { ProblemError } from '../messages/errors.ts'
import { isSameBase } from '../net/address.ts'
import { items, type SavedProvider } from '../storage/items.ts'
import { records } from '../storage/records.ts'
import type { Vault } from '../storage/vault.ts'
import { clientSecretBasic } from './oauth-options.ts'

/** The application that a client secret is bound to, besides the issuer. */
export type Application = Pick<SavedProvider, 'id' | 'fhirBase' | 'clientId'>

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
    { id, fhirBase, clientId }: Application,
    value: string,
    method?: SecretMethod,
  ): Promise<void> => {
    if (value === '') return items.secrets.delete(id)
    await items.secrets.put(id, await seal(id, { value, fhirBase, clientId, ...(method && { method }) }))
  }

  return {
    keep,

    /** Stores a new secret of the same application, which is sent by the same method as the old one. */
    replace: async (application: Application, value: string): Promise<void> =>
      keep(application, value, (await open(application.id))?.method),

    /** See `Providers.clientAuthentication`. */
    authentication: async (
      { id, fhirBase, clientId }: Application,
      issuer: string,
      supported: readonly string[] = [],
    ): Promise<ClientAuth> => {
      const sealed = await items.secrets.find(id)
      if (!sealed) return None()
      const secret = await vault.open<Secret>(records.secret(id), sealed)
      const isForApplication =
        secret !== undefined &&
        isSameBase(secret.fhirBase, fhirBase) &&
        secret.clientId === clientId &&
        (secret.issuer === undefined || secret.issuer === issuer)
      if (!isForApplication) throw new ProblemError('wrong-credentials')
      const method = secret.method ?? methodAmong(supported)
      if (secret.issuer === undefined || secret.method !== method) {
        const withIssuer = await seal(id, { ...secret, issuer, ...(method && { method }) })
        // Keeps a secret that replaced this one since it was read, and stores none if this one was deleted.
        await items.secrets.change(id, (stored) => (stored?.iv === sealed.iv ? withIssuer : stored))
      }
      return method === 'client_secret_post'
        ? ClientSecretPost(secret.value)
        : clientSecretBasic(secret.value)
    },
  }
}

/** Prefers Basic, which is also the default of a server that names no method (RFC 8414 section 2). */
const methodAmong = (supported: readonly string[]): SecretMethod | undefined =>
  (['client_secret_basic', 'client_secret_post'] as const).find((method) => supported.includes(method))
