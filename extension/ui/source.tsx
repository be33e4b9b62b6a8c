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

/** The host beside a name, where the name does not hold it already. A name is whatever an organization calls itself. */
export const Host = ({ name, host }: Named) =>
  isMissing({ name, host }) ? <span class="host small">{host}</span> : null

/** `Riverside Clinic (records.example.org)` */
export const withHost = ({ name, host }: Named): string =>
  isMissing({ name, host }) ? `${name} (${host})` : name

interface Named {
  name: string
  host: string | undefined
}

const isMissing = ({ name, host }: Named): boolean => host !== undefined && !name.includes(`(${host}`)
