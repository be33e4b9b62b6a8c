/** Attacks that take much of the processor or of time: `npm test` leaves them to `npm run test:thorough`. */
export const COSTLY: readonly string[] = [
  ...['connections', 'exactly-once', 'forwarded', 'gateway', 'guessing-at-once', 'keys', 'large-answers'],
  ...['large-bodies', 'log-backlog', 'regular-expressions', 'sockets', 'stolen-keys'],
]

/** Attacks that end before a database is reached, so PostgreSQL would show nothing more. */
export const WITHOUT_DATABASE: readonly string[] = [
  ...['autoscan', 'bodies', 'connections', 'forwarded', 'large-bodies', 'malformed-requests'],
  ...['regular-expressions', 'sockets'],
]
