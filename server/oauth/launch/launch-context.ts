import { createHash } from 'node:crypto'
import type { Interaction } from 'oidc-provider'
import type { Config } from '../../config.ts'
import type { Account } from '../../grants/authorization.ts'
import type { ListedPatient, Patients } from '../../grants/patients.ts'
import { parseScopes } from '../../grants/scopes/scopes.ts'
import type { ConsentTable } from '../../store/schema.ts'
import type { Store } from '../../store/store.ts'
import { type OfferContext, ownContext } from '../terms/offers.ts'
import { findLaunch, LaunchRefused } from './launch.ts'

/** The patient and visit of an authorization, and the choice that is still missing. Ids only; `describeContext` adds names. */
export interface LaunchContext extends OfferContext {
  /** As recorded: a FHIR date. */
  readonly patientBirthDate?: string
  /** The name of the visit, as pages show it. */
  readonly encounterName?: string
  /** The choice that must be made before consent. */
  readonly missing?: 'patient' | 'encounter'
}

/** The person's choices so far; null if they chose to go on without one. Stored in the interaction until consent. */
export interface PickedContext {
  readonly patient?: string | null
  readonly encounter?: string | null
}

export const pickedContextOf = ({ result }: Interaction): PickedContext =>
  (result?.context ?? {}) as PickedContext

/**
 * Returns the launch context of a pending authorization: from the launch in the record system, from the patient's own
 * account, or from the person's choice.
 *
 * @throws LaunchRefused when the launch was already used, or belongs to another person.
 */
export const launchContextOf = async (
  store: Store,
  interaction: Interaction,
  account: Account,
): Promise<LaunchContext> => {
  const { launch: value, scope } = interaction.params
  const requestedScope = String(scope ?? '')
  if (typeof value === 'string') {
    const launch = await findLaunch(store, value)
    if (!launch || launch.accountId !== account.id) throw new LaunchRefused()
    return contextOf(launch, { isEhrLaunch: true })
  }
  const choice = pickedContextOf(interaction)
  const patient = ownContext(account).patient ?? choice.patient
  if (patient === undefined && needsPatientChoice(requestedScope, account)) return { missing: 'patient' }
  if (patient === undefined || patient === null) return {}
  const needsVisitChoice =
    requestedScope.split(' ').includes('launch/encounter') && choice.encounter === undefined
  return contextOf({ ...choice, patient }, needsVisitChoice ? { missing: 'encounter' } : {})
}

const contextOf = (
  { patient, encounter }: PickedContext & { patient: string },
  more: Pick<LaunchContext, 'isEhrLaunch' | 'missing'>,
): LaunchContext => ({
  patient,
  ...(encounter && { encounter }),
  ...more,
})

/**
 * Adds what pages say about the patient, and about the visit that a clinician chose. The name in a person's own record may differ from
 * their account's; if it cannot be read now, they can decide without it.
 */
export const describeContext = async (
  patients: Patients,
  account: Account,
  context: LaunchContext,
): Promise<LaunchContext> => {
  const { patient, encounter } = context
  if (patient === undefined || account.role === 'admin') return context
  if (account.role === 'patient') return { ...context, ...nameOf(await patients.findIfReadable(patient)) }
  const listedPatient = await patients.find(patient)
  const visit = listedPatient && encounter !== undefined && (await patients.visit(patient, encounter))
  return { ...context, ...nameOf(listedPatient), ...(visit && { encounterName: visit.label }) }
}

const nameOf = (
  patient: ListedPatient | undefined,
): Pick<LaunchContext, 'patientName' | 'patientBirthDate'> =>
  patient
    ? { patientName: patient.name, ...(patient.birthDate && { patientBirthDate: patient.birthDate }) }
    : {}

/**
 * Checks whether a clinician must choose a patient. Not if `patient/` and `user/` scopes are requested together, because a
 * clinician then grants `user/`, which reaches every patient (docs/decisions/0010).
 */
const needsPatientChoice = (requestedScope: string, { role }: Account): boolean => {
  if (role !== 'clinician') return false
  const words = requestedScope.split(' ')
  const contexts = new Set(parseScopes(requestedScope).map(({ context }) => context))
  if (contexts.has('patient')) return !contexts.has('user')
  return words.includes('launch/patient') || words.includes('launch/encounter')
}

/** Checks whether a person may go on without a patient, because no `patient/` scope is requested. */
export const isPatientOptional = (requestedScope: string): boolean =>
  parseScopes(requestedScope).every(({ context }) => context !== 'patient')

/** "SMART Style" (SMART App Launch 2.2, section 3.2): the design values that an application may adopt. */
export const SMART_STYLE = {
  color_background: '#ffffff',
  color_error: '#8a3b00',
  color_highlight: '#0b6e6e',
  color_modal_backdrop: '#14212b',
  color_success: '#0b6e6e',
  color_text: '#14212b',
  dim_border_radius: '8px',
  dim_font_size: '16px',
  dim_spacing_size: '20px',
  font_family_body: 'system-ui, sans-serif',
  font_family_heading: 'system-ui, sans-serif',
} as const

const styleVersion = createHash('sha256').update(JSON.stringify(SMART_STYLE)).digest('hex').slice(0, 12)

/** Returns the address of the SMART style, which changes with its content. */
const styleUrl = (config: Config): string => `${config.publicUrl}/smart-style.json?v=${styleVersion}`

/**
 * Returns the launch context members of a token response and an introspection response (S13, S24). There is no `fhirContext`, because the
 * visit itself says who took part and where, to an application that may read it.
 */
export const launchMembers = (
  config: Config,
  { patient, encounter }: Pick<ConsentTable, 'patient' | 'encounter'>,
) => ({
  ...(patient !== null && { patient, need_patient_banner: true, smart_style_url: styleUrl(config) }),
  ...(encounter !== null && { encounter }),
})
