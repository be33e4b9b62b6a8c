import { formToken, isFormToken } from '../../sign-in/visit/own-cookie.ts'

/** What a page shows on which a person decides what an application may read: the consent page, or that of a connection. */
export interface Shown {
  /** The id of its authorization or grant. */
  readonly id: string
  /** The name and the registration of the application. */
  readonly application: string
  /** What its offers are made of. Their names alone do not say what they cover, because that depends on the application's registration. */
  readonly reach: string
  /** The longest window of the person's role, or when the grant ends; in milliseconds. */
  readonly longest: number
}

/** Returns the moment at which such a page is shown, for its form to bring back: the ends that the page names count from it. */
export const sealShownAt = (key: Uint8Array, shown: Shown, shownAt: number): string =>
  `${shownAt}.${formToken(key, boundTo(shown, shownAt))}`

/** Returns the moment that a form brought back; `undefined` if this server did not state it for a page that showed the same. */
export const openShownAt = (key: Uint8Array, shown: Shown, sealed: unknown): number | undefined => {
  const [digits = '', token] = typeof sealed === 'string' ? sealed.split('.', 2) : []
  const shownAt = Number(digits)
  return isFormToken(key, boundTo(shown, shownAt), token) ? shownAt : undefined
}

const boundTo = ({ id, application, reach, longest }: Shown, shownAt: number): string =>
  JSON.stringify([id, application, reach, longest, shownAt])
