import browser from 'webextension-polyfill'

interface Restrictable {
  setAccessLevel?(level: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>
}

/** There are no content scripts; should there ever be one, `storage.local` is closed to it, as `session` is from the start. */
export const keepContentScriptsOut = async (): Promise<void> => {
  const local = browser.storage.local as Restrictable
  await local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' })
}
