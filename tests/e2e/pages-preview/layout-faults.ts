import type { Page } from '@playwright/test'

/** Faults that a person would see in the layout of a page, each as a sentence. */
export const layoutFaults = (page: Page): Promise<string[]> => page.evaluate(measure)

/** Runs in the page, so it uses nothing from outside. */
const measure = (): string[] => {
  /** The tolerance in pixels. */
  const slack = 1
  /** The smallest size of a control in both directions, in pixels (docs: 32; WCAG 2.2 asks for 24). */
  const leastTarget = 32
  const faults: string[] = []
  const name = (element: Element) =>
    `<${element.localName}${element.classList.length > 0 ? ` .${[...element.classList].join('.')}` : ''}>`
  const scrolls = (value: string) => value === 'auto' || value === 'scroll'
  const hides = (value: string) => value === 'hidden' || value === 'clip'
  const isSeen = (element: Element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
    !element.closest('.unseen')
  // Behind a dialog or a menu, nothing has to be readable.
  const root = [...document.querySelectorAll('dialog[open], :popover-open')].at(-1) ?? document.body

  const sheet = document.documentElement
  if (sheet.scrollWidth > sheet.clientWidth)
    faults.push(`the page is ${sheet.scrollWidth} px wide, in a window of ${sheet.clientWidth}`)
  // The middle of the popup scrolls between its header and its footer.
  const popup = document.getElementById('popup')
  if (popup && sheet.scrollHeight > Math.max(sheet.clientHeight, popup.offsetHeight))
    faults.push(`the popup is ${sheet.scrollHeight} px high`)

  const texts: { text: string; parent: Element; box: DOMRect }[] = []
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.nodeValue?.trim()
    const parent = node.parentElement
    if (!text || !parent || parent.localName === 'option' || !isSeen(parent)) continue
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const box of range.getClientRects()) if (box.width > 0) texts.push({ text, parent, box })
  }

  const inSight: typeof texts = []
  for (const one of texts) {
    const { text, parent, box } = one
    let isInSight = true
    for (
      let around: Element | null = parent;
      around && around !== document.body;
      around = around.parentElement
    ) {
      const { display, overflowX, overflowY, textOverflow } = getComputedStyle(around)
      if (display === 'inline' || display === 'contents') continue
      const frame = around.getBoundingClientRect()
      const aside = Math.max(frame.left - box.left, box.right - frame.right)
      const below = Math.max(frame.top - box.top, box.bottom - frame.bottom)
      if (scrolls(overflowX) || scrolls(overflowY)) {
        isInSight &&= below <= slack && aside <= slack
        break
      }
      // Text that is cut with an ellipsis, or after a line, must be complete in the title.
      const isExcused = around.closest('[title]') && (aside <= slack || textOverflow === 'ellipsis')
      if ((aside > slack || (hides(overflowY) && below > slack)) && !isExcused) {
        faults.push(`“${text}” sticks ${Math.round(Math.max(aside, below))} px out of ${name(around)}`)
        break
      }
      isInSight &&= !hides(overflowY) || below <= slack
    }
    if (isInSight) inSight.push(one)
  }

  const overlap = (a: DOMRect, b: DOMRect) =>
    Math.min(
      Math.min(a.right, b.right) - Math.max(a.left, b.left),
      Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) - 3, // lines of text may touch
    )
  for (const [index, one] of inSight.entries())
    for (const other of inSight.slice(index + 1))
      if (one.parent !== other.parent && overlap(one.box, other.box) > slack)
        faults.push(`“${one.text}” and “${other.text}” lie on each other`)

  const pen = document.createElement('canvas').getContext('2d')
  for (const field of root.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')) {
    if (!isSeen(field) || !pen) continue
    const { font, paddingLeft, paddingRight } = getComputedStyle(field)
    const isSelect = field instanceof HTMLSelectElement
    const text = isSelect ? (field.selectedOptions[0]?.label ?? '') : field.placeholder
    pen.font = font
    const room = field.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight)
    if (pen.measureText(text).width > room - (isSelect ? 20 : 0))
      faults.push(`“${text}” has no room in its field`)
  }

  const pressed = 'a[href], button, input, select, summary, [role="button"]'
  for (const element of root.querySelectorAll(pressed)) {
    const target = element.closest('label') ?? element
    const { display } = getComputedStyle(target)
    // A link within a sentence is as high as its line (WCAG 2.2, 2.5.8).
    if (!isSeen(target) || display === 'inline') continue
    const { width, height } = target.getBoundingClientRect()
    if (Math.min(width, height) < leastTarget - slack / 2)
      faults.push(
        `${name(element)} “${target.textContent?.trim()}” is ${Math.round(width)} × ${Math.round(height)} px`,
      )
  }
  return faults
}
