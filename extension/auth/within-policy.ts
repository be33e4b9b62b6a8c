import type { Session } from '../storage/items.ts'
import { findPolicy, latestEnd } from './policy.ts'

/** The administration of this browser may set an earlier end than the grant has, also after signing in. */
export const withinPolicy = async (session: Session): Promise<Session> => {
  const latest = latestEnd(await findPolicy(), session.signedInAt)
  return latest === undefined || (session.endsAt !== undefined && session.endsAt <= latest)
    ? session
    : { ...session, endsAt: latest, endsBy: 'policy' }
}
