import type { Plugin } from 'vite'

const STYLESHEET = /<link rel="stylesheet"[^>]*>/g

/**
 * Links a stylesheet that several pages share before the page's own, which overrides it. Vite keeps that order only if the page's first
 * script also loads code that all pages share.
 */
export const sharedStylesFirst = (): Plugin => ({
  name: 'carekey-shared-styles-first',
  enforce: 'post',
  generateBundle: {
    order: 'post',
    handler(_options, bundle) {
      const pages = Object.values(bundle).flatMap((file) =>
        file.type === 'asset' && file.fileName.endsWith('.html') ? [file] : [],
      )
      const linksOf = ({ source }: { source: unknown }) => String(source).match(STYLESHEET) ?? []
      const all = pages.flatMap(linksOf)
      const pagesWith = (link: string) => all.filter((each) => each === link).length
      for (const page of pages) {
        const links = linksOf(page).sort((a, b) => pagesWith(b) - pagesWith(a))
        page.source = String(page.source).replace(STYLESHEET, () => links.shift() ?? '')
      }
    },
  },
})
