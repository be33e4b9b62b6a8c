import type { Application, ApplicationEdit } from '../../messages/administration.ts'

/**
 * Returns what a person changed of an application. The rest is left out, because it may be shown cleaned or cut, and saving that
 * would change what nobody touched.
 *
 * @param form.addresses separated by white space.
 */
export const editOf = (
  application: Application,
  form: { clientName: string; addresses: string },
): ApplicationEdit => {
  const clientName = form.clientName.trim()
  const redirectUris = form.addresses.split(/\s+/).filter((each) => each !== '')
  const isSame = redirectUris.join(' ') === application.redirectUris.join(' ')
  return {
    ...(clientName !== application.clientName && { clientName }),
    ...(!isSame && !application.redirectUrisCut && { redirectUris }),
  }
}
