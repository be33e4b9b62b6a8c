import { randomBytes } from 'node:crypto'
import { type ClientMetadata, errors } from 'oidc-provider'
import type { Authorization } from '../../grants/authorization.ts'
import { hashSecret } from '../../sign-in/password/password.ts'
import type { Db } from '../../store/schema.ts'
import { CLIENT } from '../seam/compared-record.ts'
import { addStep, requireAdmitted, type StepContext } from '../seam/endpoints.ts'
import { needsSecret, newClient } from '../seam/internals.ts'
import { readJson } from '../seam/read-body.ts'
import { requireUnitOfWork } from '../seam/unit-of-work.ts'
import { findUse } from '../terms/client-use.ts'
import { answerErrors, type ManagementDeps } from './client-management.ts'
import type { ClientRecord } from './client-policy.ts'
import { findClientRow } from './clients.ts'
import { endClient, requireChanged, setDisabled } from './end-client.ts'
import { type ClientRow, listClientRows } from './list-clients.ts'
import { checkNetworkRegistration } from './network-registration.ts'
import { putRegistration, requireOwnName } from './own-name.ts'
import { findRegistrar } from './registration.ts'

/** Most applications in one answer. */
const PAGE = 100

/**
 * Serves all applications of the organization to an administrator, with the token that registers: lists, edits, disables,
 * enables and deletes them, and gives a new secret. What only the terminal registers it can only disable and delete.
 */
export const administerClients = (deps: ManagementDeps): void => {
  addStep(deps.engine, ['applications', 'application'], async (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    const registrar = await findRegistrar(ctx, deps)
    if (!registrar) return
    await answerErrors(ctx, async () => {
      const { name, params } = requireAdmitted(ctx)
      if (name === 'applications') ctx.body = await list(ctx, deps, registrar)
      else await change(ctx, deps, await requireOther(deps.store.db, params.clientId ?? '', registrar))
    })
  })
}

const list = async (ctx: StepContext, deps: ManagementDeps, { clientId }: Authorization) => {
  const { after = '' } = ctx.query
  if (typeof after !== 'string') throw new errors.InvalidRequest('after must be given once')
  ctx.state.details = { listed: 'applications' }
  const rows = await listClientRows(deps.store.db, after, PAGE + 1)
  const shown = rows.slice(0, PAGE)
  const uses = await findUse(
    deps,
    shown.map(({ id }) => id),
    deps.clock(),
  )
  const page = shown.map((row) => ({ ...viewOf(row, clientId), use: uses.get(row.id) }))
  const last = page.at(-1)?.client_id
  return { applications: page, ...(rows.length > PAGE && { next: last }) }
}

/** Returns the listed members of an application, without its secret. `in_use`: this request was sent through it. */
const viewOf = ({ payload, disabled_at }: ClientRow, inUse?: string) => {
  const metadata = JSON.parse(payload) as ClientMetadata
  const { client_id, client_name, redirect_uris, scope, client_id_issued_at, client_secret } = metadata
  return {
    ...{ client_id, client_name, redirect_uris, scope, client_id_issued_at },
    has_secret: client_secret !== undefined,
    disabled: disabled_at !== null,
    editable: isOfNetwork(metadata),
    in_use: client_id === inUse,
  }
}

const isOfNetwork = (metadata: ClientMetadata): boolean => {
  try {
    checkNetworkRegistration(metadata as ClientRecord)
    return true
  } catch {
    return false
  }
}

/** @throws OIDCProviderError when there is no such application, or this request was sent through it. */
const requireOther = async (db: Db, clientId: string, registrar: Authorization): Promise<ClientRow> => {
  const row = await findClientRow(db, clientId)
  if (!row) throw new NoApplication()
  if (clientId === registrar.clientId)
    throw new errors.InvalidRequest('the application that sends the request cannot be changed by it')
  return row
}

class NoApplication extends errors.CustomOIDCProviderError {
  constructor() {
    super('not_found', 'There is no application with this Client ID.')
    this.status = this.statusCode = 404
  }
}

/** @throws OIDCProviderError when the change is not allowed. */
const change = async (ctx: StepContext, deps: ManagementDeps, row: ClientRow): Promise<void> => {
  const metadata = JSON.parse(row.payload) as ClientMetadata
  const { client_id: id } = metadata
  const now = deps.clock()
  const write = (name: string, work: (trx: Db) => Promise<void>) => {
    ctx.state.details = { change: name, application: id }
    ctx.state.changed = { clientId: id, name: metadata.client_name ?? id }
    requireUnitOfWork().operations.push(work)
  }
  if (ctx.method === 'DELETE') {
    write('client removed', async (trx) => requireChanged(await endClient(trx, id)))
    ctx.status = 204
    return
  }
  const { disabled, client_name, redirect_uris, scope, rotate_client_secret, ...others } = await readJson(ctx)
  if (Object.keys(others).length > 0) throw new errors.InvalidRequest('the request has an unknown member')
  const edit = {
    ...(client_name !== undefined && { client_name }),
    ...(redirect_uris !== undefined && { redirect_uris }),
    ...(scope !== undefined && { scope }),
  }
  const isEdit = Object.keys(edit).length > 0 || rotate_client_secret === true
  if (isEdit === (disabled !== undefined)) throw new errors.InvalidRequest('the request must make one change')
  if (disabled !== true) checkNetworkRegistration(metadata as ClientRecord)
  if (disabled !== undefined) {
    if (typeof disabled !== 'boolean') throw new errors.InvalidRequest('disabled must be true or false')
    write(disabled ? 'client disabled' : 'client enabled', async (trx) =>
      requireChanged(await setDisabled(trx, id, disabled, now)),
    )
    ctx.body = viewOf({ ...row, disabled_at: disabled ? now : null })
    return
  }
  if (rotate_client_secret === true && !needsSecret(deps.engine, metadata))
    throw new errors.InvalidRequest('this application has no secret')
  const secret = rotate_client_secret === true ? randomBytes(32).toString('base64url') : undefined
  const next = newClient(deps.engine, { ...metadata, ...edit }).metadata()
  checkNetworkRegistration(next as ClientRecord)
  await requireOwnName(deps.store.db, next as ClientRecord, metadata as ClientRecord)
  const storedMetadata = { ...next, ...(secret && { client_secret: await hashSecret(secret) }) }
  const payload = JSON.stringify(storedMetadata)
  write(secret ? 'client secret' : 'client edited', (trx) =>
    putRegistration(trx, { model: CLIENT, id, payload }, row.payload),
  )
  ctx.body = { ...viewOf({ ...row, payload }), ...(secret && { client_secret: secret }) }
}
