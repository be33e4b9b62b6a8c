import { mount } from '../ui/mount.ts'
import { Popup } from './popup.tsx'

mount(<Popup />, 'popup')
