import { render, type VNode } from 'preact'
import { language, t, type Word } from '../words/words.ts'

/** Shows a page in the element of its HTML that has this id. Without a title, the one of the HTML stays. */
export const mount = (page: VNode, id: string, title?: Word): void => {
  document.documentElement.lang = language()
  if (title) document.title = t(title)
  const root = document.getElementById(id)
  if (root) render(page, root)
}
