import { isSameGrant, type ReadTerms } from '../auth/grant/narrow-grant.ts'
import type { Sessions } from '../auth/grant/session.ts'
import type { Locking } from '../lock/lock.ts'
import type { PatientPage, PatientQuery } from '../messages/patients.ts'
import { items, type StoredSearch } from '../storage/items.ts'

/** In characters of JSON: far more than a few hundred patients usually take, and a small part of the session's storage. */
const longestSearch = 500_000

/** Milliseconds. An older search is asked again: the organization may show its people something else by now. */
const longestKept = 3_600_000

/**
 * Keeps the last search of each session in memory, so that a popup that is opened again, or comes back from a patient, shows it
 * without asking the organization, which would log it again.
 */
export const createLastSearches = (sessions: Sessions, whileOpen: Locking['whileOpen']) => {
  /**
   * Changes what is kept, after the answer, which does not wait for it. Waits for the same lock as refreshes do, so nothing is kept of a
   * session that has ended or become narrower, and nothing once the lock closes; signing out deletes once more after that lock.
   */
  const change = (
    connectionId: string,
    readIn: ReadTerms,
    to: (before: StoredSearch | undefined) => StoredSearch | undefined,
  ): void => {
    const change = async () => {
      if (!isSameGrant(readIn, await sessions.find(connectionId))) return
      await items.lastSearches.change(connectionId, (before) => {
        const after = to(before)
        return after && JSON.stringify(after).length > longestSearch ? undefined : after
      })
    }
    // A full storage must not cost the person the answer.
    whileOpen(() => sessions.exclusively(connectionId, change)).catch(() => undefined)
  }

  return {
    find: async (connectionId: string, query: PatientQuery): Promise<PatientPage | undefined> => {
      if (!(await sessions.find(connectionId))) return undefined
      const lastSearch = await items.lastSearches.find(connectionId)
      return lastSearch && Date.now() - lastSearch.readAt < longestKept && sameQuery(lastSearch.query, query)
        ? { ...lastSearch.page, readAt: lastSearch.readAt }
        : undefined
    },

    keep: (connectionId: string, readIn: ReadTerms, query: PatientQuery, page: PatientPage) =>
      change(connectionId, readIn, () => ({ query, page, readAt: Date.now() })),

    /** Adds the page after the kept ones; a page of another search changes nothing. */
    extend: (connectionId: string, readIn: ReadTerms, next: string, page: PatientPage) =>
      change(connectionId, readIn, (lastSearch) => {
        if (lastSearch?.page.next !== next) return lastSearch
        const total = page.total ?? lastSearch.page.total
        const patients = [...lastSearch.page.patients, ...page.patients]
        return { ...lastSearch, page: { ...page, patients, ...(total !== undefined && { total }) } }
      }),
  }
}

const sameQuery = (one: PatientQuery, other: PatientQuery): boolean => textOf(one) === textOf(other)

const textOf = ({ anything, ...fields }: PatientQuery): string =>
  JSON.stringify([Object.entries(fields).sort(), Object.entries(anything ?? {}).sort()])
