import { FhirError, pageGone, upstreamLarge, upstreamWrong } from '../../fhir-error.ts'
import { ID } from '../../query/reference.ts'
import { LargeAnswer, WrongAnswer } from './cut-json.ts'
import { type Bases, requireLink } from './next-link.ts'
import { isFhir, METADATA, openTransport, type TransportDeps } from './open-transport.ts'
import { readPage, readResource } from './read-answer.ts'
import { afterFormer, readOffer, UpstreamRefused } from './read-offer.ts'
import { findSearchForm, isAbsent, NO_TOTAL, type SearchForm } from './search-form.ts'
import type { ReadingTerms, Upstream, UpstreamOffer, UpstreamPage } from './upstream.ts'

/** How often upstream is asked for its CapabilityStatement, in milliseconds. */
const OFFER_INTERVAL = 3_600_000

/** How long it holds how searches are taken while that is uncertain, in milliseconds. */
const UNCERTAIN = 60_000

const isGone = (status: number): boolean => status === 404 || status === 410
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
  const { ask, understood, health, close: closeTransport } = await openTransport(deps)
  let searchForm: SearchForm | undefined
  let finding: Promise<SearchForm> | undefined
  let soughtAt = Number.NEGATIVE_INFINITY
  let knownOffer: UpstreamOffer | undefined
  let loading: Promise<UpstreamOffer> | undefined

  /** Reads an answer; if it cannot be used, logs why. */
  const understand = async <T>(readAnswer: () => Promise<T>): Promise<T> => {
    try {
      const answer = await readAnswer()
      understood()
      return answer
    } catch (error) {
      if (!(error instanceof WrongAnswer)) throw error
      report('an answer of the FHIR server upstream is not used', { reason: error.message })
      throw error instanceof LargeAnswer ? upstreamLarge() : upstreamWrong()
    }
  }

  const findForm = (): Promise<SearchForm> => {
    const find = async () => {
      soughtAt = performance.now()
      searchForm = await findSearchForm({ ask, bases, report })
      return searchForm
    }
    finding ??= find().finally(() => {
      finding = undefined
    })
    return finding
  }

  /** Searches go on as before until it is known. */
  const findFormAgain = (): void => void findForm().catch(() => {})

  const search = async (
    type: string,
    asked: URLSearchParams,
    terms: ReadingTerms | undefined,
  ): Promise<UpstreamPage> => {
    const { isPosted, takesNoTotal, takesRepeated } = searchForm ?? (await findForm())
    const parameters = new URLSearchParams([
      // The rows are checked here anyway.
      ...(takesRepeated ? asked : new Map([...asked].toReversed())),
      ...(takesNoTotal ? NO_TOTAL : []),
    ])
    const { text } = isPosted
      ? await ask({ path: `/${type}/_search`, form: parameters, terms })
      : await ask({ path: `/${type}?${parameters}`, terms })
    return readPage(text, bases, { type, ...terms })
  }

  const loadOffer = (): Promise<UpstreamOffer> => {
    const load = async () => {
      const answer = await ask({ path: METADATA, expects: isAbsent })
      const { offer, lost } = afterFormer(readOffer(answer, base), knownOffer)
      if (lost.length > 0)
        report('the FHIR server upstream no longer offers types that it offered', { types: lost.join() })
      knownOffer = offer
      if (searchForm) findFormAgain()
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
    read: async (type, id, terms) => {
      if (!ID.test(id)) return undefined
      return understand(async () => {
        const { status, text } = await ask({ path: `/${type}/${id}`, expects: isGone, terms })
        if (!isGone(status)) return readResource(text, bases, type, id)
        // A proxy may say that of everything.
        if (!isFhir(text)) throw new WrongAnswer('it is not FHIR as JSON')
        return status === 410 ? 'gone' : undefined
      })
    },
    prepare: async () => {
      if (!searchForm) await understand(findForm)
      else if (!searchForm.isCertain && performance.now() - soughtAt > UNCERTAIN) findFormAgain()
    },
    search: (type, parameters, terms) => understand(() => search(type, parameters, terms)),
    follow: (next, terms) =>
      understand(async () => {
        const { status, text } = await ask({ path: requireLink(next, base), expects: isGone, terms })
        if (isGone(status)) throw pageGone()
        return readPage(text, bases, { asked: next, ...terms })
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
