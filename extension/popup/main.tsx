import { firstState } from './first-frame.ts'

// The rest of the code runs while the first state is being read.

import { mount } from '../ui/controls/mount.ts'
import { startFrom } from '../ui/state/use-worker-state.ts'
import { Popup } from './popup.tsx'

// The script runs as soon as it has loaded, so that it waits for no stylesheet; then the HTML may not be complete yet.
const parsed = new Promise<unknown>((resolve) => {
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', resolve)
  else resolve(undefined)
})

Promise.all([firstState, parsed]).then(([state]) => {
  if (state) startFrom(state)
  mount(<Popup />, 'popup')
})
