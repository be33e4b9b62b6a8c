import type { ExpressionBuilder } from 'kysely'
import type { Database } from '../store/schema.ts'

/**
 * The condition that nobody has ended the grant of a record. Ending a grant changes only its consent, so every statement that uses up
 * a token, or takes it for good, has this condition.
 */
export const grantHolds = ({ exists, selectFrom }: ExpressionBuilder<Database, 'oauth_record'>) =>
  exists(
    selectFrom('consent')
      .select('consent.grant_id')
      .whereRef('consent.grant_id', '=', 'oauth_record.grant_id')
      .where('consent.revoked_at', 'is', null),
  )
