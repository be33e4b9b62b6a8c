import { errors } from 'oidc-provider'
import { readBodyAtMost } from '../../read-at-most.ts'
import { LONGEST_BODY } from './body-limits.ts'
import type { StepContext } from './endpoints.ts'

/** @throws InvalidRequest when the body is not a JSON object, is too large, or does not come whole. */
export const readJson = async (ctx: StepContext): Promise<Record<string, unknown>> => {
  if (!ctx.is('application/json')) throw new errors.InvalidRequest('the request must be JSON')
  const bytes = await readBodyAtMost(ctx.req, LONGEST_BODY).catch(() => {
    throw new errors.InvalidRequest('the request did not come whole')
  })
  if (!bytes) throw new errors.InvalidRequest('the request is too large')
  try {
    const value: unknown = JSON.parse(bytes.toString())
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // Invalid JSON gets the refusal below.
  }
  throw new errors.InvalidRequest('the request must be a JSON object')
}
