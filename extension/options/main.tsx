import { render } from 'preact'
import { language, t } from '../ui/words.ts'
import { Options } from './options.tsx'

document.documentElement.lang = language()
document.title = t('options_title')
const root = document.getElementById('options')
if (root) render(<Options />, root)
