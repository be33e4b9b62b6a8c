import { mount } from '../ui/mount.ts'
import { SummaryPage } from './summary-page.tsx'

mount(<SummaryPage />, 'summary', 'summary_title')
