import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decide } from '../../../server/fhir/access/decide-access.ts'
import type { Account } from '../../../server/grants/authorization.ts'
import { faultOfScopes, keepResults, parseScopes } from '../../../server/grants/scopes/scopes.ts'
import { grantedScope, offersFor } from '../../../server/oauth/terms/offers.ts'
import { COMPARTMENT, patientsOf, SHARED } from '../../../server/query/compartment.ts'
import { valuesOfParameter } from '../../../server/query/indexed-values.ts'
import { matches } from '../../../server/query/matches.ts'
import { STORED_TYPES } from '../../../server/query/parameters.ts'

const john: Account = { id: 'john', name: 'John Doe', role: 'patient', patient: 'pa' }
const lee: Account = { id: 'lee', name: 'Dr. Lee', role: 'clinician', practitioner: 'lee' }
const RUNS = 150
const CONTEXT = { patient: 'pa' }
const LIST = 'http://terminology.hl7.org/CodeSystem/observation-category'

interface Resource {
  readonly [element: string]: unknown
  readonly resourceType: string
  readonly id: string
}

const CODINGS = [
  { system: LIST, code: 'laboratory' },
  { system: 'urn:other', code: 'laboratory' },
  { system: LIST, code: 'imaging' },
  { system: LIST, code: 'exam' },
]
const CATEGORIES = [
  ...[[], ...CODINGS.map((coding) => [coding])],
  ...CODINGS.flatMap((first, at) => CODINGS.slice(at + 1).map((second) => [first, second])),
].map((coding) => ({ coding }))
const ENDS = ['2019', '2020', '2021']
const PERIODS = [undefined, ...ENDS].flatMap((start) =>
  [undefined, ...ENDS]
    .filter((end) => start === undefined || end === undefined || start <= end)
    .map((end) => ({ ...(start && { start }), ...(end && { end }) })),
)

/** Observations of every two categories, every status and every period, and one resource of every other type; of two patients. */
const RECORDS: readonly Resource[] = ['pa', 'pb'].flatMap((patient) => {
  const subject = { reference: `Patient/${patient}` }
  const observations = CATEGORIES.flatMap((category) =>
    ['final', 'amended', 'preliminary'].flatMap((status) =>
      PERIODS.map((effectivePeriod) => ({
        resourceType: 'Observation',
        id: [patient, status, JSON.stringify([category, effectivePeriod])].join(),
        ...{ subject, status, category: [category], effectivePeriod },
      })),
    ),
  )
  const others = STORED_TYPES.filter((type) => type !== 'Observation').map((resourceType) => ({
    resourceType,
    id: resourceType === 'Patient' ? patient : `${patient} ${resourceType}`,
    ...{ subject, patient: subject, beneficiary: subject, target: [subject] },
  }))
  return [...observations, ...others]
})

/** The records as the FHIR API compares them. */
const ROWS = Map.groupBy(
  RECORDS.map((resource) => {
    const { resourceType: type, id } = resource
    const values = keepResults((param: string) => valuesOfParameter(type, resource, param))
    return { type, id, patients: patientsOf(type, id, resource), lastUpdated: 0, valuesOf: values }
  }),
  ({ type }) => type,
)

/** Returns what the FHIR API would answer with these scopes: what is found, and what is opened by its id, which a search does as well. */
const answersTo = (scope: string, account: Account): ReadonlySet<string> => {
  const holder = { account, scopes: parseScopes(scope), ...CONTEXT }
  const idsOf = (type: string, action: 'r' | 's') => {
    const decision = decide(holder, type, action)
    const reach = decision.allowed ? decision.reach : []
    const rows = (ROWS.get(type) ?? []).filter((row) =>
      reach.some(
        ({ compartment, limits }) =>
          (compartment === undefined || row.patients.includes(compartment)) &&
          (limits === undefined || limits.some((filters) => filters.every((filter) => matches(filter, row)))),
      ),
    )
    return rows.map(({ id }) => id)
  }
  return new Set(
    STORED_TYPES.flatMap((type) => {
      const found = idsOf(type, 's')
      return [
        ...found.map((id) => `${id} is found`),
        ...[...found, ...idsOf(type, 'r')].map((id) => `${id} is opened`),
      ]
    }),
  )
}

/** A patient's own record is the same in both contexts, and one is enough. */
const wordsFor = (asked: string, who: Account): readonly string[] => {
  const words = asked.split(' ')
  const ofPatient = words.filter((word) => word.startsWith('patient/'))
  return who === john && ofPatient.length > 0 ? ofPatient : words
}

const limit = fc.oneof(
  fc
    .subarray([`${LIST}|laboratory`, 'laboratory', 'imaging', 'exam'], { minLength: 1, maxLength: 3 })
    .map((codes) => `category=${codes.join(',')}`),
  fc.constantFrom('status=final', 'status=amended', 'status=final,amended'),
  fc
    .subarray(['2020', 'ge2020', 'gt2020', 'lt2021', 'le2021', 'ge2019', '2019', '2021'], {
      minLength: 1,
      maxLength: 3,
    })
    .map((dates) => `date=${dates.join(',')}`),
)
const limits = fc.array(limit, { minLength: 1, maxLength: 2 }).map((all) => `?${all.join('&')}`)
const actions = fc.constantFrom('r', 's', 'rs')
const context = fc.constantFrom('patient', 'patient', 'user')
const scope = fc
  .oneof(
    { weight: 3, arbitrary: fc.tuple(context, fc.constant('Observation'), actions, limits) },
    fc.tuple(
      context,
      fc.constantFrom('*', 'Observation', 'DiagnosticReport', 'Patient', 'Practitioner', 'Group'),
      actions,
      fc.constant(''),
    ),
  )
  .map(([whose, type, letters, query]) => `${whose}/${type}.${letters}${query}`)
/** Scopes that are alike but for their letters or a value are asked for together more often than chance would have it. */
const request = fc
  .array(
    fc.oneof(
      scope,
      fc.tuple(scope, fc.constant(' '), scope).map((pair) => pair.join('')),
    ),
    {
      minLength: 2,
      maxLength: 5,
    },
  )
  .map((scopes) => scopes.join(' '))
  .filter((scopes) => faultOfScopes(scopes) === undefined)
const account = fc.constantFrom(john, lee)

const difference = (a: ReadonlySet<string>, b: ReadonlySet<string>) =>
  [...[...a].filter((each) => !b.has(each)), ...[...b].filter((each) => !a.has(each))].slice(0, 3)

describe('the boxes of a page', () => {
  const read = (asked: string, who: Account, ticked: Iterable<string>) =>
    answersTo(grantedScope(asked, who, new Set(ticked), false, CONTEXT), who)

  it('each give something that the others do not, unless they are shown as parts', () => {
    fc.assert(
      fc.property(request, account, (asked, who) => {
        const offers = offersFor(asked, who, CONTEXT)
        const boxes = offers.filter(({ partOf }) => partOf === undefined).map(({ name }) => name)
        const all = read(asked, who, boxes)
        expect(difference(all, answersTo(wordsFor(asked, who).join(' '), who)), `${asked}: ${boxes}`).toEqual(
          [],
        )
        for (const box of boxes) {
          const others = boxes.filter((name) => name !== box)
          if (read(asked, who, [box]).size > 0)
            expect(read(asked, who, others).size, `${box} of ${boxes}`).toBeLessThan(all.size)
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('each say whose it is that they let be read, as the FHIR API decides it', () => {
    fc.assert(
      fc.property(request, account, (asked, who) => {
        for (const { name, of } of offersFor(asked, who, CONTEXT)) {
          const granted = grantedScope(asked, who, new Set([name]), false, CONTEXT)
          // What gives nothing beside it is granted with it, and is said of its own box.
          if (offersFor(granted, who, CONTEXT).length > 1) continue
          const holder = { account: who, scopes: parseScopes(granted), ...CONTEXT }
          const reached = STORED_TYPES.flatMap((type) => {
            const decision = decide(holder, type, 'r')
            return decision.allowed ? decision.reach.map((each) => ({ type, ...each })) : []
          })
          for (const { type, compartment } of reached) {
            const whole = COMPARTMENT[type] === SHARED ? 'organization' : 'all-patients'
            const one = who === john ? 'own' : { patient: undefined }
            expect(of, `${name}: ${type}`).toEqual(compartment === undefined ? whole : one)
          }
        }
      }),
      { numRuns: RUNS },
    )
  })

  it('together give what each of those gives that are ticked, and nothing else', () => {
    fc.assert(
      fc.property(request, account, fc.infiniteStream(fc.boolean()), (asked, who, choices) => {
        const ticked = offersFor(asked, who, CONTEXT)
          .map(({ name }) => name)
          .filter(() => choices.next().value)
        const each = wordsFor(asked, who).flatMap((word) => [...read(word, who, ticked)])
        expect(difference(read(asked, who, ticked), new Set(each)), `${asked}: ${ticked}`).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })
})
