import browser, { type Omnibox, type Storage } from 'webextension-polyfill'
import { readSearchWords } from '../../values/search-words.ts'
import { ProblemError } from '../messages/errors.ts'
import { isWhole } from '../messages/extent.ts'
import {
  extentOf,
  type Patient,
  type PatientPage,
  type PatientQuery,
  shownIdentifiers,
} from '../messages/patients.ts'
import type { Connection, PopupPlace } from '../messages/state.ts'
import { items } from '../storage/items.ts'
import { rememberPlace } from './describe-state.ts'

interface Dependencies {
  isLocked(): Promise<boolean>
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  connections(): Promise<Connection[]>
  search(request: { connectionId: string; query: PatientQuery }, signal: AbortSignal): Promise<PatientPage>
  /** Milliseconds without typing before a search, because every search is an entry in the organization's access log. */
  pause?: number
}

const mostPatients = 5
const shortestInput = 2
const popup = 'extension/popup/index.html'

/**
 * Searches patients with `chart` in the address bar, at the organization where a clinician is signed in. The worker passes the
 * result to the popup, so the address names nobody and results stay in memory.
 */
export const watchOmnibox = (dependencies: Dependencies): void => {
  const { isLocked, whileOpen, connections, search, pause = 350 } = dependencies
  let latestInput = 0
  let searching = new AbortController()
  let results: { typed: string; connectionId: string; patients: Patient[] } | undefined

  const findClinician = async (): Promise<Connection | undefined> => {
    const { connectionId } = await items.place.get()
    const candidates = (await connections()).filter(
      ({ signedIn, person, can }) => signedIn && person.role === 'clinician' && can.searchPatients,
    )
    return candidates.find(({ id }) => id === connectionId) ?? candidates[0]
  }

  /** Aborts the search for earlier input. */
  const abandon = () => {
    searching.abort(new ProblemError('abandoned'))
    searching = new AbortController()
  }

  const onInputChanged = async (text: string, suggest: (suggestions: Omnibox.SuggestResult[]) => void) => {
    const thisInput = ++latestInput
    abandon()
    const input = text.trim()
    await new Promise((resolve) => setTimeout(resolve, pause))
    if (thisInput !== latestInput) return
    if (await isLocked()) {
      results = undefined
      setSuggestion('omnibox_locked', '')
      return suggest([])
    }
    const clinician = await findClinician()
    setSuggestion(clinician ? 'omnibox_search' : 'omnibox_signed_out', clinician?.providerName ?? '')
    if (!clinician || input.length < shortestInput) return suggest([])
    const connectionId = clinician.id
    const query = queryOf(input)
    if (!query) return suggest([])
    const page = await search({ connectionId, query }, searching.signal).catch(() => undefined)
    if (thisInput !== latestInput || (await isLocked())) return
    if (!page) {
      setSuggestion('omnibox_failed', clinician.providerName)
      return suggest([])
    }
    const patients = page.patients.slice(0, mostPatients)
    results = { typed: input, connectionId, patients }
    if (patients.length === 0 && isWhole(extentOf([page])))
      setSuggestion('omnibox_nothing', clinician.providerName)
    // A suggestion puts only the typed text into the address bar, never a result.
    suggest(
      patients.map((patient, index) => ({
        content: `${input} #${index + 1}`,
        description: escapeText(describePatient(patient)),
      })),
    )
  }

  const onInputEntered = async (text: string, disposition: Omnibox.OnInputEnteredDisposition) => {
    latestInput++
    // Text typed while locked may be a name, so it is not kept.
    if (!(await isLocked())) {
      const place = await placeOf(text.trim())
      await whileOpen(() => rememberPlace(place)).catch(() => undefined)
    }
    results = undefined
    const url = browser.runtime.getURL(popup)
    if (disposition === 'currentTab') await browser.tabs.update({ url })
    else await browser.tabs.create({ url, active: disposition === 'newForegroundTab' })
  }

  const placeOf = async (text: string): Promise<PopupPlace> => {
    const [, input, number] = /^(.*) #(\d)$/.exec(text) ?? []
    const patient = results?.typed === input ? results?.patients[Number(number) - 1] : undefined
    if (results && patient) return { connectionId: results.connectionId, patient }
    const clinician = await findClinician()
    if (!clinician) return {}
    const anything = input ?? text
    const query = queryOf(anything)
    return {
      connectionId: clinician.id,
      ...(anything !== '' && { typed: { anything }, ...(query && { asked: query }) }),
    }
  }

  // Clears the address bar, where results and the organization's name would otherwise stay.
  browser.storage.onChanged.addListener((changes: Record<string, Storage.StorageChange>) => {
    const isClosing = items.closing.key in changes
    if (!isClosing && !(items.lock.key in changes)) return
    latestInput++
    abandon()
    results = undefined
    setSuggestion(isClosing ? 'omnibox_locked' : 'omnibox_signed_out', '')
  })
  browser.omnibox.onInputChanged.addListener(onInputChanged)
  browser.omnibox.onInputEntered.addListener(onInputEntered)
  browser.omnibox.onInputCancelled.addListener(() => {
    latestInput++
    abandon()
    results = undefined
  })
}

/** Reads the text as the one box of the popup does; undefined if there is nothing to search for. */
const queryOf = (input: string): PatientQuery | undefined => {
  const anything = readSearchWords(input, browser.i18n.getUILanguage())
  return anything === 'no-such-date' || Object.keys(anything).length === 0 ? undefined : { anything }
}

/** Describes a patient so that namesakes can be told apart. */
const describePatient = (patient: Patient): string => {
  const { name, birthDate, deceased, place } = patient
  const [identifier] = shownIdentifiers(patient)
  return [
    name,
    birthDate && dayOf(birthDate),
    deceased && wordsOfDeath(deceased),
    identifier && `${identifier.label} ${identifier.value}`,
    place,
  ]
    .filter(Boolean)
    .join(' · ')
}

const wordsOfDeath = (deceased: string | true): string =>
  deceased === true ? browser.i18n.getMessage('deceased') : browser.i18n.getMessage('died', [dayOf(deceased)])

/** Formats a full date as `15 Jan 1980`; a shorter one stays as recorded. */
const dayOf = (date: string): string =>
  /^\d{4}-\d{2}-\d{2}$/.test(date)
    ? new Intl.DateTimeFormat(browser.i18n.getMessage('language'), {
        dateStyle: 'medium',
        timeZone: 'UTC',
      }).format(new Date(date))
    : date

const setSuggestion = (word: string, organization: string): void =>
  browser.omnibox.setDefaultSuggestion({
    description: escapeText(browser.i18n.getMessage(word, [organization])),
  })

/** Escapes a description for Chrome, which reads it as XML; Firefox reads it as text. */
const escapeText = (text: string): string =>
  browser.runtime.getURL('').startsWith('chrome-extension:')
    ? text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
    : text
