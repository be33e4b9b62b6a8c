import { render } from 'preact'
import { language, t } from '../ui/words.ts'
import { Welcome } from './welcome.tsx'

document.documentElement.lang = language()
document.title = t('welcome_title')
const root = document.getElementById('welcome')
if (root) render(<Welcome />, root)
