/** The package has no types of its own. */
declare module 'pgpass' {
  import type { ClientConfig } from 'pg'

  /** Finds the password of a connection in the file that `PGPASSFILE` names, or in `~/.pgpass`, unless others may read the file. */
  function findPassword(
    connection: Pick<ClientConfig, 'host' | 'port' | 'database' | 'user'>,
    onFound: (password: string | undefined) => void,
  ): void
  export = findPassword
}
