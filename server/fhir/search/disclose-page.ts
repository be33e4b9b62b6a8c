import type { FhirError } from '../../fhir-error.ts'
import { Disclosure, type NamedPatients } from '../access/disclosure.ts'
import type { Page } from '../access/source.ts'

interface FoundPatients {
  /** The patients whose compartments the reach consists of; absent if it is not limited to compartments. */
  readonly compartments: readonly string[] | undefined
  /** Patients of the rows and of what they include, and those whom the search names. */
  readonly concerned: Iterable<string>
  /** Patients whose records hold a row that is shown or counted; not those whom a row only refers to. */
  readonly matched: Iterable<string>
  /** Patients on whose data the total, or its absence, depends. */
  readonly counted: readonly string[]
  readonly named: NamedPatients
  /** Why the search is refused, if not because it concerns too many patients. */
  readonly refusal: FhirError | undefined
}

/** Closes a page of a search until the log's trail holds the patients whom it concerns. It is refused if they are too many. */
export const disclosePage = (page: Page, patients: FoundPatients): Disclosure<Page> => {
  const { compartments, counted, named, refusal } = patients
  const concerned = new Set([...patients.concerned, ...counted])
  const matchedPatients = new Set(patients.matched)
  if (compartments && page.total !== undefined && page.total > 0)
    for (const each of compartments) matchedPatients.add(each)
  const whom = { patients: [...concerned], matched: [...matchedPatients], named }
  return refusal ? Disclosure.refused(refusal, whom) : Disclosure.of(page, whom)
}
