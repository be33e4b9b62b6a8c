import { render } from 'preact'
import { language } from '../ui/words.ts'
import { Popup } from './popup.tsx'

document.documentElement.lang = language()
const root = document.getElementById('popup')
if (root) render(<Popup />, root)
