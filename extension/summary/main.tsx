import { render } from 'preact'
import { language, t } from '../ui/words.ts'
import { SummaryPage } from './summary-page.tsx'

document.documentElement.lang = language()
document.title = t('summary_title')
const root = document.getElementById('summary')
if (root) render(<SummaryPage />, root)
