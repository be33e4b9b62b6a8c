import messages from '../../../extension/_locales/en/messages.json' with { type: 'json' }

/** The few calls to the browser that pages make. */
const browser = {
  i18n: {
    getMessage: (key: string, given: string[] = []): string =>
      ((messages as Record<string, { message: string }>)[key]?.message ?? '').replaceAll(
        /\$(\d)/g,
        (_, position) => given[Number(position) - 1] ?? '',
      ),
  },
  runtime: { getURL: (path: string) => path, getManifest: () => ({ version: '0.1.0' }) },
  tabs: { create: async () => undefined },
  permissions: {
    request: async () => false,
    contains: async () => false,
    remove: async () => true,
    onAdded: { addListener: () => undefined, removeListener: () => undefined },
    onRemoved: { addListener: () => undefined, removeListener: () => undefined },
  },
}

// biome-ignore lint/style/noDefaultExport: it stands in for a package that has one
export default browser
