import { randomBytes, randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type ClientMetadata, errors } from 'oidc-provider'
import type { Config, DemoName } from '../../config.ts'
import { temporaryKeys } from '../../keys/keys.ts'
import { RESOURCE_SERVER } from '../../oauth/clients/client-policy.ts'
import { CLIENT_ID, insertClient } from '../../oauth/clients/clients.ts'
import { isLocalHttp, parseRegistered } from '../../oauth/clients/registered-addresses.ts'
import { createEngine } from '../../oauth/engine/engine.ts'
import { newClient } from '../../oauth/seam/internals.ts'
import { defaultDatabase } from '../../start/database-url.ts'
import { withStore } from '../../start/open-database.ts'
import { parseArguments } from '../../start/parse-arguments.ts'
import { AdminError, UsageError } from '../../start/terminal.ts'
import { findSetting } from '../../store/settings.ts'
import type { Store } from '../../store/store.ts'
import { configOf, logClientChange } from './log-change.ts'

const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  name: { type: 'string' },
  redirect: { type: 'string', multiple: true, default: [] as string[] },
  launch: { type: 'string' },
  scope: { type: 'string' },
  public: { type: 'boolean', default: false },
  secret: { type: 'boolean', default: false },
  jwks: { type: 'string' },
  'jwks-uri': { type: 'string' },
  id: { type: 'string' },
  introspect: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parse>

const parse = (args: string[]) => parseArguments({ args, options: OPTIONS }).values

/**
 * Registers an application. The output contains the secret, which is stored nowhere else.
 *
 * @throws UsageError, AdminError
 */
export const addClient = async (args: string[]): Promise<object> => {
  const values = parse(args)
  const metadata = await metadataOf(values)
  return withStore(values.db, async (store) => {
    const config = await configOf(store)
    try {
      const client = await completeClient(store, config, metadata)
      await store.write(async (trx) => {
        const { client_id } = client
        if (!(await insertClient(trx, client)))
          throw new AdminError(`There is already an application ${client_id}. Nothing was changed.`)
        await logClientChange(trx, config, client, 'client')
      })
      return client
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error
      throw new AdminError(`The application was not registered: ${error.error_description ?? error.message}.`)
    }
  })
}

const metadataOf = async (values: Values): Promise<ClientMetadata> => {
  if (!values.name?.trim()) throw new UsageError('--name is missing. Give the name of the application.')
  const methods = [values.public, values.secret, values.jwks !== undefined, values['jwks-uri'] !== undefined]
  if (methods.filter(Boolean).length > 1)
    throw new UsageError('--public, --secret, --jwks and --jwks-uri cannot be combined. Choose one.')
  const method = values.secret
    ? 'client_secret_basic'
    : values.jwks !== undefined || values['jwks-uri'] !== undefined
      ? 'private_key_jwt'
      : 'none'
  const hasSignIn = values.redirect.length > 0
  const actsForItself = method === 'private_key_jwt' && /(^| )system\//.test(values.scope ?? '')
  if (!hasSignIn && !actsForItself && !values.introspect)
    throw new UsageError(
      '--redirect is missing. Give the address to which people return after they sign in. Only a resource server, and an application with keys and system/ scopes, need none.',
    )
  if (values.introspect && method === 'none')
    throw new UsageError(
      '--introspect needs --secret, --jwks or --jwks-uri, because a resource server must authenticate.',
    )
  if (values.id !== undefined && !CLIENT_ID.test(values.id))
    throw new UsageError(
      '--id takes 1 to 100 characters: letters, digits and . _ ~ : / -, starting with a letter or digit.',
    )
  return {
    client_id: values.id ?? randomUUID(),
    client_id_issued_at: Math.floor(Date.now() / 1000),
    client_name: values.name.trim(),
    application_type:
      hasSignIn && values.redirect.every((address) => isLocalHttp(parseRegistered(address)))
        ? 'native'
        : 'web',
    token_endpoint_auth_method: method,
    grant_types: [
      ...(hasSignIn ? ['authorization_code', 'refresh_token'] : []),
      ...(actsForItself ? ['client_credentials'] : []),
    ],
    response_types: hasSignIn ? ['code'] : [],
    redirect_uris: values.redirect,
    ...(values.scope && { scope: values.scope }),
    ...(values.introspect && { [RESOURCE_SERVER]: true }),
    ...(values.launch && { launch_uri: values.launch }),
    ...(values.secret && {
      client_secret: randomBytes(32).toString('base64url'),
      client_secret_expires_at: 0,
    }),
    ...(values.jwks !== undefined && { jwks: await readKeySet(values.jwks) }),
    ...(values['jwks-uri'] !== undefined && { jwks_uri: values['jwks-uri'] }),
  } as ClientMetadata
}

const readKeySet = async (file: string): Promise<object> => {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch {
    throw new AdminError(`The file ${file} cannot be read.`)
  }
  try {
    const keys = JSON.parse(text) as { keys?: unknown }
    if (Array.isArray(keys?.keys)) return keys
  } catch {
    // The error is thrown below, as for any other content.
  }
  throw new AdminError(`The file ${file} is not a JSON Web Key Set, which is an object with "keys".`)
}

/**
 * Checks an application as the server does at its registration endpoint, and fills in what it would.
 *
 * @throws OIDCProviderError
 */
const completeClient = async (
  store: Store,
  ownConfig: Config,
  metadata: ClientMetadata,
): Promise<ClientMetadata> => {
  const demo = await findSetting(store.db, 'demo')
  const config: Config = demo === undefined ? ownConfig : { ...ownConfig, demo: demo as DemoName }
  const keys = await temporaryKeys()
  const engine = createEngine({ config, store, clock: Date.now, keys, errorPage: async () => ({ body: '' }) })
  return newClient(engine, metadata).metadata()
}
