import { decodeJwt } from 'jose'
import type { StepContext } from '../seam/endpoints.ts'
import { findForm } from '../seam/read-body.ts'

/**
 * Returns the `client_id` whose secret or assertion a request presents, decoded as the engine decodes it, so that another
 * spelling of the header is not another client (F07). Returns `undefined` if the engine would check no credentials: there
 * are none, or it refuses their form.
 */
export const findPresentedClient = (ctx: Pick<StepContext, 'get' | 'state'>): string | undefined => {
  const header = ctx.get('authorization')
  if (header !== '') return nameInBasic(header)
  const assertion = findForm(ctx)?.get('client_assertion')
  return assertion ? subjectOf(assertion) : undefined
}

/** Returns the name in a Basic header (RFC 7617), which is form-encoded before joining (RFC 6749 section 2.3.1). */
const nameInBasic = (header: string): string | undefined => {
  const [scheme = '', encoded = '', ...rest] = header.split(' ')
  if (scheme.toLowerCase() !== 'basic' || rest.length > 0) return undefined
  const [name] = Buffer.from(encoded, 'base64').toString('utf8').split(':', 1)
  try {
    return name && decodeURIComponent(name.replaceAll('+', '%20'))
  } catch {
    return undefined
  }
}

/** Returns the subject of an assertion, unverified; `undefined` if it is not a JWT, which the engine refuses anyway. */
const subjectOf = (assertion: string): string | undefined => {
  try {
    const { sub } = decodeJwt(assertion)
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}
