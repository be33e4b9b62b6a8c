import { type Client, errors } from 'oidc-provider'

/** Client metadata, set at the terminal alone: the application guards records, and may ask about every token (RFC 7662). */
export const RESOURCE_SERVER = 'resource_server'

export const isResourceServer = (client: Client): boolean => client[RESOURCE_SERVER] === true

/** @throws InvalidClientMetadata */
export const checkResourceServer = (value: unknown, method: unknown): void => {
  if (value === undefined) return
  if (value !== true) throw new errors.InvalidClientMetadata('resource_server must be true or absent')
  if (method === 'none')
    throw new errors.InvalidClientMetadata('a resource server proves itself by a secret or a key')
}
