import { errors } from 'oidc-provider'
import { readAtMost } from '../../read-at-most.ts'
import { LONGEST_BODY } from './body-limits.ts'
import type { StepContext } from './endpoints.ts'

/** @throws InvalidRequest when the body is not a JSON object, or too large. */
export const readJson = async (ctx: StepContext): Promise<Record<string, unknown>> => {
  if (!ctx.is('application/json')) throw new errors.InvalidRequest('the request must be JSON')
  const bytes = await readAtMost(ctx.req, LONGEST_BODY)
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
