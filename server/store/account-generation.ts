import { type ColumnDefinitionBuilder, type Kysely, type RawBuilder, sql } from 'kysely'

/** The triggers that increment an account's generation when its name, password, role, record or `disabled_at` changes. */
export const countGenerations = {
  sqlite: [
    sql`create trigger account_changed
        after update of username, password_hash, role, patient, practitioner, disabled_at on account
        when (old.username, old.password_hash, old.role, old.patient, old.practitioner, old.disabled_at)
          is not (new.username, new.password_hash, new.role, new.patient, new.practitioner, new.disabled_at)
        begin update account set generation = old.generation + 1 where id = new.id; end`,
  ],
  postgres: [
    sql`create function account_generation() returns trigger language plpgsql
        as $$ begin new.generation := old.generation + 1; return new; end $$`,
    sql`create trigger account_changed before update on account for each row
        when ((old.username, old.password_hash, old.role, old.patient, old.practitioner, old.disabled_at)
          is distinct from
          (new.username, new.password_hash, new.role, new.patient, new.practitioner, new.disabled_at))
        execute function account_generation()`,
  ],
} as const

/** Adds `AccountTable.generation` and its triggers (docs/decisions/0030). */
export const addGenerations = async (
  db: Kysely<unknown>,
  triggers: readonly RawBuilder<unknown>[],
): Promise<void> => {
  const first = (column: ColumnDefinitionBuilder) => column.notNull().defaultTo(1)
  await db.schema.alterTable('account').addColumn('generation', 'integer', first).execute()
  await db.schema.alterTable('account').addColumn('disabled_at', 'bigint').execute()
  await db.schema.alterTable('consent').addColumn('account_generation', 'integer', first).execute()
  await db.schema.alterTable('oauth_record').addColumn('account_generation', 'integer').execute()
  for (const trigger of triggers) await trigger.execute(db)
}
