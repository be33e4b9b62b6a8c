import { readableText } from '../../values/readable-name.ts'

/** Elements whose content is never text to read. */
const hiddenElements = 'head, script, style, template, noscript, iframe, object, embed, svg, math, title'
const blockElements =
  'address, blockquote, caption, dd, div, dl, dt, h1, h2, h3, h4, h5, h6, hr, li, ol, p, pre, table, tr, ul'

/**
 * Returns the text of a narrative (FHIR R4, 2.4: XHTML from a third party). The parser's document belongs to no window, so
 * nothing in it runs and nothing is fetched. Only its text leaves it, without the targets of links.
 */
export const narrativeText = (div: string): string => {
  const { body } = new DOMParser().parseFromString(div, 'text/html')
  for (const element of body.querySelectorAll(hiddenElements)) element.remove()
  for (const image of body.querySelectorAll('img')) image.replaceWith(image.alt)
  for (const element of body.querySelectorAll('br')) element.replaceWith('\n')
  for (const element of body.querySelectorAll('td, th')) element.append('  ')
  for (const element of body.querySelectorAll(blockElements)) {
    element.prepend('\n')
    element.append('\n')
  }
  return (body.textContent ?? '')
    .split('\n')
    .map((line) => readableText(line).replace(/\s+/g, ' ').trim())
    .filter((line) => line !== '')
    .join('\n')
}
