import { formToken, isFormToken } from '../own-cookie.ts'

/** Returns the moment at which a consent page is shown, for its form to bring back: the ends that the page names count from it. */
export const sealShownAt = (key: Uint8Array, interaction: string, shownAt: number): string =>
  `${shownAt}.${formToken(key, boundTo(interaction, shownAt))}`

/** Returns the moment that a form brought back; `undefined` if this server did not state it for this authorization. */
export const openShownAt = (key: Uint8Array, interaction: string, sealed: unknown): number | undefined => {
  const [digits = '', token] = typeof sealed === 'string' ? sealed.split('.', 2) : []
  const shownAt = Number(digits)
  return isFormToken(key, boundTo(interaction, shownAt), token) ? shownAt : undefined
}

const boundTo = (interaction: string, shownAt: number): string => `${interaction} shown at ${shownAt}`
