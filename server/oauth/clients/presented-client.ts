import { decodeJwt } from 'jose'
import type { StepContext } from '../engine/endpoints.ts'
import { findForm } from '../engine/read-form.ts'

/**
 * The `client_id` of the application whose secret or assertion a request presents, as the engine will resolve it: one
 * application has one name, however its header is spelled (F07). `undefined` where the engine would compare nothing:
 * without credentials, or with such as it refuses unread.
 */
export const findPresentedClient = (ctx: Pick<StepContext, 'get' | 'state'>): string | undefined => {
  const header = ctx.get('authorization')
  if (header !== '') return nameInBasic(header)
  const assertion = findForm(ctx)?.get('client_assertion')
  return assertion ? subjectOf(assertion) : undefined
}

/** RFC 7617, and RFC 6749 section 2.3.1: name and secret are form-encoded before they are joined. */
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

/** Whom an assertion is about, whoever signed it. What is no JWT proves nothing and is refused at once. */
const subjectOf = (assertion: string): string | undefined => {
  try {
    const { sub } = decodeJwt(assertion)
    return typeof sub === 'string' ? sub : undefined
  } catch {
    return undefined
  }
}
