import type { LaunchedConnection } from '../../../../extension/messages/state.ts'
import { clinician, janes } from '../people.ts'
import { problem, type Scene, type Scenes, yes } from '../scene.ts'
import { clinicVitals, noVitals } from '../vitals.ts'

const [jane] = janes
const visit: LaunchedConnection = {
  ...clinician,
  ...(jane && { patient: jane }),
  needsBanner: true,
  visit: { id: 'e1', name: 'Check-up', start: '2026-11-24T09:30:00+01:00' },
}
const { patient: _nobody, ...openOnNobody } = visit
const address = '?iss=http://localhost:3100/fhir&launch=once'
const by = yes({ name: 'Riverside Clinic', host: 'localhost:3100' })

/** The person answers yes. */
const agree: Scene['act'] = async ({ page }) => {
  await page.getByRole('main').getByRole('button').click()
}

const opened = (launched: LaunchedConnection, vitals = yes(clinicVitals)): Scene => ({
  address,
  state: { launched: [launched] },
  answers: { 'launched-by': by, launch: yes('c3'), vitals },
  act: agree,
})

/** The page that a record system opens. */
export const launch: Scenes = {
  none: {},
  asked: { address, answers: { 'launched-by': by } },
  opening: { address, answers: { 'launched-by': by, launch: 'never' }, act: agree },
  unknown: {
    address,
    answers: { 'launched-by': problem('unknown-organization', { host: 'clinic.example' }) },
  },
  failed: { address, answers: { 'launched-by': by, launch: problem('sign-in-page-failed') }, act: agree },
  open: opened(visit),
  'open-empty': opened(visit, yes(noVitals)),
  'open-unbannered': opened({ ...visit, needsBanner: false }),
  'open-nobody': opened(openOnNobody),
  'open-allergies-unread': {
    ...opened(visit),
    answers: { ...opened(visit).answers, 'record-list AllergyIntolerance': problem('unreachable') },
  },
  over: {
    address,
    answers: { 'launched-by': by, launch: yes('c3') },
    act: async (shown) => {
      await agree?.(shown)
      await shown.page.waitForFunction(() => history.state?.connectionId)
      await shown.page.reload()
      await shown.page.getByText(shown.say('launch_over')).waitFor()
    },
  },
}
