import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { Connection, Provider } from '../../../extension/messages/state.ts'
import { readsInFull } from '../../../extension/popup/frame/may-read.ts'
import { AccessList } from '../../../extension/popup/log/access-list.tsx'
import { LogAlarm } from '../../../extension/popup/log/log-alarm.tsx'
import { ProviderCard } from '../../../extension/popup/provider-card.tsx'
import { ListAbsences } from '../../../extension/record/lists/list-absence.tsx'
import { VitalsAbsence } from '../../../extension/record/vitals/vitals-absence.tsx'
import { OrganizationSummary } from '../../../extension/summary/organization-summary.tsx'
import { connectionWith } from '../../fixtures/connection.ts'

const textOf = (html: string) => html.replace(/<[^>]+>/g, ' ')
const nothing = () => undefined

const reduced = (change: Partial<Connection> = {}) =>
  connectionWith('Riverside Clinic', {
    can: { ...connectionWith('').can, readVitals: false },
    ...change,
  })
const stopped = reduced({
  stopped: {
    readVitals: true,
    readLists: ['MedicationRequest', 'MedicationStatement'],
    readAccessLog: false,
    limited: [],
  },
})
const unread = (connection: Connection) => ({ connection, patient: 'p', pending: false, retry: nothing })

describe('data that are no longer shared are named as such, by whom is left open, with a button to share them again', () => {
  const medications = (connection: Connection) =>
    renderToString(
      h(ListAbsences, {
        name: 'medications',
        lists: [
          {
            connection,
            patient: 'p',
            refusedTypes: ['MedicationRequest', 'MedicationStatement'],
            answers: [],
          },
        ],
      }),
    )
  const vitals = (connection: Connection) => renderToString(h(VitalsAbsence, unread(connection)))

  it.each([
    ['a list', 'medications', medications],
    ['vital signs', 'vital signs', vitals],
  ])('for %s', (_where, what, at) => {
    const sentence = `Carekey may no longer read ${what} at Riverside Clinic. This was changed there, by you or by Riverside Clinic. Sign in to share this again.`
    expect(textOf(at(stopped))).toContain(sentence)
    expect(at(stopped)).toContain('aria-label="Sign in with Riverside Clinic"')
    expect(textOf(at(reduced()))).toMatch(new RegExp(`${what} (was|were) not allowed`, 'i'))
    expect(textOf(at(reduced()))).not.toContain('changed there')
  })
})

describe('data of which only a part is shared are named as such, beside what is read', () => {
  const limited = ['vitals', 'MedicationRequest'] as const
  const reduced = connectionWith('Riverside Clinic', {
    can: { ...connectionWith('').can, limited: [...limited] },
  })
  const answer = { pending: false, retry: nothing, value: { entries: [], cut: false, readAt: 0 } }
  const medications = (connection: Connection) =>
    renderToString(
      h(ListAbsences, {
        name: 'medications',
        lists: [
          {
            ...{ connection, patient: 'p', refusedTypes: [] },
            answers: [{ ...answer, type: 'MedicationRequest' }],
          },
        ],
      }),
    )
  const vitals = (connection: Connection) => renderToString(h(VitalsAbsence, unread(connection)))

  it.each([
    ['a list', 'prescriptions', medications],
    ['vital signs', 'vital signs', vitals],
  ])('%s', (_where, what, at) => {
    expect(textOf(at(reduced))).toContain(
      `Riverside Clinic shares ${what} with Carekey only in part. More may be on file there.`,
    )
    expect(at(reduced)).not.toContain('aria-label="Sign in with')
    const stopped = { readVitals: false, readLists: [], readAccessLog: false, limited: [...limited] }
    const now = at({ ...reduced, stopped })
    expect(textOf(now)).toContain(
      `Riverside Clinic now shares ${what} with Carekey only in part. This was changed there, by you or by Riverside Clinic. Sign in to share all of it again.`,
    )
    expect(now).toContain('aria-label="Sign in with Riverside Clinic"')
    expect(textOf(at(connectionWith('Riverside Clinic')))).not.toContain('in part')
  })
})

describe('what the policy of this browser forbids is said to be its doing, and no sign-in is offered', () => {
  const parts = { readVitals: true, readLists: ['Condition'] as const, readAccessLog: true, limited: [] }
  const forbidden = reduced({
    can: { ...connectionWith('').can, readVitals: false, readAccessLog: false },
    stopped: { ...parts, readLists: [...parts.readLists] },
    forbidden: { ...parts, readLists: [...parts.readLists] },
    logNarrowed: true,
  })
  const by = /The administration of this browser/
  it.each([
    ['vital signs', renderToString(h(VitalsAbsence, unread(forbidden)))],
    [
      'the summary',
      renderToString(h(OrganizationSummary, { vitals: unread(forbidden), personal: false, isAway: false })),
    ],
    ['the access log', renderToString(h(AccessList, { connections: [forbidden], leftOut: [] }))],
    [
      'its alarm',
      renderToString(
        h(LogAlarm, {
          ...{ connections: [forbidden], here: [forbidden], busy: false, onOpen: nothing, onSignIn: nothing },
        }),
      ),
    ],
  ])('of %s', (_what, html) => {
    expect(textOf(html)).toMatch(by)
    expect(textOf(html)).not.toMatch(/changed there|If you did not choose/)
    expect(html).not.toContain('aria-label="Sign in with')
  })

  it('on its organization’s page', () => {
    expect(readsInFull(forbidden).refused).toContainEqual(
      expect.stringMatching(
        /^Vital signs, conditions, everything else in the record, access log: not allowed by the administration/,
      ),
    )
  })
})

it('the summary names all that may not be read in one sentence, and all that is no longer shared in another', () => {
  const summary = (connection: Connection) =>
    renderToString(h(OrganizationSummary, { vitals: unread(connection), personal: false, isAway: false }))
  const html = summary(stopped)
  expect(html.match(/class="notice/g)).toHaveLength(2)
  expect(textOf(html)).toContain(
    'Carekey may no longer read vital signs and medications at Riverside Clinic. This was changed there, by you or by Riverside Clinic. Sign in to share this again.',
  )
  expect(textOf(html)).toContain(
    'Reading allergies, conditions, immunizations, results, visits, procedures and social history was not allowed at Riverside Clinic.',
  )
  expect(html).not.toContain('<h3>')
  expect(textOf(summary(reduced()))).toContain('Reading vital signs, allergies, conditions, medications,')
  expect(textOf(summary(reduced()))).not.toContain('changed there')
})

describe('a connection that ended, in the list of organizations,', () => {
  const card = (change: Partial<Connection>) =>
    renderToString(
      h(ProviderCard, {
        provider: { id: 'r', name: 'Riverside Clinic', label: 'Riverside Clinic', hue: 0 } as Provider,
        connections: [connectionWith('Riverside Clinic', { signedIn: false, ...change })],
        ...{ busy: false, onSignIn: nothing, onOpen: nothing, onManage: nothing },
      }),
    )

  it('stays, says who ended it, and offers to sign in', () => {
    const ended = { endedBy: 'organization', endedAt: Date.parse('2026-11-24T14:02:00Z') } as const
    expect(textOf(card(ended))).toContain('John Doe')
    expect(textOf(card(ended))).toContain(
      'John Doe’s connection to Riverside Clinic was ended there, by John Doe or by Riverside Clinic.',
    )
    expect(card(ended)).toContain('aria-label="Sign in with Riverside Clinic"')
    expect(textOf(card({ ...ended, endedBy: 'time' }))).toContain('when its time was over')
    expect(textOf(card({}))).not.toContain('ended')
  })
})
