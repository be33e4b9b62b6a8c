import { randomBytes } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import type { Store } from '../../store/store.ts'

/** Keys that every process on one database shares, made at the first start. */
export interface Keys {
  /** Signs id_tokens (RS256, SMART App Launch 2.2 section 3.4). */
  readonly signing: JWK
  /** Signs the engine's cookies. */
  readonly cookies: string
  /** Seals page links of FHIR searches. */
  readonly pages: Uint8Array
  /** Binds a form to the interaction it was shown for. */
  readonly forms: Uint8Array
}

export const openKeys = async (store: Store): Promise<Keys> => {
  const signing = await keep(store, 'key.signing', async () => JSON.stringify(await newSigningKey()))
  const cookies = await keep(store, 'key.cookies', async () => randomBytes(32).toString('base64url'))
  const pages = await keep(store, 'key.pages', async () => randomBytes(32).toString('base64url'))
  const forms = await keep(store, 'key.forms', async () => randomBytes(32).toString('base64url'))
  return {
    signing: JSON.parse(signing) as JWK,
    cookies,
    pages: Buffer.from(pages, 'base64url'),
    forms: Buffer.from(forms, 'base64url'),
  }
}

const newSigningKey = async (): Promise<JWK> => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig' }
}

/** The stored value, or a new one: of several processes that start at once, the first one's. */
const keep = async (store: Store, name: string, make: () => Promise<string>): Promise<string> => {
  const find = () =>
    store.db.selectFrom('setting').select('value').where('name', '=', name).executeTakeFirst()
  const known = await find()
  if (known) return known.value
  const value = await make()
  await store.write(async (trx) => {
    await trx
      .insertInto('setting')
      .values({ name, value })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  })
  return (await find())?.value ?? value
}
