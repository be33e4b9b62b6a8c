import {
  type CompiledQuery,
  type QueryId,
  type RootOperationNode,
  SqliteDialect,
  SqliteQueryCompiler,
} from 'kysely'

/**
 * The SQLite dialect, with statements that stay prepared. If a limit or a pattern is just a parameter, SQLite plans the statement by its
 * value, and so plans it again each time a value is bound. That costs more than running most statements. It does not look inside an
 * expression.
 */
export class LastingSqliteDialect extends SqliteDialect {
  override createQueryCompiler(): SqliteQueryCompiler {
    return new LastingQueryCompiler()
  }
}

class LastingQueryCompiler extends SqliteQueryCompiler {
  override compileQuery(node: RootOperationNode, queryId: QueryId): CompiledQuery {
    const query = super.compileQuery(node, queryId)
    return {
      ...query,
      sql: query.sql.replaceAll(' limit ?', ' limit ? + 0').replaceAll(' like ?', " like ? || ''"),
    }
  }
}
