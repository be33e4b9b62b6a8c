import { html as template } from 'htm/preact'
import type { VNode } from 'preact'
import { renderToString } from 'preact-render-to-string'

/**
 * HTML as a tagged template. Every inserted value becomes text or an attribute and is escaped, so markup from outside cannot
 * enter. Class names and attributes are HTML's.
 */
export const html = template as (strings: TemplateStringsArray, ...values: unknown[]) => VNode

/** The content of an element. */
export type Content = VNode | string | undefined | false | readonly Content[]

export const render = (page: VNode): string => `<!doctype html>${renderToString(page)}`
