import en from '../../../../extension/_locales/en/messages.json' with { type: 'json' }
import es from '../../../../extension/_locales/es/messages.json' with { type: 'json' }
import manifest from '../../../../manifest.json' with { type: 'json' }

const messages: Record<string, { message: string }> = navigator.language.startsWith('es') ? es : en

/** Stands in for `webextension-polyfill`: the few browser calls that pages make. */
const browser = {
  i18n: {
    getMessage: (key: string, given: string[] = []): string =>
      (messages[key]?.message ?? '').replaceAll(
        /\$(\d)/g,
        (_, position) => given[Number(position) - 1] ?? '',
      ),
    getUILanguage: () => navigator.language,
  },
  runtime: { getURL: (path: string) => `/${path}`, getManifest: () => ({ version: manifest.version }) },
  tabs: { create: async () => undefined },
  permissions: {
    request: async () => false,
    contains: async () => false,
    onAdded: { addListener: () => undefined, removeListener: () => undefined },
    onRemoved: { addListener: () => undefined, removeListener: () => undefined },
  },
  storage: { onChanged: { addListener: () => undefined, removeListener: () => undefined } },
}

// biome-ignore lint/style/noDefaultExport: it stands in for a package that has one
export default browser
