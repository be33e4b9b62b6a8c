import type { Launched } from '../../../../extension/messages/state.ts'
import { clinician, janes } from '../people.ts'
import { problem, type Scene, type Scenes, yes } from '../scene.ts'
import { clinicVitals, noVitals } from '../vitals.ts'

const [jane] = janes
const visit: Launched = {
  ...clinician,
  ...(jane && { patient: jane }),
  needsBanner: true,
  visit: { id: 'e1', name: 'Check-up', start: '2026-11-24T09:30:00+01:00' },
}
const { patient: _nobody, ...openOnNobody } = visit
const address = '?iss=http://localhost:3100/fhir&launch=once'
const opened = (launched: Launched, vitals = yes(clinicVitals)): Scene => ({
  address,
  state: { launched: [launched] },
  answers: { launch: yes('c3'), vitals },
})

/** What a record system opens. */
export const launch: Scenes = {
  none: {},
  opening: { address, answers: { launch: 'never' } },
  unknown: { address, answers: { launch: problem('unknown-organization', { host: 'clinic.example' }) } },
  failed: { address, answers: { launch: problem('sign-in-page-failed') } },
  open: opened(visit),
  'open-empty': opened(visit, yes(noVitals)),
  'open-unbannered': opened({ ...visit, needsBanner: false }),
  'open-nobody': opened(openOnNobody),
  over: {
    address,
    answers: { launch: yes('c3') },
    act: async ({ page }) => {
      await page.waitForFunction(() => history.state?.connectionId)
      await page.reload()
    },
  },
}
