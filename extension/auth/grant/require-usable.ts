import { ProblemError } from '../../messages/errors.ts'
import type { Session } from '../../storage/items.ts'
import { findPolicy } from '../provider/policy.ts'
import { abilities, covers, readsEverything } from './scopes.ts'

/**
 * Requires that a request reads only what was requested at sign-in and the policy allows, because the organization may have granted
 * more. A page link without a type continues an earlier request.
 *
 * @throws ProblemError `policy-forbids`, or `refused` if there is no policy of scopes.
 */
export const requireUsable = async ({ requestedScope, fhirBase }: Session, url: URL): Promise<void> => {
  const [, type = '', , part = ''] = url.pathname.slice(new URL(fhirBase).pathname.length).split('/')
  const isUsable = [type, part].every((each) =>
    each === '$everything'
      ? readsEverything(requestedScope)
      : !/^[A-Z]/.test(each) || covers(requestedScope, each),
  )
  if (!isUsable) throw await forbidden()
}

/**
 * Requires that a session may register and change applications.
 *
 * @throws as `requireUsable`.
 */
export const requireRegistering = async ({ scope }: Session): Promise<void> => {
  if (!abilities(scope, false).registerApplications) throw await forbidden()
}

const forbidden = async (): Promise<ProblemError> =>
  new ProblemError((await findPolicy())?.forbiddenScopes?.length ? 'policy-forbids' : 'refused')
