import { render } from 'preact'
import { language, t } from '../ui/words.ts'
import { FindPage } from './find-page.tsx'

document.documentElement.lang = language()
document.title = t('find_title')
const root = document.getElementById('find')
const address = new URLSearchParams(location.search).get('address') ?? ''
// An address that a launch named does not stay in the browser's history.
if (location.search !== '') history.replaceState(null, '', location.pathname)
if (root) render(<FindPage address={address} />, root)
