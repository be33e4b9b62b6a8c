import pg from 'pg'
import findPassword from 'pgpass'

/**
 * A client that takes a password which its address does not hold from PostgreSQL's password file. `pg` itself does so only until 9.0,
 * and says that with each start.
 */
export class PasswordFileClient extends pg.Client {
  constructor(options?: pg.ClientConfig) {
    super(options)
    // As an option, it would give way to the empty password of the address.
    if (!this.password) Object.assign(this, { password: readPassword })
  }
}

const readPassword = (connection: pg.ClientConfig): Promise<string | undefined> =>
  new Promise((resolve) => findPassword(connection, resolve))
