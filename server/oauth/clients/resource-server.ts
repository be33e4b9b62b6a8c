import { type Client, errors } from 'oidc-provider'

/** Client metadata that only the terminal sets: the application protects records and may introspect every token (RFC 7662). */
export const RESOURCE_SERVER = 'resource_server'

export const isResourceServer = (client: Client): boolean => client[RESOURCE_SERVER] === true

/** Checks the member `resource_server`. @throws InvalidClientMetadata when the value or the method is not allowed. */
export const checkResourceServer = (value: unknown, method: unknown): void => {
  if (value === undefined) return
  if (value !== true) throw new errors.InvalidClientMetadata('resource_server must be true or absent')
  if (method === 'none')
    throw new errors.InvalidClientMetadata('a resource server proves itself by a secret or a key')
}
