import type { VNode } from 'preact'
import { html } from './layout.ts'

/**
 * A button that shows and hides passwords. It is hidden until the pages' script gives it its work.
 *
 * @param fields ids of the fields, separated by spaces.
 */
export const showButton = (fields: string, show: string, hide: string): VNode => html`
  <p class="show">
    <button type="button" class="link" hidden data-shows=${fields} data-hide=${hide}>${show}</button>
  </p>
`
