import { type NamedHost, needsHost } from '../../messages/addresses.ts'
import type { Source } from '../../messages/vitals.ts'

/** Full: what it gave is current. Half: it has not answered yet. Empty: it cannot be reached, or its access has ended. */
export type MarkState = 'full' | 'half' | 'empty'

interface MarkProps {
  hue: number
  state?: MarkState
  /** Alone in front of a row or a title. */
  large?: boolean
}

/** The source's mark, with a hue and a shape of its own; the shape is for people who cannot tell the hues apart. */
export const SourceDot = ({ hue, state = 'full', large }: MarkProps) => {
  const shape = <path d={sourceShape(hue)} />
  return (
    <span class={sourceClass(hue)} aria-hidden="true">
      <svg class={large ? 'dot large' : 'dot'} viewBox="0 0 10 10" aria-hidden="true" focusable="false">
        {state === 'full' ? shape : <g class="outline">{shape}</g>}
        {state === 'half' && (
          <svg y="5" height="5" viewBox="0 5 10 5" aria-hidden="true">
            {shape}
          </svg>
        )}
      </svg>
    </span>
  )
}

interface MarksProps {
  sources: readonly Pick<Source, 'connectionId' | 'hue'>[]
  /** Full if absent. */
  stateOf?: (connectionId: string) => MarkState
}

/** The marks of all organizations that hold the same. */
export const SourceDots = ({ sources, stateOf = () => 'full' }: MarksProps) => (
  <>
    {sources.map(({ connectionId, hue }) => (
      <SourceDot key={connectionId} hue={hue} state={stateOf(connectionId)} />
    ))}
  </>
)

/**
 * In a square of 10: circle, square, triangle, diamond, triangle upside down, cross; then bar, hourglass, triangle to the right, saltire,
 * triangle to the left, bow tie.
 */
const shapes = [
  'M5 .6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 1 1 0-8.8z',
  'M.8.8h8.4v8.4H.8z',
  'M5 .5 9.8 9.3H.2z',
  'M5 0 10 5 5 10 0 5z',
  'M5 9.5.2.7h9.6z',
  'M3.4.6h3.2v2.8h2.8v3.2H6.6v2.8H3.4V6.6H.6V3.4h2.8z',
  'M.2 3.3h9.6v3.4H.2z',
  'M.7.5h8.6L.7 9.5h8.6z',
  'M.7.2 9.5 5 .7 9.8z',
  'M2.2.2 5 3 7.8.2l2 2L7 5l2.8 2.8-2 2L5 7 2.2 9.8l-2-2L3 5 .2 2.2z',
  'M9.3.2.5 5l8.8 4.8z',
  'M.5.7v8.6L9.5.7v8.6z',
]
const colours = 6

/** Returns the shape of a source as an SVG path in a square of 10. Twelve sources have a shape of their own. */
export const sourceShape = (hue: number): string => shapes[hue % shapes.length] ?? ''

/** Returns the number of a source's colour. A shape that is used again has another one. */
export const sourceColour = (hue: number): number => (hue + Math.floor(hue / colours)) % colours

const sourceClass = (hue: number): string => `source source-${sourceColour(hue)}`

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
