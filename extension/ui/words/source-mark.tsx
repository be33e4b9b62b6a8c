import { type NamedHost, needsHost } from '../../messages/addresses.ts'

/** A dot with the source's hue and shape; the shape is for people who cannot tell the hues apart. */
export const SourceDot = ({ hue }: { hue: number }) => (
  <span class={sourceClass(hue)} aria-hidden="true">
    <span class="dot" />
  </span>
)

export const SourceLetter = ({ hue, name }: { hue: number; name: string }) => (
  <span class={`letter ${sourceClass(hue)}`} aria-hidden="true">
    <span>{[...name.trim()][0]?.toUpperCase()}</span>
  </span>
)

const SOURCES = 6

/** Returns the index of the hue and shape; the palette repeats after the last. */
export const sourceMark = (hue: number): number => hue % SOURCES

const sourceClass = (hue: number): string => `source source-${sourceMark(hue)}`

/** Shows the host unless the name contains it, because an organization chooses its own name. */
export const Host = ({ name, host }: NamedHost) =>
  needsHost({ name, host }) ? <span class="host small">{host}</span> : null

/** An organization's initials, because loading a logo would disclose the search to the logo's host. */
export const Initials = ({ name }: { name: string }) => (
  <span class="initials" aria-hidden="true">
    {name
      .split(/\s+/)
      .slice(0, 2)
      .map((word) => [...word][0] ?? '')
      .join('')
      .toLocaleUpperCase()}
  </span>
)
