import { randomUUID } from 'node:crypto'
import { upstreamWrong } from '../../fhir-error.ts'
import { WrongAnswer } from './cut-json.ts'
import type { Bases } from './next-link.ts'
import type { Transport } from './open-transport.ts'
import { readPage } from './read-answer.ts'
import type { Report } from './send.ts'

/** How the FHIR server upstream takes searches. */
export interface SearchForm {
  /** Posted where possible, because addresses end up in logs. */
  readonly isPosted: boolean
  /** It takes `_total=none`. */
  readonly takesNoTotal: boolean
  /** It takes a parameter twice. */
  readonly takesRepeated: boolean
  /** While it has no patients, the result means nothing. */
  readonly isCertain: boolean
}

/** Upstream's totals are never used, and counting may cost it more than finding a page. */
export const NO_TOTAL: Parameters = [['_total', 'none']]

type Parameters = readonly [string, string][]

const OTHER_BASE =
  'the FHIR server upstream calls itself by another address than "source.base", and links below that are not followed: set its own address to "source.base", or name that address in "source.aliases"'

/** Statuses that mean that a server does not have something, whatever the credential and the moment. */
export const isAbsent = (status: number): boolean => status < 500 && ![401, 403, 429].includes(status)
/** Statuses of a server that accepts no posted searches. */
const refusesForms = (status: number): boolean => isAbsent(status) || status === 403 || status === 501

interface SearchFormInput {
  readonly ask: Transport['ask']
  readonly bases: Bases
  readonly report: Report
}

/**
 * Finds out whether searches may be posted, by a search that matches nobody: a server that ignores the form, as Google's does,
 * finds somebody. A server that refuses only `_total`, or a parameter that is given twice, is asked without it.
 *
 * @throws FhirError when it does not answer, or refuses the credential. @throws WrongAnswer as `readPage`.
 */
export const findSearchForm = async ({ ask, bases, report }: SearchFormInput): Promise<SearchForm> => {
  const findsNobody = async (form: URLSearchParams): Promise<boolean> => {
    const { status, text } = await ask({ path: '/Patient/_search', form, expects: refusesForms })
    if (status !== 200) return false
    const { resources, other } = await readPage(text, bases, { type: 'Patient' })
    if (other) report(OTHER_BASE, other)
    return resources.length === 0
  }
  const findsNobodyByGet = async (): Promise<boolean> => {
    const { status, text } = await ask({ path: '/Patient?_count=1', expects: refusesForms })
    return status !== 200 || (await readPage(text, bases, { type: 'Patient' })).resources.length === 0
  }
  const id = randomUUID()
  const takes = (more: Parameters) =>
    findsNobody(new URLSearchParams([['_id', id], ['_count', '1'], ...more])).catch((error: unknown) => {
      if (error instanceof WrongAnswer) return false
      throw error
    })
  /**
   * A refusal may be about the credential or the moment, and so may a page for people. It lasts if the same search by GET is answered,
   * and then refused again.
   */
  const requireLasting = async (): Promise<void> => {
    const { text } = await ask({ path: `/Patient?_id=${id}&_count=1` })
    await readPage(text, bases, { type: 'Patient' })
    if (await takes([])) throw upstreamWrong()
  }
  const twice: Parameters = [['_id', id]]
  const takesBoth = await takes([...NO_TOTAL, ...twice])
  const takesNoTotal = takesBoth || (await takes(NO_TOTAL))
  const isTaken = takesNoTotal || (await takes([]))
  if (!isTaken) await requireLasting()
  const takesRepeated = takesBoth || !isTaken || (await takes(twice))
  const isEmpty = isTaken && (await findsNobody(new URLSearchParams({ _count: '1' })).catch(() => false))
  // A server may answer every posted search with an empty page.
  const isIgnored = isEmpty && !(await findsNobodyByGet())
  const isPosted = isTaken && !isIgnored
  if (!isPosted)
    report('the FHIR server upstream takes no posted searches, so its log of addresses may name patients')
  if (!takesRepeated)
    report('the FHIR server upstream takes no parameter twice, so it is asked for more than is shown')
  return { isPosted, takesNoTotal, takesRepeated, isCertain: !isEmpty || isIgnored }
}
