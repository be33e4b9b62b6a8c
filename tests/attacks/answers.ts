import { expect, inject } from 'vitest'
import type { Answer } from './attack.ts'

/** Ids in a searchset Bundle, sorted. An entry about the search itself has none. */
export const idsIn = ({ json }: Answer): string[] => {
  const entries: { resource: { id: string }; search: { mode: string } }[] = json.entry ?? []
  return entries.flatMap(({ resource, search }) => (search.mode === 'outcome' ? [] : resource.id)).sort()
}

/**
 * What could distinguish another patient's resource from one that does not exist: everything but the time and the
 * request id.
 */
export const visibleOf = ({ status, headers, text }: Answer) => ({
  status,
  text,
  headers: [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id'),
})

/** A search that ran and has nothing to show: no entry, and no count of what is hidden. */
export const expectNothingFound = (answer: Answer): void => {
  expect(answer.status, answer.text).toBe(200)
  expect(answer.json).toMatchObject({ resourceType: 'Bundle', type: 'searchset', total: 0 })
  expect(answer.json.entry).toBeUndefined()
}

/**
 * A search that did not run, answered by an OperationOutcome that names the parameter and nothing else.
 *
 * @param name as it was sent, `subject:Patient.name`.
 */
export const expectRefused = (answer: Answer, name: string): void => {
  expect(answer.status, answer.text).toBe(400)
  expect(answer.json.resourceType).toBe('OperationOutcome')
  expect(answer.json.issue[0].code).toBe('not-supported')
  expect(answer.json.issue[0].diagnostics).toContain(name)
}

/** Checks the total of a search that did not request one: in front of another server, only the rows of one page are counted. */
export const expectUnaskedTotal = ({ json }: Answer, total: number): void =>
  expect(json.total).toBe(inject('gateway') ? undefined : total)
