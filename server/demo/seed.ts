import type { Resource } from '@medplum/fhirtypes'
import type { Insertable } from 'kysely'
import type { ClientMetadata } from 'oidc-provider'
import { CHROME_ID, EXTENSION_ADDRESSES, redirectAddress } from '../../values/extension-addresses.ts'
import { type Clock, type Config, type DemoName, fhirBase } from '../config.ts'
import { putResources } from '../fhir/index/put-resource.ts'
import { findClientPayload, putClient } from '../oauth/clients/clients.ts'
import { hashPassword } from '../sign-in/password/password.ts'
import type { AccountTable, Db } from '../store/schema.ts'
import type { Store } from '../store/store.ts'
import { today } from './calendar.ts'
import { demoAccounts } from './organizations.ts'
import { pulseRecords } from './pulse.ts'
import { riversideRecords } from './riverside.ts'

/**
 * Carekey itself, registered at the demo organizations (RFC 7591 client metadata). It is a public client, because anybody can
 * unpack the extension and read a secret. The addresses belong to the fixed ids of the Chrome and the Firefox extension.
 */
export const carekeyClient = (config: Pick<Config, 'publicUrl'>) =>
  ({
    client_id: 'carekey',
    client_name: 'Carekey',
    application_type: 'web' as const,
    token_endpoint_auth_method: 'none' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code' as const],
    redirect_uris: Object.values(EXTENSION_ADDRESSES).map((address) =>
      redirectAddress(address, fhirBase(config)),
    ),
    // Only Chrome's, because in Firefox the address differs in every installation and cannot be registered.
    launch_uri: `chrome-extension://${CHROME_ID}/extension/launch/index.html`,
  }) satisfies ClientMetadata & { launch_uri: string }

const records: Readonly<Record<DemoName, (asOf: string) => Resource[]>> = {
  riverside: riversideRecords,
  pulse: pulseRecords,
  // The readings are fetched from the stand-in.
  withings: () => [],
}

/** The database contains other data than this demo's; nothing was written. The message is for the person who started the server. */
export class NotThisDemo extends Error {
  readonly code = 'not-this-demo'
}

/**
 * Fills an empty database with a demo organization's records and accounts in one transaction. A later start changes only
 * Carekey's redirect addresses, because they follow from the organization's address.
 *
 * @throws NotThisDemo when the database contains another demo, or records that are not a demo's.
 */
export const seedDemo = async (
  store: Store,
  name: DemoName,
  config: Pick<Config, 'publicUrl'>,
  clock: Clock,
): Promise<void> => {
  if (await holdsDemo(store, name)) return store.write((trx) => moveCarekey(trx, config, clock))
  const now = clock()
  const accounts = await Promise.all(demoAccounts[name].map(accountRow))
  await store.write(async (trx) => {
    const resources = records[name](today(now)).map((resource) => ({ resource }))
    await putResources(trx, resources, now)
    if (accounts.length > 0) await trx.insertInto('account').values(accounts).execute()
    await putClient(trx, { ...carekeyClient(config), ...issuedAt(clock) })
    await trx.insertInto('setting').values({ name: 'demo', value: name }).execute()
  })
}

/** Rewrites Carekey's registration, whose addresses follow from the organization's; keeps the time of registration. */
const moveCarekey = async (trx: Db, config: Pick<Config, 'publicUrl'>, clock: Clock): Promise<void> => {
  const client = carekeyClient(config)
  const payload = await findClientPayload(trx, client.client_id)
  const { client_id_issued_at } = payload ? (JSON.parse(payload) as ClientMetadata) : issuedAt(clock)
  await putClient(trx, { ...client, client_id_issued_at })
}

const issuedAt = (clock: Clock) => ({ client_id_issued_at: Math.floor(clock() / 1000) })

/**
 * Checks that a demo's database is served only as a demo, because its passwords are public.
 *
 * @throws NotThisDemo
 */
export const requireNoDemo = async ({ db }: Pick<Store, 'db'>): Promise<void> => {
  const demo = await findName(db)
  if (demo)
    throw new NotThisDemo(
      `This database holds the demo ${demo}, whose passwords everybody knows. Start it with --demo ${demo}, or choose another with --db.`,
    )
}

/** Whether the database holds this demo; false if it is empty. @throws NotThisDemo */
export const holdsDemo = async (store: Pick<Store, 'db'>, name: DemoName): Promise<boolean> => {
  const content = await findDemo(store)
  if (content === undefined || content === name) return content === name
  throw new NotThisDemo(
    `This database holds ${content}, which is not the demo ${name}. Choose another with --db.`,
  )
}

const findDemo = async ({ db }: Pick<Store, 'db'>): Promise<string | undefined> => {
  const demo = await findName(db)
  if (demo) return demo
  const account = await db.selectFrom('account').select('id').limit(1).executeTakeFirst()
  const resource = await db.selectFrom('resource').select('id').limit(1).executeTakeFirst()
  return account || resource ? 'records of its own' : undefined
}

const findName = async (db: Db): Promise<string | undefined> =>
  (await db.selectFrom('setting').select('value').where('name', '=', 'demo').executeTakeFirst())?.value

const accountRow = async (
  account: (typeof demoAccounts)[DemoName][number],
): Promise<Insertable<AccountTable>> => ({
  id: account.username,
  username: account.username,
  password_hash: await hashPassword(account.password),
  name: account.name,
  role: account.role,
  patient: account.patient ?? null,
  practitioner: account.practitioner ?? null,
})
