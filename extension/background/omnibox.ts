import browser, { type Omnibox, type Storage } from 'webextension-polyfill'
import { readSearchWords } from '../../values/search-words.ts'
import { withHost } from '../messages/addresses.ts'
import type { PatientQuery } from '../messages/patients.ts'
import type { Connection, PopupPlace } from '../messages/state.ts'
import { items } from '../storage/items.ts'
import { rememberPlace } from './describe-state.ts'

interface Dependencies {
  isLocked(): Promise<boolean>
  whileOpen<T>(work: () => Promise<T>): Promise<T>
  connections(): Promise<Connection[]>
}

interface Chosen {
  /** Absent if the line named no organization. */
  connectionId: string | undefined
  input: string
}

const popup = 'extension/popup/index.html'

/**
 * Searches patients with `chart` in the address bar. An organization itself says that somebody is a clinician there, so what is typed
 * leaves only with Enter, and only to the organization that the chosen line names. The worker passes the words to the popup, so the
 * address names nobody.
 */
export const watchOmnibox = ({ isLocked, whileOpen, connections }: Dependencies): void => {
  let latestInput = 0
  /** The connection whose organization the first line names. */
  let named: string | undefined
  /** The further lines, by what each puts into the address bar. */
  let choices = new Map<string, Chosen>()

  /** One connection for each organization where a clinician is signed in, the one that was open last first. */
  const findClinicians = async (): Promise<Connection[]> => {
    const { connectionId } = await items.place.get()
    const clinicians = (await connections())
      .filter(({ signedIn, person, can }) => signedIn && person.role === 'clinician' && can.searchPatients)
      .toSorted((a, b) => Number(b.id === connectionId) - Number(a.id === connectionId))
    return [...Map.groupBy(clinicians, ({ providerId }) => providerId).values()].flatMap(
      ([first]) => first ?? [],
    )
  }

  /** Changes the first line, which Enter takes, and forgets the others. */
  const showFirst = (word: string, clinician?: Connection): void => {
    named = clinician?.id
    choices = new Map()
    const description = escapeText(browser.i18n.getMessage(word, [clinician ? nameOf(clinician) : '']))
    browser.omnibox.setDefaultSuggestion({ description })
  }

  const onInputChanged = async (text: string, suggest: (suggestions: Omnibox.SuggestResult[]) => void) => {
    const thisInput = ++latestInput
    const input = text.trim()
    const clinicians = (await isLocked()) ? undefined : await findClinicians()
    if (thisInput !== latestInput) return
    if (!clinicians) showFirst('omnibox_locked')
    else if (clinicians.length > 1) showFirst('omnibox_choose')
    else showFirst(clinicians.length === 1 ? 'omnibox_search' : 'omnibox_signed_out', clinicians[0])
    if (!clinicians || clinicians.length < 2 || input === '') return suggest([])
    choices = new Map(
      clinicians.map((each) => [`${input} · ${nameOf(each)}`, { connectionId: each.id, input }]),
    )
    suggest(
      clinicians.map((each) => ({
        content: `${input} · ${nameOf(each)}`,
        description: escapeText(browser.i18n.getMessage('omnibox_search', [nameOf(each)])),
      })),
    )
  }

  const onInputEntered = async (text: string, disposition: Omnibox.OnInputEnteredDisposition) => {
    latestInput++
    const input = text.trim()
    const chosen = choices.get(input) ?? { connectionId: named, input }
    // Text typed while locked may be a name, so it is not kept.
    if (!(await isLocked())) {
      const place = await placeOf(chosen)
      await whileOpen(() => rememberPlace(place)).catch(() => undefined)
    }
    const url = browser.runtime.getURL(popup)
    if (disposition === 'currentTab') await browser.tabs.update({ url })
    else await browser.tabs.create({ url, active: disposition === 'newForegroundTab' })
  }

  /** Returns a search at the organization that the chosen line named; without one, nothing is searched for. */
  const placeOf = async ({ connectionId, input }: Chosen): Promise<PopupPlace> => {
    const clinicians = await findClinicians()
    if (connectionId === undefined || !clinicians.some(({ id }) => id === connectionId))
      return clinicians.length > 0 ? { home: true } : {}
    const query = queryOf(input)
    return {
      connectionId,
      ...(input !== '' && { typed: { anything: input }, ...(query && { asked: query }) }),
    }
  }

  // Clears the address bar, where an organization's name would otherwise stay.
  browser.storage.onChanged.addListener((changes: Record<string, Storage.StorageChange>) => {
    const isClosing = items.closing.key in changes
    if (!isClosing && !(items.lock.key in changes)) return
    latestInput++
    showFirst(isClosing ? 'omnibox_locked' : 'omnibox_signed_out')
  })
  browser.omnibox.onInputChanged.addListener(onInputChanged)
  browser.omnibox.onInputEntered.addListener(onInputEntered)
}

/** Reads the text as the one box of the popup does; undefined if there is nothing to search for. */
const queryOf = (input: string): PatientQuery | undefined => {
  const anything = readSearchWords(input, browser.i18n.getUILanguage())
  return anything === 'no-such-date' || Object.keys(anything).length === 0 ? undefined : { anything }
}

const nameOf = ({ providerName, host }: Connection): string => withHost({ name: providerName, host })

/** Escapes a description for Chrome, which reads it as XML; Firefox reads it as text. */
const escapeText = (text: string): string =>
  browser.runtime.getURL('').startsWith('chrome-extension:')
    ? text.replace(/[<>&"']/g, (character) => `&#${character.charCodeAt(0)};`)
    : text
