/** Follows from the `key` in the manifest, which fixes Carekey's id in Chromium. */
const chrome = 'https://dalpiflagoafecnakabbknjkoiiobpmf.chromiumapp.org/'
/** Follows from the id in `browser_specific_settings`: its SHA-1. */
const firefox = 'https://72eb57131cec718e15fdb0566fcefd82f9b1cbd0.extensions.allizom.org/'

/** Where organizations send people back to, in each browser; `own` is this one's, which may be a build of another id. */
export const redirectAddresses = (
  own: string,
): { browser: 'chrome' | 'firefox' | 'this'; address: string }[] => {
  const both = [
    { browser: 'chrome' as const, address: chrome },
    { browser: 'firefox' as const, address: firefox },
  ]
  return both.some(({ address }) => address === own) ? both : [{ browser: 'this', address: own }, ...both]
}
