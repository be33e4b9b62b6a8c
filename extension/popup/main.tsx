import { firstState } from './first-frame.ts'

// The rest of the code runs while the first state is being read.

import { mount } from '../ui/mount.ts'
import { startFrom } from '../ui/use-worker-state.ts'
import { Popup } from './popup.tsx'

firstState.then((state) => {
  if (state) startFrom(state)
  mount(<Popup />, 'popup')
})
