import type { ComponentChildren } from 'preact'

/** An icon of these strokes. */
const icon = (draw: () => ComponentChildren) => () => (
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    {draw()}
  </svg>
)

/** Carekey's own mark. */
export const KeyMark = () => (
  <svg class="icon key-mark" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <circle cx="8" cy="16" r="5" />
    <path d="M8 13.8v4.4M5.8 16h4.4M11.6 12.4 21 3M17.4 6.6l3 3" />
  </svg>
)

export const Dots = icon(() => <path d="M5 12h.01M12 12h.01M19 12h.01" />)

export const ArrowBack = icon(() => <path d="M15 5l-7 7 7 7" />)

export const Cross = icon(() => <path d="M6 6l12 12M18 6 6 18" />)

export const Plus = icon(() => <path d="M12 5v14M5 12h14" />)

/** Leads to a page of somebody else, in a tab of its own. */
export const WayOut = icon(() => <path d="M9 5H5v14h14v-4M13 5h6v6M19 5l-9 9" />)

export const Lens = icon(() => <path d="M10.5 4a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13zM15.5 15.5 21 21" />)

/** Leads on from a row. */
export const Chevron = icon(() => <path d="m9 5 7 7-7 7" />)

export const Tick = icon(() => <path d="m5 12.5 4.5 4.5L19 7.5" />)

export const EmptyMark = icon(() => <circle cx="12" cy="12" r="8.5" stroke-dasharray="3 3" />)

export const RefusedMark = icon(() => (
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="m6.2 6.2 11.6 11.6" />
  </>
))

export const UnreachableMark = icon(() => (
  <path d="M9 15l-3.2 3.2a3.3 3.3 0 0 1-4-4L5 11M15 9l3.2-3.2a3.3 3.3 0 0 1 4 4L19 13M8.5 5.5 8 3M5.5 8.5 3 8M15.5 18.5 16 21M18.5 15.5 21 16" />
))

export const CautionMark = icon(() => <path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17.2v.1" />)

export const WaitingMark = icon(() => (
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5l3 2" />
  </>
))
