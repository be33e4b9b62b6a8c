import { takeLaunch } from './take-launch.ts'

// Before any other code is loaded, so that nothing can run while the launch is still in the address.
const opening = takeLaunch(location, history)
import('./launch.tsx').then(({ showLaunch }) => showLaunch(opening))
