import { mount } from '../ui/mount.ts'
import { FindPage } from './find-page.tsx'

const address = new URLSearchParams(location.search).get('address') ?? ''
// An address that a launch named does not stay in the browser's history.
if (location.search !== '') history.replaceState(null, '', location.pathname)
mount(<FindPage address={address} />, 'find', 'find_title')
