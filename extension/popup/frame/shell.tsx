import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import browser from 'webextension-polyfill'
import { ask } from '../../messages/ask.ts'
import { ArrowBack, Gear, KeyMark, Padlock } from '../../ui/controls/icons.tsx'
import { t } from '../../ui/words/words.ts'

interface Props {
  title: string
  /** Shows the title as plain text, because `children` contain the page's heading. */
  hasOwnHeading?: boolean
  subtitle?: ComponentChildren
  onBack?: (() => void) | undefined
  /** A lock is set up, so the header offers to close it. */
  canLock?: boolean
  sections?: ComponentChildren
  footer: ComponentChildren
  /** Identifies the view: when it changes, focus moves to the new heading. */
  view: string
  children: ComponentChildren
}

export const Shell = ({
  title,
  hasOwnHeading,
  subtitle,
  onBack,
  canLock,
  sections,
  footer,
  view,
  children,
}: Props) => {
  const heading = useRef<HTMLHeadingElement>(null)
  const main = useRef<HTMLElement>(null)
  const previousView = useRef(view)
  useEffect(() => {
    if (previousView.current === view) return
    previousView.current = view
    main.current?.scrollTo({ top: 0, behavior: 'instant' })
    ;(heading.current ?? main.current)?.focus({ preventScroll: true })
  }, [view])
  return (
    <>
      <header class="top">
        {onBack ? (
          <Square label={t('back')} onClick={onBack}>
            <ArrowBack />
          </Square>
        ) : (
          <KeyMark />
        )}
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
        {canLock && (
          <Square label={t('lock_now')} onClick={() => ask('lock')}>
            <Padlock />
          </Square>
        )}
        <Square label={t('options')} onClick={() => openOptions()}>
          <Gear />
        </Square>
      </header>
      {sections}
      <main ref={main} tabIndex={-1}>
        {children}
      </main>
      <footer class="bottom">{footer}</footer>
    </>
  )
}

interface SquareProps {
  label: string
  onClick: () => void
  children: ComponentChildren
}

/** A button with an icon only. */
const Square = ({ label, onClick, children }: SquareProps) => (
  <button type="button" class="square" onClick={onClick} aria-label={label} title={label}>
    {children}
  </button>
)

/** Opens the options page in a new tab, at `section`. */
export const openOptions = (section = 'providers'): void => openPage('options', `#${section}`)

/** Opens one of Carekey's pages in a new tab. */
export const openPage = (page: 'find' | 'options', hash = ''): void => {
  browser.tabs.create({ url: browser.runtime.getURL(`extension/${page}/index.html${hash}`) })
}
