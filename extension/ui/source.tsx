/** One hue and one shape a source, for those who see colour and those who do not. */
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

/** Which of the hues and shapes: the palette begins anew after the last. */
export const sourceMark = (hue: number): number => hue % SOURCES

const sourceClass = (hue: number): string => `source source-${sourceMark(hue)}`
