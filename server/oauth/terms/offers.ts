import { fhirUser } from '../../grants/accounts.ts'
import type { Account } from '../../grants/authorization.ts'
import { readableBy, type TypeScope } from '../../grants/scopes/readable-by.ts'
import { parseScopes, readOnlyScope, type SmartScope } from '../../grants/scopes/scopes.ts'
import type { Learned, Offer } from '../../pages/sign-in/offer-words.ts'
import type { Words } from '../../pages/words/en.ts'
import type { Filter } from '../../query/query.ts'

/** Allows registering applications at `B/oauth/register` (RFC 7591); administrators only. Not a SMART scope. */
export const REGISTER_SCOPE = 'client.register'

interface Kind {
  readonly name: keyof Words['kinds']
  readonly types: readonly (keyof Words['hints'])[]
}

/** The patient and visit that an authorization concerns. */
export interface OfferContext {
  /** The one patient that `patient/` scopes reach; without it they are not granted. */
  readonly patient?: string
  /** The name in the patient's record. */
  readonly patientName?: string
  readonly encounter?: string
  /** Whether the record system launched the application (EHR launch). */
  readonly isEhrLaunch?: boolean
}

/** A patient's record by kind of information. */
const KINDS: readonly Kind[] = [
  { name: 'identity', types: ['Patient'] },
  {
    name: 'observations',
    types: ['Observation', 'DiagnosticReport'],
  },
  {
    name: 'conditions',
    types: ['Condition', 'AllergyIntolerance'],
  },
  {
    name: 'medications',
    types: ['MedicationRequest', 'MedicationStatement', 'Immunization'],
  },
  {
    name: 'care',
    types: [
      'Encounter',
      'Procedure',
      'DocumentReference',
      'CarePlan',
      'CareTeam',
      'Goal',
      'Device',
      'Coverage',
      'Provenance',
      'RelatedPerson',
      'Group',
      'List',
    ],
  },
  { name: 'log', types: ['AuditEvent'] },
]

/** Belongs to no record: whoever may read a type of these reads all that the organization has of it. */
const DIRECTORY: Kind = {
  name: 'directory',
  types: ['Practitioner', 'PractitionerRole', 'Location', 'Organization', 'Medication'],
}

const isInDirectory = (type: string): boolean => DIRECTORY.types.some((each) => each === type)

const RECORD_TYPES = KINDS.flatMap(({ types }) => types)
const TYPES: ReadonlySet<string> = new Set(['*', ...RECORD_TYPES, ...DIRECTORY.types])

/** Returns a patient's own context. For a clinician it is empty, because a launch or a choice must name the patient. */
export const ownContext = ({ role, patient }: Account): OfferContext =>
  role === 'patient' && patient !== undefined ? { patient } : {}

const PATIENTS: Offer = { name: 'patients', kind: 'patients', of: 'all-patients' }
const patientOffer = (patient: string | undefined): Offer => ({
  name: 'patient',
  kind: 'patient',
  of: { patient },
})
const LOG: Offer = { name: 'log', kind: 'every-access', of: 'organization' }
const REGISTER: Offer = { name: 'register', kind: 'register', of: 'organization' }
const SIGN_IN: Offer = { name: 'sign-in', kind: 'sign-in', of: 'own' }

/** Scopes that request only the identity of the person and the launch context. */
const SIGN_IN_SCOPES = [
  'openid',
  'fhirUser',
  'launch',
  'launch/patient',
  'launch/encounter',
  'offline_access',
]

/** Returns the checkboxes for the part of a requested `scope` that this person can grant. If it is empty, so is the list. */
export const offersFor = (requestedScope: string, account: Account, context: OfferContext): Offer[] => {
  const offers = offersOfScope(requestedScope, account, context)
  const order: string[] = [...KINDS.map(({ name }) => name), 'patient', PATIENTS.name, DIRECTORY.name]
  const rank = ({ name }: Offer) => (order.includes(name) ? order.indexOf(name) : order.length)
  const words = requestedScope.split(' ')
  if (words.includes('openid') && words.every((word) => SIGN_IN_SCOPES.includes(word))) return [SIGN_IN]
  return [
    // First, because it gives most and must be in view.
    ...(mayRegister(requestedScope, account) ? [REGISTER] : []),
    ...markParts(
      merged(offers).sort((a, b) => rank(a) - rank(b)),
      readableBy(scopesOfOffers(requestedScope, account, context)),
    ),
  ]
}

/**
 * Returns what the granted part of a requested `scope` tells an application of the person, the patient and the visit, whichever offers are
 * ticked: in the id_token, at userinfo, and beside each token.
 */
export const learnedAnyway = (requestedScope: string, account: Account, context: OfferContext): Learned[] => {
  const allNames = new Set(offersOfScope(requestedScope, account, context).map(({ name }) => name))
  const words = grantedScope(requestedScope, account, allNames, false, context).split(' ')
  const { patient, encounter } = namesContext(words) ? context : {}
  const user = words.includes('fhirUser') ? fhirUser(account) : undefined
  const isOwnRecord = account.patient !== undefined && patient === account.patient
  const facts: Record<Learned, boolean> = {
    name: words.includes('openid'),
    account: words.includes('openid'),
    record: isOwnRecord || user?.startsWith('Patient/') === true,
    practitioner: user?.startsWith('Practitioner/') === true,
    patient: patient !== undefined && !isOwnRecord,
    visit: encounter !== undefined,
  }
  return (Object.keys(facts) as Learned[]).filter((fact) => facts[fact])
}

/** Checks whether the answer to a granted scope names the patient and the visit. */
export const namesContext = (words: readonly string[]): boolean =>
  words.some((word) => word.startsWith('patient/') || word.startsWith('launch'))

/** Returns what each offer grants of each type. */
const scopesOfOffers = (requestedScope: string, account: Account, context: OfferContext): TypeScope[] =>
  grantableScopes(requestedScope, account, context).flatMap((scope) =>
    offersOf(scope, account, context).flatMap(({ name, types = typesOf(scope, account) }) =>
      types.map((type) => ({ by: name, type, scope })),
    ),
  )

/** Returns the types of an offer that names none. */
const typesOf = ({ type }: SmartScope, { role }: Account): readonly string[] =>
  type === '*' ? RECORD_TYPES.filter((each) => isReadBy(role, each)) : [type]

/** Whoever has many patients reads of none of them who read what. */
const isReadBy = (role: Account['role'], type: string): boolean =>
  role !== 'clinician' || type !== 'AuditEvent'

/** Makes one offer of those with the same name, of all their types; one that names no types is of every type. */
const merged = (offers: readonly Offer[]): Offer[] =>
  Object.values(Object.groupBy(offers, ({ name }) => name)).flatMap(([first, ...others] = []) => {
    if (!first) return []
    const { types: _, ...whole } = first
    const types = [first, ...others].map((offer) => offer.types)
    const all = types.every((each) => each !== undefined) && [...new Set(types.flat())]
    return [{ ...whole, ...(all && { types: all }) }]
  })

/** Returns the names of the allowed offers, with those that give nothing beside them. */
export const withAllGiven = (
  requestedScope: string,
  account: Account,
  allowedNames: ReadonlySet<string>,
  context: OfferContext,
): ReadonlySet<string> =>
  withParts(allowedNames, readableBy(scopesOfOffers(requestedScope, account, context)))

/**
 * Returns the `scope` that is granted, reported and enforced when this person allows the named offers, which include their parts. A partly refused
 * wildcard becomes the list of the allowed types.
 */
export const grantedScope = (
  requestedScope: string,
  account: Account,
  allowedNames: ReadonlySet<string>,
  refresh: boolean,
  context: OfferContext,
): string => {
  const granted = withAllGiven(requestedScope, account, allowedNames, context)
  const resources = grantableScopes(requestedScope, account, context).flatMap((scope) =>
    narrowScope(scope, account, granted, context),
  )
  const canGrant: Record<string, boolean> = {
    openid: true,
    fhirUser: account.role !== 'admin',
    launch: context.isEhrLaunch ?? false,
    'launch/patient': context.patient !== undefined,
    'launch/encounter': context.encounter !== undefined,
    offline_access: refresh,
    [REGISTER_SCOPE]: mayRegister(requestedScope, account) && allowedNames.has(REGISTER.name),
  }
  const words = new Set(requestedScope.split(' '))
  return [
    ...Object.keys(canGrant).filter((word) => canGrant[word] && words.has(word)),
    ...new Set(resources),
  ].join(' ')
}

const mayRegister = (requestedScope: string, account: Account): boolean =>
  account.role === 'admin' && requestedScope.split(' ').includes(REGISTER_SCOPE)

/**
 * Returns the resource scopes that apply to this role, reduced to reading (`patient/*.cruds` becomes `patient/*.rs`), because
 * the FHIR API would refuse everything else.
 */
const grantableScopes = (
  requestedScope: string,
  account: Account,
  { patient }: OfferContext,
): SmartScope[] => {
  const scopes = parseScopes(requestedScope)
    .filter(({ type }) => TYPES.has(type))
    .flatMap((scope) => readOnlyScope(scope) ?? [])
  const inContext = (context: SmartScope['context']) => scopes.filter((scope) => scope.context === context)
  const ofPatient = patient === undefined ? [] : inContext('patient')
  switch (account.role) {
    case 'patient':
      // Both contexts reach the same record, so one of them is enough.
      return ofPatient.length > 0 ? ofPatient : inContext('user')
    case 'clinician':
      return [...ofPatient, ...inContext('user')].filter(({ type }) => isReadBy(account.role, type))
    case 'admin':
      // An administrator reaches only the log, so the scope in the response names only the log.
      return inContext('user')
        .filter((scope) => scope.type === '*' || scope.type === 'AuditEvent')
        .flatMap((scope) => readOnlyScope(scope, 'AuditEvent') ?? [])
  }
}

const offersOfScope = (requestedScope: string, account: Account, context: OfferContext): Offer[] =>
  grantableScopes(requestedScope, account, context).flatMap((scope) => offersOf(scope, account, context))

/** Returns the checkboxes that grant a scope. A limited scope has its own, so that the person sees the limit. */
const offersOf = (scope: SmartScope, account: Account, context: OfferContext): Offer[] => {
  const of = whoseIs(scope, account, context)
  if (scope.constraint) return [limitedOffer(scope, of)]
  if (account.role === 'admin') return [LOG]
  const typesIn = ({ types }: Kind) => types.filter((type) => scope.type === '*' || type === scope.type)
  const ofKind = (kind: Kind, whose: Offer['of']): Offer[] => {
    const types = typesIn(kind)
    return types.length > 0 ? [{ name: kind.name, kind: kind.name, of: whose, types }] : []
  }
  const directory = ofKind(DIRECTORY, 'organization')
  if (account.role === 'patient') return [...KINDS.flatMap((kind) => ofKind(kind, of)), ...directory]
  const whole = of === 'all-patients' ? PATIENTS : patientOffer(context.patientName)
  if (scope.type === '*') return [whole, ...directory]
  return directory.length > 0 ? directory : [{ ...whole, types: KINDS.flatMap(typesIn) }]
}

/** Returns whose resources a scope reaches, as `fhir/access/decide-access.ts` decides it. */
const whoseIs = (
  { context, type }: SmartScope,
  { role }: Account,
  { patientName }: OfferContext,
): Offer['of'] => {
  if (role === 'admin' || isInDirectory(type)) return 'organization'
  if (role === 'patient') return 'own'
  return context === 'user' ? 'all-patients' : { patient: patientName }
}

/** Returns the offer for a limited scope. Its name omits the `rs` part, because a person decides on both together. */
const limitedOffer = ({ context, type, constraint }: SmartScope, of: Offer['of']): Offer => ({
  name: `${context}/${type}?${constraint?.query}`,
  kind: 'limited',
  limit: { type, claims: constraint?.claims ?? [] },
  of,
})

/** Returns the types and filters of the patient's record that each offer reaches, for counting. */
export const reachOfOffers = (
  requestedScope: string,
  account: Account,
  context: OfferContext,
): { offer: string; type: string; filters: readonly Filter[]; query?: string | undefined }[] =>
  scopesOfOffers(requestedScope, account, context)
    .filter(({ scope }) => account.role === 'patient' || scope.context === 'patient')
    // What belongs to no record is not counted as if it did.
    .filter(({ type }) => !isInDirectory(type))
    .map(({ by, type, scope: { constraint } }) => ({
      offer: by,
      type,
      filters: constraint?.filters ?? [],
      query: constraint?.query,
    }))

const narrowScope = (
  scope: SmartScope,
  account: Account,
  allowedNames: ReadonlySet<string>,
  context: OfferContext,
): string[] => {
  const offers = offersOf(scope, account, context)
  const allowedOffers = offers.filter(({ name }) => allowedNames.has(name))
  if (allowedOffers.length === offers.length) return [scope.text]
  return allowedOffers.flatMap(({ types = typesOf(scope, account) }) =>
    types.flatMap((type) => readOnlyScope(scope, type)?.text ?? []),
  )
}

/** Examples of what offers let be read: for each, the names of all offers that do (`grants/scopes/readable-by.ts`). */
type Examples = readonly ReadonlySet<string>[]

/**
 * Marks the offers that give nothing beside all others: granted with those anyway, they can only be chosen instead. Each is a part of the
 * narrowest offer that includes it. One that only several others include together is shown as a part of the first of these.
 */
const markParts = (offers: readonly Offer[], examples: Examples): Offer[] => {
  const names = offers.map(({ name }) => name)
  const widthOf = new Map(names.map((name) => [name, examples.filter((each) => each.has(name)).length]))
  // Of two that give the same, the first is the whole.
  const fromNarrowest = names.toReversed().sort((a, b) => (widthOf.get(a) ?? 0) - (widthOf.get(b) ?? 0))
  const boxes = new Set(names)
  for (const name of fromNarrowest)
    if (isGiven(name, new Set([...boxes].filter((box) => box !== name)), examples)) boxes.delete(name)
  const wholeOf = (part: string) =>
    fromNarrowest
      .slice(fromNarrowest.indexOf(part) + 1)
      .find((whole) => isGiven(part, new Set([whole]), examples)) ??
    [...boxes].find((box) => examples.some((each) => each.has(part) && each.has(box)))
  return offers.map((offer) => {
    const partOf = boxes.has(offer.name) ? undefined : wholeOf(offer.name)
    return partOf === undefined ? offer : { ...offer, partOf }
  })
}

/** Returns the offers that are granted when these are ticked: these, and all that give nothing beside them. */
const withParts = (ticked: ReadonlySet<string>, examples: Examples): ReadonlySet<string> => {
  const names = new Set(examples.flatMap((each) => [...each]))
  return new Set([...ticked, ...[...names].filter((name) => isGiven(name, ticked, examples))])
}

/** Checks whether all that an offer lets be read can be read with others. */
const isGiven = (name: string, others: ReadonlySet<string>, examples: Examples): boolean => {
  const own = examples.filter((each) => each.has(name))
  return own.length > 0 && own.every((each) => [...each].some((giver) => others.has(giver)))
}
