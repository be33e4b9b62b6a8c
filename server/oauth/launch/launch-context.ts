import { createHash } from 'node:crypto'
import type { Interaction } from 'oidc-provider'
import type { Config } from '../../config.ts'
import type { Account } from '../../grants/authorization.ts'
import type { Patients } from '../../grants/patients.ts'
import { parseScopes } from '../../grants/scopes.ts'
import { SMART_STYLE } from '../../pages/smart-style.ts'
import type { ConsentTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { type OfferContext, ownContext } from '../consent/offers.ts'
import { findLaunch, LaunchRefused } from './launch.ts'

/** What an authorization is about, and what the person has still to be asked. Ids only; `describeContext` adds the names. */
export interface LaunchContext extends OfferContext {
  /** As people call the visit. */
  readonly encounterName?: string
  /** `fhirContext` of the token response, as relative references. */
  readonly references?: readonly string[]
  /** Has to be picked before consent. */
  readonly missing?: 'patient' | 'encounter'
}

/** What was picked on the way; null: deliberately none. Kept in the interaction until consent. */
export interface Picked {
  readonly patient?: string | null
  readonly encounter?: string | null
  /** What the visit names, for `fhirContext`. */
  readonly references?: readonly string[]
}

export const pickedIn = ({ result }: Interaction): Picked => (result?.context ?? {}) as Picked

/**
 * The launch context of an authorization under way: by a launch from the record system, by being the patient, or by what
 * the person picked.
 *
 * @throws LaunchRefused when the launch was taken, or is another person's.
 */
export const launchContextOf = async (
  store: Store,
  interaction: Interaction,
  account: Account,
): Promise<LaunchContext> => {
  const { launch: value, scope } = interaction.params
  const asked = String(scope ?? '')
  if (typeof value === 'string') {
    const launch = await findLaunch(store, value)
    if (!launch || launch.accountId !== account.id) throw new LaunchRefused()
    return contextOf(launch, { launched: true })
  }
  const picked = pickedIn(interaction)
  const patient = ownContext(account).patient ?? picked.patient
  if (patient === undefined && asksForPatient(asked, account)) return { missing: 'patient' }
  if (patient === undefined || patient === null) return {}
  const asksForVisit = asked.split(' ').includes('launch/encounter') && picked.encounter === undefined
  return contextOf({ ...picked, patient }, asksForVisit ? { missing: 'encounter' } : {})
}

const contextOf = (
  { patient, encounter, references }: Picked & { patient: string },
  more: Pick<LaunchContext, 'launched' | 'missing'>,
): LaunchContext => ({
  patient,
  ...(encounter && { encounter }),
  ...(references && { references }),
  ...more,
})

/** The same with the names that a page shows: of another person's patient and visit, never of one's own. */
export const describeContext = async (
  patients: Patients,
  account: Account,
  context: LaunchContext,
): Promise<LaunchContext> => {
  const { patient, encounter } = context
  if (patient === undefined || account.role !== 'clinician') return context
  const known = await patients.find(patient)
  const visit = known && encounter !== undefined && (await patients.visit(patient, encounter))
  return {
    ...context,
    ...(known && { patientName: known.name }),
    ...(visit && { encounterName: visit.what }),
  }
}

/**
 * Whether a clinician has to say which patient is meant. Not when `patient/` and `user/` scopes are asked together: then
 * `user/`, which reaches every patient, is what a clinician gives (docs/decisions/0010).
 */
export const asksForPatient = (asked: string, { role }: Account): boolean => {
  if (role !== 'clinician') return false
  const words = asked.split(' ')
  const contexts = new Set(parseScopes(asked).map(({ context }) => context))
  if (contexts.has('patient')) return !contexts.has('user')
  return words.includes('launch/patient') || words.includes('launch/encounter')
}

/** Whether an authorization makes sense without a patient: no `patient/` scope would be left behind. */
export const canDoWithoutPatient = (asked: string): boolean =>
  parseScopes(asked).every(({ context }) => context !== 'patient')

/**
 * `fhirContext` of a token response (SMART App Launch 2.2, section 3.1.2), as JSON; `null` where there is none. The
 * organization alone is not worth saying: its address says it, and some applications take any `fhirContext` for a visit.
 */
export const fhirContextOf = ({ references = [] }: LaunchContext): string | null =>
  references.some((reference) => !reference.startsWith('Organization/'))
    ? JSON.stringify(references.map((reference) => ({ reference })))
    : null

const styleVersion = createHash('sha256').update(JSON.stringify(SMART_STYLE)).digest('hex').slice(0, 12)

/** SMART's address of the style changes with its content. */
export const styleUrl = (config: Config): string => `${config.publicUrl}/smart-style.json?v=${styleVersion}`

/** The members of a token response and of an introspection answer that say what the grant is about (S13, S24). */
export const launchMembers = (
  config: Config,
  { patient, encounter, fhir_context }: Pick<ConsentTable, 'patient' | 'encounter' | 'fhir_context'>,
) => ({
  ...(patient !== null && { patient, need_patient_banner: true, smart_style_url: styleUrl(config) }),
  ...(encounter !== null && { encounter }),
  ...(fhir_context !== null && { fhirContext: JSON.parse(fhir_context) as { reference: string }[] }),
})
