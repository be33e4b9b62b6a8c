import type { Storage } from 'webextension-polyfill'
import messages from '../../extension/_locales/en/messages.json' with { type: 'json' }

type Changed = (changes: Record<string, Storage.StorageChange>, area: string) => void

/** The parts of a browser that the worker's code needs; `webextension-polyfill` resolves to this in Node tests. */
const changed = new Set<Changed>()

const createArea = (name: string) => {
  const values = new Map<string, string>()
  const write = (key: string, text: string | undefined) => {
    const oldText = values.get(key)
    if (text === undefined) values.delete(key)
    else values.set(key, text)
    const change = { oldValue: parse(oldText), newValue: parse(text) }
    for (const listener of changed) listener({ [key]: change }, name)
  }
  return {
    // Stored as text, so that a read never returns the stored object, and a test can search it like a dump of the
    // profile.
    get: async (key?: string) =>
      Object.fromEntries(
        [...values].filter(([k]) => key === undefined || k === key).map(([k, v]) => [k, parse(v)]),
      ),
    set: async (entries: Record<string, unknown>) => {
      for (const [key, value] of Object.entries(entries)) write(key, JSON.stringify(value))
    },
    remove: async (keys: string | string[]) => {
      for (const key of [keys].flat()) write(key, undefined)
    },
    clear: async () => {
      for (const key of [...values.keys()]) write(key, undefined)
    },
  }
}

const parse = (text: string | undefined): unknown => (text === undefined ? undefined : JSON.parse(text))

const createEvent = <Listener>(listeners = new Set<Listener>()) => ({
  listeners,
  addListener: (listener: Listener) => void listeners.add(listener),
  removeListener: (listener: Listener) => void listeners.delete(listener),
})

const id = 'dalpiflagoafecnakabbknjkoiiobpmf'

/** What the toolbar shows. */
export const shownOnToolbar = { text: '', color: '', title: '' }

/** When each alarm goes off, by its name; milliseconds since 1970. Tests trigger them. */
export const alarmsSet = new Map<string, number>()

/** The address bar's suggestions for the keyword, and the addresses that tabs were sent to. */
export const shownInAddressBar = { description: '' }
export const openedTabs: string[] = []

/** Match patterns of the hosts that a person has allowed. */
export const allowedHosts = new Set<string>()

export const fakeBrowser = {
  storage: {
    local: createArea('local'),
    session: createArea('session'),
    managed: createArea('managed'),
    onChanged: createEvent(changed),
  },
  runtime: {
    id,
    getURL: (path: string) => `chrome-extension://${id}/${path}`,
    onMessage: createEvent<(message: unknown, sender: unknown) => Promise<unknown> | undefined>(),
    onConnect: createEvent<(port: unknown) => void>(),
    onStartup: createEvent<() => void>(),
    connect: (_of: { name: string }) => ({ onDisconnect: createEvent<() => void>() }),
    /** Each test provides the answers. */
    sendMessage: async (_message: unknown): Promise<unknown> => undefined,
  },
  identity: {
    getRedirectURL: () => `https://${id}.chromiumapp.org/`,
    /** Each test provides the person in the sign-in window. */
    launchWebAuthFlow: async (_details: { url: string }): Promise<string> => {
      throw new Error('The user did not approve access.')
    },
  },
  action: {
    setBadgeText: async ({ text }: { text: string }) => void Object.assign(shownOnToolbar, { text }),
    setBadgeBackgroundColor: async ({ color }: { color: string }) =>
      void Object.assign(shownOnToolbar, { color }),
    setTitle: async ({ title }: { title: string }) => void Object.assign(shownOnToolbar, { title }),
  },
  alarms: {
    onAlarm: createEvent<(alarm: { name: string }) => Promise<void>>(),
    create: (
      name: string,
      { when = Number.NaN, delayInMinutes }: { when?: number; delayInMinutes?: number },
    ) => void alarmsSet.set(name, delayInMinutes === undefined ? when : Date.now() + delayInMinutes * 60_000),
    clear: async (name: string) => alarmsSet.delete(name),
    clearAll: async () => alarmsSet.clear(),
    get: async (name: string) =>
      alarmsSet.has(name) ? { name, scheduledTime: alarmsSet.get(name) ?? 0 } : undefined,
  },
  omnibox: {
    onInputChanged: createEvent<(text: string, suggest: (suggestions: unknown[]) => void) => Promise<void>>(),
    onInputEntered: createEvent<(text: string, disposition: string) => Promise<void>>(),
    onInputCancelled: createEvent<() => void>(),
    setDefaultSuggestion: ({ description }: { description: string }) =>
      void Object.assign(shownInAddressBar, { description }),
  },
  tabs: {
    create: async ({ url }: { url: string }) => void openedTabs.push(url),
    update: async ({ url }: { url: string }) => void openedTabs.push(url),
  },
  permissions: {
    contains: async () => true,
    getAll: async () => ({ origins: [...allowedHosts] }),
    remove: async ({ origins }: { origins: string[] }) => {
      for (const origin of origins) allowedHosts.delete(origin)
      return true
    },
  },
  i18n: {
    getUILanguage: (): string => 'en-US',
    getMessage: (key: string, given: string[] = []): string =>
      ((messages as Record<string, { message: string }>)[key]?.message ?? '').replaceAll(
        /\$(\d)/g,
        (_, position) => given[Number(position) - 1] ?? '',
      ),
  },
}

const unanswered = { ...fakeBrowser.identity, ...fakeBrowser.runtime }

/** As in a newly installed browser, because test files that share a process must not affect each other. */
export const resetBrowser = async (): Promise<void> => {
  const { runtime, storage, alarms, omnibox, identity } = fakeBrowser
  for (const { listeners } of [
    runtime.onMessage,
    runtime.onConnect,
    runtime.onStartup,
    storage.onChanged,
    alarms.onAlarm,
    omnibox.onInputChanged,
    omnibox.onInputEntered,
    omnibox.onInputCancelled,
  ])
    listeners.clear()
  for (const area of [storage.local, storage.session, storage.managed]) await area.clear()
  alarmsSet.clear()
  allowedHosts.clear()
  openedTabs.length = 0
  Object.assign(shownOnToolbar, { text: '', color: '', title: '' })
  identity.launchWebAuthFlow = unanswered.launchWebAuthFlow
  runtime.sendMessage = unanswered.sendMessage
}

// biome-ignore lint/style/noDefaultExport: webextension-polyfill has one
export default fakeBrowser
