import { describe, expect, it } from 'vitest'
import type { Account } from '../../../server/grants/authorization.ts'
import * as offers from '../../../server/oauth/terms/offers.ts'
import { ENGLISH, localeOf, wordFor } from '../../../server/pages/frame/locale.ts'
import type { Offer } from '../../../server/pages/sign-in/offer-words.ts'
import { offerWords } from '../../../server/pages/sign-in/offer-words.ts'
import { isSharedType } from '../../../server/query/compartment.ts'
import { STORED_TYPES } from '../../../server/query/parameters.ts'

const john: Account = { id: 'john', name: 'John Doe', role: 'patient', patient: 'john-doe' }
const lee: Account = { id: 'lee', name: 'Dr. Lee', role: 'clinician', practitioner: 'lee' }
const admin: Account = { id: 'admin', name: 'Administrator', role: 'admin' }
const EHR_LAUNCH = { patient: 'jane-doe', encounter: 'v', isEhrLaunch: true }
const CAREKEY = 'openid fhirUser offline_access launch/patient patient/*.rs user/*.rs'

const offersFor = (request: string, account: Account, context = offers.ownContext(account)) =>
  offers.offersFor(request, account, context)
const grantedScope = (
  request: string,
  account: Account,
  allowed: ReadonlySet<string>,
  refresh: boolean,
  context = offers.ownContext(account),
) => offers.grantedScope(request, account, allowed, refresh, context)
const inEnglish = (offer?: Offer) => offerWords(ENGLISH, offer ?? { name: '', kind: 'sign-in', of: 'own' })
const names = (request: string, account: Account) => offersFor(request, account).map(({ name }) => name)
const all = (request: string, account: Account) => new Set(names(request, account))

describe('the offers to a person', () => {
  it('are a patient’s own record, by kind', () => {
    expect(names(CAREKEY, john)).toEqual([
      'identity',
      'observations',
      'conditions',
      'medications',
      'care',
      'log',
      'directory',
    ])
  })

  it.each([john, lee])('offer what belongs to no record as a directory, to %o', (person) => {
    for (const context of [{ patient: 'jane-doe', patientName: 'Jane' }, {}])
      for (const whose of ['patient', 'user']) {
        const [offer, none] = offersFor(`${whose}/Medication.rs ${whose}/Practitioner.rs`, person, context)
        if (whose === 'patient' && !('patient' in context)) continue
        expect(inEnglish(offer)).toEqual({
          label: 'The organization’s directory',
          hint: 'every medication, every doctor and nurse',
        })
        expect(none).toBeUndefined()
      }
  })

  it('count nothing of a record for what belongs to no record', () => {
    const reached = offers.reachOfOffers('patient/*.rs', john, offers.ownContext(john))
    expect(reached.map(({ type }) => type)).toContain('MedicationRequest')
    expect(reached.filter(({ type }) => isSharedType(type) || type === '*')).toEqual([])
  })

  it('of a limited part say whose it is, unless it is the person’s own', () => {
    const hint = (request: string, person: Account, context = offers.ownContext(person)) =>
      inEnglish(offersFor(request, person, context)[0]).hint
    const some = 'Observation.rs?date=ge2020-01-01'
    expect(hint(`patient/${some}`, john)).toMatch(/^only these: dated/)
    expect(hint('patient/AuditEvent.rs?date=ge2020-01-01', john)).toMatch(/^only these: dated/)
    expect(hint('user/AuditEvent.rs?date=ge2020-01-01', admin)).toMatch(
      /^only these, of the whole organization: dated/,
    )
    expect(hint('patient/Medication.rs?status=active', john)).toMatch(
      /^only these, of the whole organization: status/,
    )
    expect(hint(`user/${some}`, lee)).toMatch(/^only these, of all patients: dated/)
    expect(hint(`patient/${some}`, lee, { patient: 'p', patientName: 'Jane' })).toMatch(
      /^only these, of Jane: dated/,
    )
    expect(hint(`patient/${some}`, lee, { patient: 'p' })).toMatch(/^only these, of this patient: dated/)
  })

  it('are only what was requested', () => {
    expect(names('patient/Observation.rs patient/Patient.r', john)).toEqual(['identity', 'observations'])
  })

  it('are the patients whom a clinician may read', () => {
    expect(names(CAREKEY, lee)).toEqual(['patients', 'directory'])
  })

  it('are registering and the access log for an administrator, the strongest first', () => {
    expect(names(`${CAREKEY} client.register`, admin)).toEqual(['register', 'log'])
    expect(names('user/Patient.rs', admin)).toEqual([])
  })

  it('are a limited part, shown as such', () => {
    const [laboratory, other] = offersFor(
      'patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory patient/Observation.rs?code=http://loinc.org|29463-7',
      john,
    )
    expect(inEnglish(laboratory)).toEqual({
      label: 'Laboratory results',
      hint: 'only these: category HL7 observation-category “laboratory”',
    })
    expect(inEnglish(other)).toEqual({
      label: 'Some of: vital signs and results',
      hint: 'only these: code Body weight (LOINC “29463-7”)',
    })
  })

  it.each([
    ['patient/Coverage.rs', 'Visits and care', 'insurance'],
    ['patient/RelatedPerson.rs patient/Encounter.rs', 'Visits and care', 'relatives and contacts, visits'],
    ['patient/DiagnosticReport.r', 'Vital signs and results', 'reports'],
  ])('name the types that are granted, and no others: %s', (request, label, hint) => {
    const [offer] = offersFor(request, john)
    expect(inEnglish(offer)).toEqual({ label, hint })
  })

  it('name every type of a wildcard', () => {
    for (const locale of [ENGLISH, localeOf('es', undefined)]) {
      const said = offersFor('patient/*.rs', john).map((offer) => offerWords(locale, offer).hint)
      for (const type of [...STORED_TYPES, 'AuditEvent']) {
        const [alone] = offersFor(`patient/${type}.rs`, john)
        expect(said.join(', ')).toContain(alone && offerWords(locale, alone).hint)
      }
    }
  })

  it('differ in their words where their limits differ in type', () => {
    const category = 'category=http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh'
    const types = ['Observation', 'Condition', 'DiagnosticReport', 'DocumentReference', 'CarePlan']
    for (const locale of [ENGLISH, localeOf('es', undefined)]) {
      const labels = types.map((type) => {
        const [offer] = offersFor(`patient/${type}.rs?${category}`, john)
        return offer && offerWords(locale, offer).label
      })
      expect(new Set(labels).size).toBe(types.length)
      const words = STORED_TYPES.map((type) => wordFor(locale.words.types, type))
      expect(new Set(words).size).toBe(STORED_TYPES.length)
    }
  })

  it("name a clinician's types, unless it is every one", () => {
    const hints = (request: string) =>
      offersFor(request, lee, { patient: 'jane', patientName: 'Jane' }).map((offer) => {
        const { label, hint } = inEnglish(offer)
        return `${label}: ${hint}`
      })
    expect(hints('user/Immunization.rs user/Patient.r patient/Goal.rs')).toEqual([
      'Some of: The record of Jane: only these: goals',
      'Some of: Patients’ records: only these: immunizations, who the patient is',
    ])
    expect(hints('user/Immunization.rs user/*.rs patient/*.rs')).toEqual([
      'The record of Jane: of this patient alone',
      'Patients’ records: search patients and read the records that you may see',
      'The organization’s directory: every doctor and nurse, every role of a doctor or nurse, every place, every organization, every medication',
    ])
  })

  it('are the one patient whom a clinician has picked', () => {
    const context = { patient: 'jane-doe', patientName: 'Jane Doe' }
    const [record] = offersFor('launch/patient patient/*.rs', lee, context)
    expect(record?.name).toBe('patient')
    expect(inEnglish(record).label).toBe('The record of Jane Doe')
    expect(offersFor('launch/patient patient/*.rs', lee)).toEqual([])
  })

  it('are only the identity if the application only signs people in', () => {
    expect(names('openid fhirUser', john)).toEqual(['sign-in'])
  })

  it.each([
    ['openid launch/patient', john, { patient: 'john-doe' }, ['name', 'account', 'record']],
    ['openid launch/patient', lee, { patient: 'jane-doe' }, ['name', 'account', 'patient']],
    ['openid launch', lee, EHR_LAUNCH, ['name', 'account', 'patient', 'visit']],
    [
      'openid launch/encounter',
      john,
      { patient: 'john-doe', encounter: 'v' },
      ['name', 'account', 'record', 'visit'],
    ],
    ['openid', lee, { patient: 'jane-doe' }, ['name', 'account']],
    ['patient/Observation.rs', john, { patient: 'john-doe' }, ['record']],
  ] as const)('come with what %s tells whichever is ticked', (request, account, context, learned) => {
    expect(offers.learnedAnyway(request, account, context)).toEqual(learned)
  })

  it('are empty if a patient is asked to register applications', () => {
    expect(names('openid client.register', john)).toEqual([])
  })
})

describe('an offer that another one includes', () => {
  const LAB = 'category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory'
  const jane = { patient: 'jane-doe', patientName: 'Jane Doe' }
  const partsOf = (request: string, account: Account, context = offers.ownContext(account)) =>
    Object.fromEntries(offersFor(request, account, context).map(({ name, partOf }) => [name, partOf]))

  it.each([
    [
      'a limit within the whole',
      'patient/Observation.rs patient/Observation.rs?category=laboratory',
      { observations: undefined, 'patient/Observation?category=laboratory': 'observations' },
    ],
    [
      'a limit within a wildcard',
      'patient/*.rs patient/Condition.rs?clinical-status=active',
      { 'patient/Condition?clinical-status=active': 'conditions' },
    ],
    [
      'one value of several, within the narrowest',
      'patient/Observation.rs?category=laboratory patient/*.read patient/Observation.rs?category=laboratory,exam',
      {
        'patient/Observation?category=laboratory': 'patient/Observation?category=laboratory,exam',
        'patient/Observation?category=laboratory,exam': 'observations',
      },
    ],
    [
      'a code of one list, within that of any list',
      `patient/Observation.rs?${LAB} patient/Observation.rs?category=laboratory`,
      {
        [`patient/Observation?${LAB}`]: 'patient/Observation?category=laboratory',
        'patient/Observation?category=laboratory': undefined,
      },
    ],
    [
      'two limits, within one of them',
      'patient/Observation.rs?date=ge2024&category=laboratory patient/Observation.rs?category=laboratory',
      {
        'patient/Observation?date=ge2024&category=laboratory': 'patient/Observation?category=laboratory',
      },
    ],
    [
      'a limit within scopes that read and search only together',
      'patient/Observation.r patient/Observation.s patient/Observation.rs?category=laboratory',
      { observations: undefined, 'patient/Observation?category=laboratory': 'observations' },
    ],
    [
      'a limit within two wildcards',
      'patient/*.r patient/*.s patient/Observation.rs?category=laboratory',
      { observations: undefined, 'patient/Observation?category=laboratory': 'observations' },
    ],
    [
      'one value of several that are read and searched apart',
      'patient/Observation.r?category=laboratory,imaging patient/Observation.s?category=laboratory,imaging patient/Observation.rs?category=laboratory',
      {
        'patient/Observation?category=laboratory,imaging': undefined,
        'patient/Observation?category=laboratory': 'patient/Observation?category=laboratory,imaging',
      },
    ],
    [
      'what is read, within what is found with its contents',
      'patient/Observation.s patient/Observation.rs?category=laboratory',
      { observations: undefined, 'patient/Observation?category=laboratory': 'observations' },
    ],
    [
      'a year, within all since another',
      'patient/Observation.rs?date=2024 patient/Observation.rs?date=ge2020',
      {
        'patient/Observation?date=2024': 'patient/Observation?date=ge2020',
        'patient/Observation?date=ge2020': undefined,
      },
    ],
    [
      'what two others include only together',
      'patient/Observation.rs?category=laboratory,imaging patient/Observation.rs?category=laboratory,exam patient/Observation.rs?category=imaging,exam',
      {
        'patient/Observation?category=laboratory,imaging': undefined,
        'patient/Observation?category=laboratory,exam': undefined,
        'patient/Observation?category=imaging,exam': 'patient/Observation?category=laboratory,imaging',
      },
    ],
    [
      'the same in another order, once',
      'patient/Observation.rs?category=exam,laboratory patient/Observation.rs?category=laboratory,exam',
      {
        'patient/Observation?category=exam,laboratory': undefined,
        'patient/Observation?category=laboratory,exam': 'patient/Observation?category=exam,laboratory',
      },
    ],
  ])('is a part of it: %s', (_, request, parts) => {
    expect(partsOf(request, john)).toMatchObject(parts)
  })

  it('is a part of it: one patient of a clinician’s, within all', () => {
    const request = 'launch/patient patient/*.rs user/*.rs'
    expect(partsOf(request, lee, jane)).toEqual({ patients: undefined, patient: 'patients' })
    const apart = 'launch/patient patient/*.rs user/*.r user/*.s'
    expect(partsOf(apart, lee, jane)).toEqual({ patients: undefined, patient: 'patients' })
    // No patient's record has a Group, and no clinician reads the log of a patient.
    const types = STORED_TYPES.filter((type) => type !== 'Group').map((type) => `user/${type}.rs`)
    expect(partsOf(`launch/patient patient/*.rs ${types.join(' ')}`, lee, jane)).toEqual({
      patients: undefined,
      patient: 'patients',
    })
  })

  it.each([
    ['another type', 'patient/Condition.rs patient/Observation.rs?category=laboratory', john],
    ['more actions', 'patient/Observation.r patient/Observation.rs?category=laboratory', john],
    [
      'another value',
      'patient/Observation.rs?category=exam patient/Observation.rs?category=laboratory',
      john,
    ],
    [
      'another parameter',
      'patient/Observation.rs?code=http://loinc.org|8867-4 patient/Observation.rs?category=laboratory',
      john,
    ],
    [
      'one of two other limits',
      'patient/Observation.rs?category=laboratory&date=ge2024 patient/Observation.rs?category=laboratory&status=final',
      john,
    ],
    ['what lasted until then', 'patient/Observation.rs?date=lt2021 patient/Observation.rs?date=ge2020', john],
    ['all patients, beside one', 'launch/patient patient/*.rs user/Observation.rs', lee],
  ])('is no part of what does not include all of it: %s', (_, request, account) => {
    const context = account === lee ? jane : undefined
    expect(Object.values(partsOf(request, account, context))).not.toContainEqual(expect.any(String))
  })

  it('of two together is granted with both, and not with one of them', () => {
    const [first, second, part] = ['laboratory,imaging', 'laboratory,exam', 'imaging,exam'].map(
      (values) => `category=${values}`,
    )
    const request = [first, second, part].map((query) => `patient/Observation.rs?${query}`)
    const granted = (...queries: (string | undefined)[]) => {
      const ticked = new Set(queries.map((query) => `patient/Observation?${query}`))
      return grantedScope(request.join(' '), john, ticked, false).split(' ')
    }
    expect(granted(first, second)).toEqual(request)
    expect(granted(first)).toEqual([request[0]])
    expect(granted(second, part)).toEqual(request)
  })

  it('is granted with it, and can be granted without it', () => {
    const request = 'patient/Observation.rs patient/Observation.rs?category=laboratory'
    const part = 'patient/Observation?category=laboratory'
    expect(grantedScope(request, john, new Set(['observations']), false)).toBe(request)
    expect(grantedScope(request, john, new Set([part]), false)).toBe(
      'patient/Observation.rs?category=laboratory',
    )
  })
})

describe('the granted scope', () => {
  it('keeps the wildcard if everything is allowed, in one wording', () => {
    expect(grantedScope(CAREKEY, john, all(CAREKEY, john), true)).toBe(
      'openid fhirUser launch/patient offline_access patient/*.rs',
    )
  })

  it('has no refresh token for a single visit', () => {
    expect(grantedScope(CAREKEY, john, all(CAREKEY, john), false)).not.toContain('offline_access')
  })

  it('lists the allowed types when a part of a wildcard is refused', () => {
    const scope = grantedScope(CAREKEY, john, new Set(['identity', 'conditions']), false)
    expect(scope).toBe(
      'openid fhirUser launch/patient patient/Patient.rs patient/Condition.rs patient/AllergyIntolerance.rs',
    )
  })

  it('is never more than was requested', () => {
    const everything = new Set([
      'identity',
      'observations',
      'conditions',
      'medications',
      'care',
      'log',
      'register',
    ])
    expect(grantedScope('openid patient/Observation.r', john, everything, true)).toBe(
      'openid patient/Observation.r',
    )
  })

  it.each([
    ['patient/Observation.read', 'patient/Observation.read'],
    ['patient/*.*', 'patient/*.read'],
    ['patient/*.write', ''],
    ['user/Patient.read user/*.write', 'user/Patient.read'],
    ['patient/Observation.cruds?category=laboratory', 'patient/Observation.rs?category=laboratory'],
  ])('is %s answered in the syntax of the request (S19)', (request, expected) => {
    expect(grantedScope(request, john, all(request, john), false)).toBe(expected)
  })

  it('lists the allowed types of a version 1 wildcard in version 1', () => {
    expect(grantedScope('patient/*.read', john, new Set(['conditions']), false)).toBe(
      'patient/Condition.read patient/AllergyIntolerance.read',
    )
  })

  it('keeps a limited scope apart from the others', () => {
    const request = 'patient/Observation.rs?category=laboratory patient/Observation.rs?category=vital-signs'
    const [laboratory] = names(request, john)
    expect(grantedScope(request, john, new Set([laboratory ?? '']), false)).toBe(
      'patient/Observation.rs?category=laboratory',
    )
  })

  it('has no patient scope without a patient (S11)', () => {
    const nobody: Account = { id: 'x', name: 'X', role: 'patient' }
    expect(grantedScope('launch/patient patient/*.rs', nobody, new Set(['identity']), false)).toBe('')
  })

  it('contains nothing that does not exist, or not for this role (S22)', () => {
    const request = 'user/Patient.rs user/AuditEvent.rs user/Nothing.rs'
    expect(grantedScope(request, lee, all(request, lee), false)).toBe('user/Patient.rs')
    expect(names('user/AuditEvent.rs', lee)).toEqual([])
    expect(names('patient/Nothing.rs', john)).toEqual([])
  })

  it('allows reading only', () => {
    expect(grantedScope('patient/*.cruds', john, all('patient/*.cruds', john), false)).toBe('patient/*.rs')
    expect(grantedScope('patient/*.cud', john, new Set(['identity']), false)).toBe('')
  })

  it('gives a clinician no patient context without a picked patient', () => {
    expect(grantedScope(CAREKEY, lee, all(CAREKEY, lee), true)).toBe(
      'openid fhirUser offline_access user/*.rs',
    )
  })

  it('keeps registering apart from reading the log', () => {
    const request = `openid user/*.rs client.register`
    expect(grantedScope(request, admin, new Set(['register']), false)).toBe('openid client.register')
    expect(grantedScope(request, admin, new Set(['log']), false)).toBe('openid user/AuditEvent.rs')
  })
})
