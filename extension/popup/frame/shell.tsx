import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import { ArrowBack, Dots, KeyMark } from '../../ui/controls/icons.tsx'
import { t } from '../../ui/words/words.ts'
import { canOpenAtSide, openAtSide } from './open-at-side.ts'

interface Props {
  title: string
  /** Shows the title as plain text with Carekey's mark, because `children` contain the page's heading. */
  hasOwnHeading?: boolean
  /** Of the organization that the page is about. */
  mark?: ComponentChildren
  subtitle?: ComponentChildren
  onBack?: (() => void) | undefined
  /** The button for all connections. */
  organizations?: ComponentChildren
  canLock?: boolean
  canPrint?: boolean
  sections?: ComponentChildren
  /** Identifies the view: when it changes, focus moves to the new heading, unless the page has it already. */
  view: string
  children: ComponentChildren
}

/** The view on screen before, also if another component drew it. */
let viewBefore: string | undefined

export const Shell = (props: Props) => {
  const { title, hasOwnHeading, mark, subtitle, onBack, organizations, sections, view, children } = props
  const heading = useRef<HTMLHeadingElement>(null)
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    const isFirst = viewBefore === undefined || viewBefore === 'loading'
    const isNew = viewBefore !== view
    viewBefore = view
    if (isFirst || !isNew) return
    scrollToTop()
    if (!main.current?.contains(document.activeElement))
      (heading.current ?? main.current)?.focus({ preventScroll: true })
  }, [view])
  return (
    <>
      <header class="top">
        {onBack && (
          <button type="button" class="square back" onClick={onBack} aria-label={t('back')} title={t('back')}>
            <ArrowBack />
          </button>
        )}
        {hasOwnHeading && !onBack && <KeyMark />}
        {mark}
        <div>
          {hasOwnHeading ? (
            <p>
              <strong>{title}</strong>
            </p>
          ) : (
            <h1 ref={heading} tabIndex={-1}>
              {title}
            </h1>
          )}
          {subtitle && <p class="quiet small">{subtitle}</p>}
        </div>
        {organizations}
        <Menu canLock={props.canLock === true} canPrint={props.canPrint === true} />
      </header>
      {sections}
      <main ref={main} tabIndex={-1}>
        {children}
      </main>
    </>
  )
}

interface MenuProps {
  /** A lock is set up. */
  canLock: boolean
  /** A record is open that the person may print. */
  canPrint: boolean
}

/** Everything that is not about what is on screen. */
const Menu = ({ canLock, canPrint }: MenuProps) => {
  const id = useId()
  const items: [label: string, choose: () => void][] = [[t('options'), openOptions]]
  if (canLock) items.unshift([t('lock_now'), () => ask('lock')])
  // In a tab, because a popup may close before a file is ready.
  if (canPrint) items.unshift([t('summary_open'), () => openPage('summary')])
  if (canOpenAtSide()) items.unshift([t('open_at_side'), openAtSide])
  const closeOnEscape = (event: KeyboardEvent) => {
    const menu = document.getElementById(id)
    if (event.key !== 'Escape' || !menu?.matches(':popover-open')) return
    event.preventDefault() // otherwise the browser would close the whole popup too
    menu.hidePopover()
  }
  return (
    <div class="more">
      <button
        type="button"
        class="square"
        popovertarget={id}
        aria-label={t('more')}
        title={t('more')}
        onKeyDown={closeOnEscape}
      >
        <Dots />
      </button>
      <ul id={id} class="menu" popover="auto">
        {items.map(([label, choose]) => (
          <li key={label}>
            <button type="button" popovertarget={id} popovertargetaction="hide" onClick={() => choose()}>
              {label}
            </button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** In a low window the whole page scrolls, and not only the part below the header. */
export const scrollToTop = (): void => {
  for (const each of [document.querySelector('main'), document.scrollingElement])
    each?.scrollTo({ top: 0, behavior: 'instant' })
}

/** Opens the options page in a new tab, at `section`. */
export const openOptions = (section = 'organizations'): void => openPage('options', `#${section}`)

/** Opens one of Carekey's pages in a new tab. */
export const openPage = (page: 'find' | 'options' | 'summary', hash = ''): void => {
  browser.tabs.create({ url: browser.runtime.getURL(`extension/${page}/index.html${hash}`) })
}
