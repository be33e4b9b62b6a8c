import { mount } from '../ui/mount.ts'
import { Welcome } from './welcome.tsx'

mount(<Welcome />, 'welcome', 'welcome_title')
