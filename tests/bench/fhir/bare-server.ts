import { createServer } from 'node:http'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'
import pg from 'pg'
import { type Config, fhirBase } from '../../../server/config.ts'
import { openStore } from '../../../server/start/open-database.ts'
import { answerJob } from '../job.ts'
import { type BareAnswer, bareAnswer } from './bare-answers.ts'
import { REQUESTS } from './requests.ts'

type Rows = object[]
type Run = () => Rows | Promise<Rows>

/** Serves the same rows by the same prepared SQL, joined to the same text. Without a token, a guard or a log. */
answerJob(async ({ config, database }: { config: Config; database: string }) => {
  const base = fhirBase(config)
  const store = await openStore(database)
  const answers = new Map<string, BareAnswer>()
  for (const path of Object.values(REQUESTS)) answers.set(path, await bareAnswer(store.db, base, path))
  await store.close()

  const prepare = database.startsWith('sqlite:') ? onSqlite(database) : onPostgres(database)
  const prepared = new Map(
    [...answers].map(([path, { statements, bodyOf }]) => [
      `/fhir/${path}`,
      { statements: statements.map(prepare), bodyOf },
    ]),
  )
  const server = createServer(async (request, response) => {
    const answer = prepared.get(request.url ?? '')
    if (!answer) return response.writeHead(404).end()
    const rows: Rows[] = []
    for (const run of answer.statements) {
      const result = run()
      rows.push(result instanceof Promise ? await result : result)
    }
    const body = answer.bodyOf(rows)
    response.setHeader('content-type', 'application/fhir+json; charset=utf-8').end(body)
  })
  await new Promise<void>((listening) => server.listen(config.port, config.host, listening))
})

const onSqlite = (database: string) => {
  const sqlite = new DatabaseSync(database.replace(/^sqlite:/, ''))
  return ({ sql, parameters }: CompiledQuery): Run => {
    const statement = sqlite.prepare(sql)
    const values = parameters as SQLInputValue[]
    return () => statement.all(...values) as Rows
  }
}

const onPostgres = (database: string) => {
  const pool = new pg.Pool({ connectionString: database })
  let names = 0
  return ({ sql, parameters }: CompiledQuery): Run => {
    const query = { name: `asked ${++names}`, text: sql, values: [...parameters] }
    return async () => (await pool.query(query)).rows
  }
}
