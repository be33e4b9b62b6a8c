import type { FastifyRequest } from 'fastify'
import type { Config } from '../../config.ts'
import { INTERACTION } from '../../grants/accounts.ts'
import { storedId } from '../../grants/stored-id.ts'
import type { Keys } from '../../keys/keys.ts'
import type { Db } from '../../store/schema.ts'
import { formToken, type OwnCookie, ownCookie } from './own-cookie.ts'

/** The cookie with a proof for each pending authorization that this browser began. */
export const begunCookie = (config: Config): OwnCookie =>
  ownCookie(config, 'begun', /^[\w-]{43}(?:\.[\w-]{43}){0,7}$/)

export const proofsIn = (cookie: OwnCookie, header: string | undefined): readonly string[] =>
  cookie.find(header)?.split('.') ?? []

/** Returns the proof that a browser began an authorization. */
export const proofOf = ({ cookies }: Pick<Keys, 'cookies'>, id: string): string =>
  formToken(Buffer.from(cookies), id)

/** Returns the name of the browser in the row of an authorization: by it the authorizations of a browser are found without their ids. */
export const browserOf = (proof: string): string => storedId(proof)

/**
 * Ends the undecided authorizations of this browser to which a person has signed in, because that person no longer sits at it.
 *
 * @param except the account whose authorizations go on, because it signs in now.
 */
export const endSignInsOfBrowser = async (
  trx: Db,
  config: Config,
  { headers }: FastifyRequest,
  except = '',
): Promise<void> => {
  const proofs = proofsIn(begunCookie(config), headers.cookie)
  if (proofs.length === 0) return
  // An authorization without a sign-in has no account, and is equal to none.
  await trx
    .deleteFrom('oauth_record')
    .where('model', '=', INTERACTION)
    .where('uid', 'in', proofs.map(browserOf))
    .where('account_id', '!=', except)
    .execute()
}
