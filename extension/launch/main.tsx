import { render } from 'preact'
import { language, t } from '../ui/words.ts'
import { Launch } from './launch.tsx'
import { takeLaunch } from './take-launch.ts'

document.documentElement.lang = language()
document.title = t('launch_title')
const root = document.getElementById('launch')
if (root) render(<Launch given={takeLaunch(location, history)} />, root)
