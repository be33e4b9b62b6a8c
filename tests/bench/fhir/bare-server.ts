import { createServer } from 'node:http'
import { DatabaseSync, type SQLInputValue } from 'node:sqlite'
import type { CompiledQuery } from 'kysely'
import { openStore } from '../../../server/cli/database.ts'
import { type Config, fhirBase } from '../../../server/config.ts'
import { bundleText } from '../../../server/fhir/bundle.ts'
import { parseQuery } from '../../../server/fhir/parse-query.ts'
import { searchRecords } from '../../../server/fhir/search-records.ts'
import { answerJob } from '../job.ts'

/** The one SQL statement that the guarded server runs for a search that reaches everything. */
const statementOf = async (database: string, search: string, base: string): Promise<CompiledQuery> => {
  const store = await openStore(database)
  const statements: CompiledQuery[] = []
  const db = new Proxy(store.db, {
    get: (target, name) => {
      if (name === 'executeQuery')
        return (statement: CompiledQuery) => {
          statements.push(statement)
          return target.executeQuery(statement)
        }
      const member = Reflect.get(target, name, target) as unknown
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
  const query = parseQuery('Patient', new URLSearchParams(search), { base, strict: true })
  await searchRecords(db, query, [{}], undefined)
  await store.close()
  const [statement, ...more] = statements
  if (!statement || more.length > 0) throw new Error('This search takes more than one statement.')
  return statement
}

/** The same rows by the same prepared SQL, joined to the same Bundle, and nothing else: no token, no guard, no log. */
answerJob(
  async ({ config, database, searches }: { config: Config; database: string; searches: string[] }) => {
    const base = fhirBase(config)
    const compiled = new Map<string, CompiledQuery>()
    for (const search of searches)
      compiled.set(`/fhir/Patient?${search}`, await statementOf(database, search, base))

    const sqlite = new DatabaseSync(database.replace(/^sqlite:/, ''))
    const prepared = new Map(
      [...compiled].map(([path, { sql, parameters }]) => [
        path,
        { statement: sqlite.prepare(sql), parameters: parameters as SQLInputValue[] },
      ]),
    )
    const server = createServer((request, response) => {
      const path = request.url ?? ''
      const found = prepared.get(path)
      if (!found) return response.writeHead(404).end()
      const resources = found.statement.all(...found.parameters) as never[]
      const self = `${base}${path.slice('/fhir'.length)}`
      const body = bundleText(base, { total: resources.length, resources }, { self })
      response.setHeader('content-type', 'application/fhir+json; charset=utf-8').end(body)
    })
    await new Promise<void>((listening) => server.listen(config.port, config.host, listening))
  },
)
