import { mount } from '../ui/mount.ts'
import { Options } from './options.tsx'

mount(<Options />, 'options', 'options_title')
