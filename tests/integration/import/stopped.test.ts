import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { sql } from 'kysely'
import { expect, it } from 'vitest'
import { runImport } from '../../fixtures/run-command.ts'
import { createDatabase } from '../../fixtures/store.ts'

it('an import that the database ends says why', async () => {
  const database = await createDatabase('sqlite')
  const store = await database.open()
  await store.write(async (trx) => {
    await sql`create trigger full before insert on resource begin select raise(abort, 'no room left'); end`.execute(
      trx,
    )
  })
  await store.close()
  const file = join(dirname(database.logKey), 'patients.ndjson')
  await writeFile(file, `${JSON.stringify({ resourceType: 'Patient', id: 'ana' })}\n`)
  expect(await runImport(['--db', database.url, file])).toMatchObject({
    status: 1,
    last: 'The import stopped: no room left',
  })
  await database.close()
})
