import { type CompiledQuery, sql } from 'kysely'
import type { PageEntry } from '../../../server/fhir/access/source.ts'
import { embeddedSource } from '../../../server/fhir/embedded-source.ts'
import { bundleParts } from '../../../server/fhir/http/bundle.ts'
import { interactionOf } from '../../../server/fhir/http/interaction.ts'
import { packText } from '../../../server/fhir/http/reply.ts'
import { PATIENT_COLUMNS, PATIENTS_OF_MATCHES } from '../../../server/fhir/search/concerned-patients.ts'
import { COMPARTMENT } from '../../../server/query/compartment.ts'
import { LARGEST_COUNT } from '../../../server/query/parse-controls.ts'
import { parseQuery } from '../../../server/query/parse-query.ts'
import type { Db } from '../../../server/store/schema.ts'
import { PAGE_LINK } from './requests.ts'

/** A request as a server without a guard would answer it: the statements for its rows, and how to join them. */
export interface BareAnswer {
  readonly statements: readonly CompiledQuery[]
  readonly bodyOf: (rows: readonly (readonly object[])[]) => string | Buffer
}

/** @param path below the FHIR base. */
export const bareAnswer = async (db: Db, base: string, path: string): Promise<BareAnswer> => {
  const [address = '', search = ''] = path.split('?')
  const interaction = interactionOf('GET', address)
  switch (interaction.kind) {
    case 'read': {
      const { type, id } = interaction
      const { rows } = await recorded(db, (source) => source.read(type, id, [{}]))
      return { statements: rows, bodyOf: ([rows = []]) => String((rows[0] as PageEntry).json) }
    }
    case 'search': {
      const query = parseQuery(interaction.type, new URLSearchParams(search), { base, strict: true })
      const { rows, counts } = await recorded(db, (source) => source.search(query, [{}]))
      const links = linksOf(`${base}/${query.type}`, `?${query.text}`)
      return {
        statements: [...rows, ...counts],
        bodyOf: ([results = [], count = []]) => {
          const more = results.length > query.count
          // The page's own statement counts, or another.
          const counted = { ...results[0], ...count[0] } as { matches?: number; total?: number }
          const total = more ? (counted.matches ?? counted.total) : results.length
          const resources = results.slice(0, query.count) as PageEntry[]
          const page = { ...(total !== undefined && { total: Number(total) }), resources }
          return packText(bundleParts(base, page, links(more)))
        },
      }
    }
    case 'everything': {
      const query = { patient: interaction.id, types: Object.keys(COMPARTMENT), count: LARGEST_COUNT }
      const { rows } = await recorded(db, (source) =>
        source.everything(query, (type) => (type === 'AuditEvent' ? undefined : [{}])),
      )
      const links = linksOf(`${base}/${address}`, '')
      return {
        statements: rows,
        bodyOf: ([results = [], named = []]) => {
          const resources = results.slice(0, query.count) as PageEntry[]
          const page = { resources, included: named as PageEntry[] }
          return packText(bundleParts(base, page, links(results.length > query.count)))
        },
      }
    }
    default:
      throw new Error(`${path} is not a request to measure.`)
  }
}

/** What the bare server asks the database, as far as the answer shows it. Leaves out whose data it is and where a page begins. */
const recorded = async (
  db: Db,
  ask: (source: ReturnType<typeof embeddedSource>) => Promise<unknown>,
): Promise<{ rows: CompiledQuery[]; counts: CompiledQuery[] }> => {
  const statements: CompiledQuery[] = []
  const executor = db.getExecutor() as { executeQuery: (statement: CompiledQuery) => Promise<unknown> }
  const execute = executor.executeQuery
  executor.executeQuery = (statement) => {
    statements.push(statement)
    return execute.call(executor, statement)
  }
  await ask(embeddedSource(db))
  executor.executeQuery = execute
  const { sql: ofRows } = sql`${sql.join([...PATIENT_COLUMNS])}, `.compile(db)
  const { sql: ofMatches } = sql`, ${PATIENTS_OF_MATCHES}`.compile(db)
  const withoutPatients = statements.map((it) => ({
    ...it,
    sql: it.sql.replace(ofRows, '').replace(ofMatches, ''),
  }))
  return {
    rows: withoutPatients.filter(({ sql }) => /"json"/.test(sql)),
    counts: statements.filter(({ sql }) => sql.startsWith('select count(*) as total')),
  }
}

const linksOf = (address: string, query: string) => (more: boolean) => ({
  self: `${address}${query}`,
  ...(more && { next: `${address}?_page=${PAGE_LINK}` }),
})
