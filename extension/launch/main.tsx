import { mount } from '../ui/mount.ts'
import { Launch } from './launch.tsx'
import { takeLaunch } from './take-launch.ts'

mount(<Launch given={takeLaunch(location, history)} />, 'launch', 'launch_title')
