import { createRecentlyUsed } from '../../recently-used.ts'

/** Formats of each kind that are kept. A person chooses the language, region and time zone of their pages, so there may be more. */
const MOST = 500

/** A format is made once: it is large, in memory that the engine does not see, and one page may use it a hundred times. */
const madeOnce = <Options, Format>(make: (language: string, options?: Options) => Format) => {
  const recentlyUsed = createRecentlyUsed<Format>(MOST)
  return (language: string, options?: Options): Format =>
    recentlyUsed(JSON.stringify([language, options]), () => make(language, options))
}

/** @throws RangeError when the time zone is unknown. */
export const dateTimeFormat = madeOnce(
  (language, options?: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options),
)
export const numberFormat = madeOnce(
  (language, options?: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options),
)
export const listFormat = madeOnce(
  (language, options?: Intl.ListFormatOptions) => new Intl.ListFormat(language, options),
)
