import type { Store } from '../../store/store.ts'
import { findClientRow } from './clients.ts'
import { allClientRows, type ClientRow } from './list-clients.ts'
import { isExtensionPage, parseLaunchUri } from './registered-addresses.ts'

/** A registered application that the record system can open. */
export interface LaunchableClient {
  readonly clientId: string
  readonly name: string
  /** Host of the launch address; absent for a browser extension, because its host is only an id. */
  readonly host: string | undefined
  /** Origin of the launch address, for a CSP. `URL.origin` is "null" for the pages of an extension. */
  readonly origin: string
  readonly launchUri: string
  /** As `OauthRecordTable.client_generation`. */
  readonly generation: string
}

interface Metadata {
  client_id: string
  client_name?: string
  launch_uri?: string
  initiate_login_uri?: string
}

/** The applications of one page. */
export interface LaunchableClients {
  readonly applications: readonly LaunchableClient[]
  /** How many more there are with the text in their names. */
  readonly more: number
}

/** Most applications of a page, and most characters of their origins together, which stand in one header. */
const MOST = 50
const MOST_ORIGINS = 3_000
const byName = new Intl.Collator(undefined, { numeric: true })
/** Characters of a name that are looked for. */
const LONGEST_TEXT = 100

/**
 * Lists the applications that the record system can open, by name.
 *
 * @param text stands in the names, in any case; everything is listed without it.
 */
export const listLaunchable = async ({ db }: Pick<Store, 'db'>, text = ''): Promise<LaunchableClients> => {
  const wanted = text.slice(0, LONGEST_TEXT).trim().toLocaleLowerCase()
  let first: LaunchableClient[] = []
  let matchCount = 0
  for await (const rows of allClientRows(db)) {
    const matches = rows
      .flatMap((row) => (row.disabled_at === null && toLaunchable(row)) || [])
      .filter(({ name }) => name.toLocaleLowerCase().includes(wanted))
    matchCount += matches.length
    first = [...first, ...matches].sort((a, b) => byName.compare(a.name, b.name)).slice(0, MOST)
  }
  let room = MOST_ORIGINS
  const applications = first.filter(({ origin }) => {
    room -= origin.length
    return room >= 0
  })
  return { applications, more: matchCount - applications.length }
}

export const findLaunchable = async (
  { db }: Store,
  clientId: string,
): Promise<LaunchableClient | undefined> => {
  const row = await findClientRow(db, clientId)
  return row === undefined || row.disabled_at !== null ? undefined : toLaunchable(row)
}

const toLaunchable = ({
  payload,
  client_generation: generation,
}: Pick<ClientRow, 'payload' | 'client_generation'>): LaunchableClient | undefined => {
  const { client_id, client_name, launch_uri, initiate_login_uri } = JSON.parse(payload) as Metadata
  const launchUri = launch_uri ?? initiate_login_uri
  const url = parseLaunchUri(launchUri)
  if (launchUri === undefined || !url) return undefined
  const host = isExtensionPage(url) ? undefined : url.host
  const origin = `${url.protocol}//${url.host}`
  return { clientId: client_id, name: client_name ?? client_id, host, origin, launchUri, generation }
}
