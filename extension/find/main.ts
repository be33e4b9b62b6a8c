// Before any other code is loaded: an address that a launch named is not left in the page's own address.
const address = new URLSearchParams(location.search).get('address') ?? ''
if (location.search !== '') history.replaceState(null, '', location.pathname)
import('./find-page.tsx').then(({ showFindPage }) => showFindPage(address))
