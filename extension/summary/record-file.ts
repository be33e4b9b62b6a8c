import { type Code, ProblemError } from '../messages/errors.ts'
import type { ExportedPage } from '../messages/protocol.ts'
import type { Connection } from '../messages/state.ts'
import { problemOf } from '../ui/words/problem.ts'
import { absentOrganization, leftOut, type MissingPart, missingNote, notShared } from './missing-parts.ts'

export interface RecordFile {
  /** The pieces of a FHIR R4 Bundle of type collection, to concatenate. */
  parts: string[]
  /** Resources of the record; what Carekey adds is not counted. */
  resources: number
  /** The last entry says the same. */
  missing: MissingPart[]
}

type Read = (request: { connectionId: string; next?: string }) => Promise<ExportedPage>

/** Limits for one organization: pages, characters and milliseconds. */
const mostPages = 1000
const mostCharacters = 100_000_000
const mostMilliseconds = 10 * 60_000
/** The most sentences of an organization about its own answers that are quoted; the others are left out. */
const mostRemarks = 10
/** The most characters of all organizations together, shared equally so that none takes another's part. */
const mostTotalCharacters = 400_000_000

/**
 * Reads the record of every connection into one file, page by page, so that it is never parsed or written as a whole. Reads
 * the organizations concurrently, each within its own limits, so that a slow, silent or endless one costs the others nothing.
 *
 * @param others the connections of the person that are left out: asked nothing, and named as missing.
 * @param progress is told how many resources have been read, and of which organizations more is awaited.
 * @param findSignedIn the ids of those connections that are signed in as they were. Of the others nothing stays, also if they ended after their
 * last page: the person may have signed out.
 * @throws `locked` or `abandoned` when the person ends it; then no file is made, not even of the pages read.
 */
export const collectRecord = async (
  connections: Connection[],
  others: Connection[],
  readPage: Read,
  progress: (resources: number, awaited: string[]) => void,
  findSignedIn: () => Promise<ReadonlySet<string>>,
): Promise<RecordFile> => {
  const share = Math.min(mostCharacters, Math.floor(mostTotalCharacters / connections.length))
  const awaited = new Set(connections)
  let resources = 0
  let isOver = false

  const report = () =>
    progress(
      resources,
      [...awaited].map(({ providerName }) => providerName),
    )

  const readFrom = async (connection: Connection) => {
    const { id: connectionId, providerName: organization } = connection
    const entries = new Map<string, string>()
    let own = 0
    const missing = notShared(connection)
    const end = performance.now() + mostMilliseconds
    let characters = 0
    let omitted = 0
    const remarks = new Set<string>()

    const add = (page: ExportedPage): void => {
      let repetitions = 0
      for (const { fullUrl, json } of page.entries) {
        // A resource that several pages refer to, such as a practitioner, comes with each of them.
        if (entries.has(fullUrl)) repetitions++
        else {
          entries.set(fullUrl, entryText(fullUrl, json))
          characters += json.length
        }
      }
      omitted += page.omitted ?? 0
      own += Math.max(0, page.resources - repetitions)
      resources += Math.max(0, page.resources - repetitions)
      report()
    }

    let next: string | undefined
    try {
      for (let pages = 1; !isOver; pages++) {
        const page = await readPage({ connectionId, ...(next !== undefined && { next }) })
        add(page)
        if (page.leftOut) missing.push(...leftOut(connection, page.leftOut))
        if (page.remark !== undefined) remarks.add(page.remark)
        if (page.warning) missing.push({ organization, problem: page.warning })
        if (page.next === undefined) break
        if (characters > share) throw new ProblemError('too-large', { what: `${Math.floor(share / 1e6)} MB` })
        if (performance.now() > end) throw new ProblemError('too-slow')
        if (page.next === next || pages === mostPages) {
          missing.push({ organization })
          break
        }
        next = page.next
      }
    } catch (error) {
      const problem = problemOf(error)
      isOver ||= endingCodes.has(problem.code)
      if (isOver) throw error
      missing.push({ organization, problem })
    }
    if (awaited.delete(connection)) report()
    if (omitted > 0) missing.push({ organization, omitted })
    for (const remark of [...remarks].slice(0, mostRemarks)) missing.push({ organization, remark })
    return { connection, entries, own, missing }
  }

  const results = await Promise.all(connections.map(readFrom))
  const signedIn = await findSignedIn()
  const kept = results.filter(({ connection }) => signedIn.has(connection.id))
  const missing = results.flatMap(({ connection, ...each }) =>
    signedIn.has(connection.id)
      ? each.missing
      : [{ organization: connection.providerName, problem: { code: 'signed-out' } as const }],
  )
  missing.push(...others.map(absentOrganization))
  // Two connections to one organization give some twice.
  const addresses = new Map(kept.flatMap((each) => [...each.entries]))
  const repetitions = kept.reduce((sum, each) => sum + each.entries.size, 0) - addresses.size
  const entries = [...addresses.values()]
  if (missing.length > 0)
    entries.push(entryText(`urn:uuid:${crypto.randomUUID()}`, JSON.stringify(missingNote(missing))))
  return {
    parts: [
      `{"resourceType":"Bundle","type":"collection","timestamp":"${new Date().toISOString()}"`,
      ...entries.flatMap((json, index) => [index === 0 ? ',"entry":[\n' : ',\n', json]),
      entries.length === 0 ? '}' : '\n]}',
    ],
    resources: kept.reduce((sum, { own }) => sum + own, 0) - repetitions,
    missing,
  }
}

/** Codes of an end by the person or the idle timer, which organizations cannot cause. */
const endingCodes: ReadonlySet<Code> = new Set(['locked', 'abandoned'])

/**
 * Returns one entry of the Bundle.
 *
 * @throws SyntaxError for invalid JSON, which could close its own entry in the file and add others.
 */
const entryText = (fullUrl: string, json: string): string => {
  JSON.parse(json)
  return `{"fullUrl":${JSON.stringify(fullUrl)},"resource":${json}}`
}
