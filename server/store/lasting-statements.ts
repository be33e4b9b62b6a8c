import {
  type CompiledQuery,
  type QueryId,
  type RootOperationNode,
  SqliteDialect,
  SqliteQueryCompiler,
} from 'kysely'

/**
 * The SQLite dialect, with statements that stay prepared. SQLite uses the value of a parameter that is a whole limit or pattern when it plans
 * a statement, and so plans it again each time a value is bound. That costs more than most statements do. It does not look into an expression.
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
