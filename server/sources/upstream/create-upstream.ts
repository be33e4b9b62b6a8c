import { randomUUID } from 'node:crypto'
import { FhirError, pageGone, upstreamLarge, upstreamWrong } from '../../fhir-error.ts'
import { ID } from '../../query/reference.ts'
import { LargeAnswer, WrongAnswer } from './cut-json.ts'
import { type Bases, otherBase, requireLink } from './next-link.ts'
import { METADATA, openTransport, type TransportDeps } from './open-transport.ts'
import { readPage, readResource } from './read-answer.ts'
import { readOffer, UpstreamRefused } from './read-offer.ts'
import type { Upstream, UpstreamOffer, UpstreamPage } from './upstream.ts'

/** How often upstream is asked for its CapabilityStatement, in milliseconds. */
const OFFER_INTERVAL = 3_600_000

/** Upstream's totals are never used, and counting may cost it more than finding a page. */
const NO_TOTAL: Parameters = [['_total', 'none']]

type Parameters = readonly [string, string][]

const OTHER_BASE =
  'the FHIR server upstream calls itself by another address than "source.base", and links below that are not followed: set its own address to "source.base", or name that address in "source.aliases"'

const isGone = (status: number): boolean => status === 404 || status === 410
/** Statuses that mean that a server does not have something, whatever the credential and the moment. */
const isAbsent = (status: number): boolean => status < 500 && ![401, 403, 429].includes(status)
/** Statuses of a server that accepts no posted searches. If it refuses the credential, the search itself will show that. */
const refusesForms = (status: number): boolean => isAbsent(status) || status === 403 || status === 501

export interface OpenUpstream extends Upstream {
  close(): Promise<void>
}

/**
 * Opens a connection to another FHIR server. If it cannot be reached now, tries again later, so that the two servers can be
 * started in any order.
 *
 * @throws UpstreamRefused when the server at the address is not a FHIR R4 server.
 * @throws Error with a sentence for the operator when a file of the credential cannot be used.
 */
export const createUpstream = async (deps: TransportDeps): Promise<OpenUpstream> => {
  const { report } = deps
  const { base, aliases = [] } = deps.source
  const bases: Bases = [base, ...aliases]
  const { ask, health, close: closeTransport } = await openTransport(deps)
  let takesForms: Promise<boolean> | undefined
  let takesNoTotal = false
  let takesRepeated = false
  let knownOffer: UpstreamOffer | undefined
  let loading: Promise<UpstreamOffer> | undefined

  /** Reads an answer; if it cannot be used, logs why. */
  const understand = async <T>(readAnswer: () => Promise<T>): Promise<T> => {
    try {
      return await readAnswer()
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error
      report('an answer of the FHIR server upstream is not used', { reason: error.message })
      throw error instanceof LargeAnswer ? upstreamLarge() : upstreamWrong()
    }
  }

  const findsNobody = async (form: URLSearchParams): Promise<boolean> => {
    const { status, text } = await ask({ path: '/Patient/_search', form, expects: refusesForms })
    if (status !== 200) return false
    const { resources } = readPage(text, bases, { type: 'Patient' })
    const address = otherBase(JSON.parse(text).link, bases)
    if (address !== undefined) report(OTHER_BASE, { address })
    return resources.length === 0
  }

  /**
   * Finds out whether searches may be posted, by a search that matches nobody: a server that ignores the form, as Google's does,
   * finds somebody. While upstream has no patients, the result means nothing, so the test is repeated. A server that refuses only
   * `_total`, or a parameter that is given twice, is asked without it.
   */
  const tryForms = async (): Promise<boolean> => {
    const id = randomUUID()
    const takes = (more: Parameters) =>
      findsNobody(new URLSearchParams([['_id', id], ['_count', '1'], ...more])).catch((error: unknown) => {
        if (error instanceof WrongAnswer) return false
        throw error
      })
    const twice: Parameters = [['_id', id]]
    takesNoTotal = takesRepeated = await takes([...NO_TOTAL, ...twice])
    if (!takesNoTotal) takesNoTotal = await takes(NO_TOTAL)
    const isTaken = takesNoTotal || (await takes([]))
    if (!takesRepeated) takesRepeated = !isTaken || (await takes(twice))
    const isEmpty = isTaken && (await findsNobody(new URLSearchParams({ _count: '1' })).catch(() => false))
    // A server may answer every posted search with an empty page.
    const isIgnored = isEmpty && !(await findsNobodyByGet())
    if (isEmpty && !isIgnored) takesForms = undefined
    if (!isTaken || isIgnored)
      report('the FHIR server upstream takes no posted searches, so its log of addresses may name patients')
    if (!takesRepeated)
      report('the FHIR server upstream takes no parameter twice, so it is asked for more than is shown')
    return isTaken && !isIgnored
  }

  const findsNobodyByGet = async (): Promise<boolean> => {
    const { status, text } = await ask({ path: '/Patient?_count=1', expects: refusesForms })
    return status !== 200 || readPage(text, bases, { type: 'Patient' }).resources.length === 0
  }

  const search = async (
    type: string,
    asked: URLSearchParams,
    left: AbortSignal | undefined,
  ): Promise<UpstreamPage> => {
    const values = [...asked.values()]
    takesForms ??= tryForms().catch((error: unknown) => {
      takesForms = undefined
      throw error
    })
    const isPosted = await takesForms
    const parameters = new URLSearchParams([
      // The rows are checked here anyway.
      ...(takesRepeated ? asked : new Map([...asked].toReversed())),
      ...(takesNoTotal ? NO_TOTAL : []),
    ])
    // Posted where possible, because addresses end up in logs.
    const { text } = isPosted
      ? await ask({ path: `/${type}/_search`, form: parameters, values, left })
      : await ask({ path: `/${type}?${parameters}`, values, left })
    return readPage(text, bases, { type })
  }

  const loadOffer = (): Promise<UpstreamOffer> => {
    const load = async () => {
      const answer = await ask({ path: METADATA, expects: isAbsent })
      knownOffer = readOffer(answer, base)
      takesForms = undefined
      return knownOffer
    }
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }

  const reportOffer = ({ message }: Error): void =>
    report('the CapabilityStatement of the FHIR server upstream cannot be read', { reason: message })

  const timer = setInterval(() => void loadOffer().catch(reportOffer), OFFER_INTERVAL).unref()
  const close = async (): Promise<void> => {
    clearInterval(timer)
    await closeTransport()
  }

  await loadOffer().catch(async (error: Error) => {
    if (error instanceof FhirError) return reportOffer(error)
    await close()
    if (!(error instanceof WrongAnswer)) throw error
    throw new UpstreamRefused(
      `There is no FHIR server at ${base}: of the answer at ${base}/metadata, ${error.message}.`,
    )
  })

  return {
    read: (type, id, left) =>
      understand(async () => {
        // An invalid id, or one that is the name of a folder, would lead to another address.
        if (!ID.test(id) || id === '.' || id === '..') return undefined
        const { status, text } = await ask({ path: `/${type}/${id}`, expects: isGone, values: [id], left })
        if (status === 410) return 'gone'
        return status === 404 ? undefined : readResource(text, bases, type, id)
      }),
    search: (type, parameters, left) => understand(() => search(type, parameters, left)),
    follow: (next, left) =>
      understand(async () => {
        const path = requireLink(next, base)
        const values = [...new URLSearchParams(path.slice(path.indexOf('?'))).values()]
        const { status, text } = await ask({ path, expects: isGone, values, left })
        if (isGone(status)) throw pageGone()
        return readPage(text, bases, { asked: next })
      }),
    offer: async () =>
      knownOffer ??
      loadOffer().catch((error: Error) => {
        if (error instanceof FhirError) throw error
        reportOffer(error)
        throw upstreamWrong()
      }),
    health,
    close,
  }
}
