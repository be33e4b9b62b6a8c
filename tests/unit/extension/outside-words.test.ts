import { readdirSync, readFileSync } from 'node:fs'
import { type ComponentType, h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { describe, expect, it } from 'vitest'
import type { AccessEntry } from '../../../extension/messages/log-entries.ts'
import type { Connection, State } from '../../../extension/messages/state.ts'
import { LogTable } from '../../../extension/options/log/log-table.tsx'
import { OrganizationPage, RemoveDialog } from '../../../extension/popup/frame/organization-page.tsx'
import { OrganizationsSheet } from '../../../extension/popup/frame/organizations-sheet.tsx'
import { stillSignedIn } from '../../../extension/popup/frame/place.ts'
import { LogAlarm } from '../../../extension/popup/log/log-alarm.tsx'
import { LogLine } from '../../../extension/popup/log/log-line.tsx'
import { LogStatement } from '../../../extension/popup/log/log-statement.tsx'
import { NewestNotice } from '../../../extension/popup/newest-notice.tsx'
import { ProviderCard } from '../../../extension/popup/provider-card.tsx'
import { endedOf, MissingLines } from '../../../extension/record/vitals/missing-lines.tsx'
import { ProblemNotice } from '../../../extension/ui/controls/notice.tsx'
import { ofPerson, personName, remarkWords } from '../../../extension/ui/words/outside-words.ts'
import { connectionWith } from '../../fixtures/connection.ts'

it('a remark of an organization holds no mark that ends its quotation', () => {
  expect(remarkWords('Pulse', 'All is well.” Honest Clinic says: “Stop.')).toBe(
    "Pulse says: “All is well.' Honest Clinic says: 'Stop.”",
  )
  expect(remarkWords('Pulse', 'ישן (1)')).toBe('Pulse says: “\u2068ישן (1)\u2069”')
})

describe("a person's name in a sentence", () => {
  it.each([
    'John Doe',
    'Dr. Lee',
    'Prof. J. R. R. Tolkien',
    'Ann M. Dela-Cruz',
    'María José García-López',
    'O’Neil',
    "Sinéad O'Neil",
    'Jean-Luc Picard',
    'Peter von der Heide',
    'Giovanni d’Angelo',
    "Henk van 't Hooft",
    'Mohammed al-Rashid',
    'Łukasz Żółć',
    'Zoe\u0301 Doe',
    'Мария Иванова',
    '山田 太郎',
    'ann',
    '',
  ])('is as it is, if it is plain words of a name: %s', (name) => {
    expect(personName(name)).toBe(name)
  })

  it('turns nothing around it, if it is written from the right', () => {
    expect(personName('שרה לוי')).toBe('\u2068שרה לוי\u2069')
    expect(ofPerson('علي حسن', 'Signed out.')).toBe('\u2068علي حسن\u2069: Signed out.')
    expect(personName('שרה (1)')).toBe('“\u2068שרה (1)\u2069”')
  })

  it.each([
    ['Smith, John', '“Smith, John”'],
    ['Mara (Honest Clinic), Mara', '“Mara (Honest Clinic), Mara”'],
    ['Mara Mock” (Honest Clinic) “Mara', "“Mara Mock' (Honest Clinic) 'Mara”"],
    ['Mara Mock: Signed', '“Mara Mock: Signed”'],
    ['Mara Mock · Honest Clinic', '“Mara Mock · Honest Clinic”'],
    ['Mara Mock – Honest Clinic', '“Mara Mock – Honest Clinic”'],
    ['Mara 2', '“Mara 2”'],
    ['john.doe@clinic.example', '“john.doe@clinic.example”'],
    ['Mara. Signed Out', '“Mara. Signed Out”'],
    ['Mara Mock.', '“Mara Mock.”'],
    ['Mara and Nora', '“Mara and Nora”'],
    ['Mara And Nora', '“Mara And Nora”'],
    ['Mara y Nora', '“Mara y Nora”'],
    ['Mara e Inés', '“Mara e Inés”'],
    ['Honest Clinic forged Logs', '“Honest Clinic forged Logs”'],
    ['sign-out', '“sign-out”'],
    ['All Of Your Records Are Gone', '“All Of Your Records Are Gone”'],
    ['Nobody', '“Nobody”'],
    ['N0body', '“N0body”'],
    ['N\u043ebody', '“N\u043ebody”'], // Cyrillic
    ['Nad\u0131e', '“Nad\u0131e”'],
    ['Carekey', '“Carekey”'],
    ['no one else', '“no one else”'],
    ['No One Else', '“No One Else”'],
    ['No-One', '“No-One”'],
    ['Only You', '“Only You”'],
    ['NADIE', '“NADIE”'],
    ['Solo Usted', '“Solo Usted”'],
    ['Mara’’ Mock', "“Mara' Mock”"],
    ['Mara ײ Mock', "“Mara ' Mock”"],
    ['A'.repeat(41), `“${'A'.repeat(39)}…”`],
    [
      'Honest Clinic forged your access log. Sign out there and tell them. Mara',
      '“Honest Clinic forged your access log. S…”',
    ],
  ])('is quoted and short, if it is more: %s', (name, shown) => {
    expect(personName(name)).toBe(shown)
  })
})

describe('a name that is a sentence is quoted in', () => {
  const name = 'Honest Clinic forged your access log. Sign out there and tell them. Mara'
  const marked = '“Honest Clinic forged your access log. S…”'
  const patient = { id: 'p', name, birthDate: '1970-02-03', identifiers: [] }
  const person = { name, role: 'patient' } as const
  const mock = connectionWith('Mock', { patient, person })
  const other = connectionWith('Honest Clinic')
  const nothing = () => undefined
  const html = <P extends object>(page: ComponentType<P>, props: NoInfer<P>) => renderToString(h(page, props))
  const notice = (state: Partial<State>, outcomes: Connection[] = [], open?: Connection) =>
    html(NewestNotice, {
      state: { connections: [], providers: [], ...state } as unknown as State,
      own: {
        failures: [],
        outcomes:
          outcomes.length === 0
            ? []
            : [{ kind: 'outcome', request: 'sign-out', outcome: 'revoked', at: 1, ended: outcomes }],
      },
      ...{ open, busy: false, onSignIn: nothing, onDismiss: nothing },
    })
  const sheet = {
    state: { connections: [mock, other], launched: [] } as unknown as State,
    ...{ busy: false, onOpen: nothing, onManage: nothing, onAdd: nothing, onSignIn: nothing },
    ...{ onEndAll: nothing, onClose: nothing },
  }
  const alarm = { here: [], busy: false, onOpen: nothing, onSignIn: nothing }
  const read = {
    id: 'e',
    recorded: '2026-11-24T07:12:00Z',
    kind: 'read',
    outcome: 'success',
    who: name,
    by: 'others',
  }
  const log = {
    connection: mock,
    pages: [{ entries: [read], readAt: Date.now(), check: '1' }],
    pending: false,
  }
  const provenLog = { ...log, pages: [{ ...log.pages[0], proof: { outcome: 'complete' } }] }
  const newLog = { ...log, pages: [{ ...log.pages[0], entries: [{ ...read, isNew: true }] }] }
  const card = { provider: { id: 'Mock', name: 'Mock', label: 'Mock', hue: 0 }, busy: false }
  const declared = { samePerson: 'm', endedAt: 2, signedIn: false } as const
  it.each<[string, string]>([
    ['an alarm', html(LogAlarm, { ...alarm, connections: [{ ...mock, logAlarm: true }] })],
    ['the sheet, as another person', html(OrganizationsSheet, { ...sheet, current: other })],
    ['the sheet of everybody', html(OrganizationsSheet, { ...sheet, current: undefined })],
    [
      'the page of the connection',
      html(OrganizationPage, {
        ...{ connection: mock, canLock: false, notices: null, busy: false },
        ...{ onSignIn: nothing, onEnd: nothing, onBack: nothing },
      }),
    ],
    ['who read last', html(LogStatement, { logs: [provenLog], everywhere: [mock] } as never)],
    ['who read lately', html(LogStatement, { logs: [newLog], everywhere: [mock] } as never)],
    [
      'the list of organizations',
      html(ProviderCard, {
        ...card,
        connections: [mock],
        onSignIn: nothing,
        onOpen: nothing,
        onManage: nothing,
      } as never),
    ],
    [
      'the question before a removal',
      html(RemoveDialog, { connection: mock, onConfirm: nothing, onClose: nothing }),
    ],
    [
      'a failure',
      html(ProblemNotice, { problem: { code: 'unreachable' }, organization: 'Mock', person: name }),
    ],
    ['the notice of one sign-out', notice({}, [mock])],
    ['the notice of all sign-outs', notice({}, [mock, other])],
    ['the notice of who is still signed in', notice({ connections: [mock] }, [other])],
    ['the notice of an end that comes', notice({ connections: [{ ...mock, endsAt: Date.now() + 90_000 }] })],
    ...(['organization', 'provider-changed'] as const).map((endedBy): [string, string] => [
      `the line of an end by ${endedBy}`,
      html(MissingLines, { missing: endedOf([{ ...mock, ...declared, endedBy }]), isLong: true }),
    ]),
    [
      'the notice of access that goes on',
      notice({ unrevoked: [{ id: 'u', organization: 'Mock', person: name, at: 1 }] }),
    ],
  ])('%s', (_place, page) => {
    expect(page).toContain(marked)
    expect(page).not.toContain(name)
  })

  it('the names of those who are still signed in', () => {
    expect(stillSignedIn([mock, other], [])).toBe(`${marked} (Mock) and John Doe (Honest Clinic)`)
  })
})

describe('the name of an application in the log', () => {
  const entry = (more: Partial<AccessEntry>): AccessEntry => ({
    ...{ id: 'e', recorded: '2026-11-24T07:12:00Z', kind: 'consent', outcome: 'success' },
    ...{ who: 'John Doe', by: 'elsewhere', isNew: true, ...more },
  })
  const lines = (more: Partial<AccessEntry>) => {
    const row = { connection: connectionWith('Riverside Clinic'), entry: entry(more), at: 0, folded: [] }
    const proofs: [] = []
    return [
      html(LogLine, { row: { ...row, isDatedAhead: false, isForeign: false }, alone: true }),
      html(LogTable, { entries: [entry(more)], proofs, organization: 'Riverside Clinic' }),
    ].map((page) => page.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' '))
  }
  const html = <P extends object>(page: ComponentType<P>, props: NoInfer<P>) => renderToString(h(page, props))
  const places: [string, (name: string) => Partial<AccessEntry>][] = [
    ['through what', (name) => ({ kind: 'read', application: name })],
    ['on whose pages', (name) => ({ kind: 'read', application: name, onOwnPages: true })],
    ['who read', (name) => ({ kind: 'read', who: name, application: name, byItself: true })],
    ['who read, of a person', (name) => ({ kind: 'read', who: name })],
    ...(['allowed', 'narrowed', 'shortened', 'reduced'] as const).map(
      (consent): [string, (name: string) => Partial<AccessEntry>] => [
        `what was ${consent}`,
        (name) => ({ application: name, consent }),
      ],
    ),
    ['what was disconnected', (name) => ({ kind: 'revoke', application: name, disconnected: true })],
    ['what was registered', (name) => ({ kind: 'register', what: name })],
  ]
  it.each(places)('turns no line round: %s', (_place, more) => {
    for (const name of [
      'nobody',
      'N0body',
      'no application',
      'you. Not Dr. Smith',
      'Carekey on this browser',
      'Carekey, and withdrew it from Growth Chart',
    ])
      for (const line of lines(more(name))) {
        expect(line).toMatch(/“[^”]+”/)
        expect(line.replaceAll(/“[^”]*”/g, '')).not.toMatch(
          /nobody|N0body|no application|Smith|this browser|Growth/,
        )
      }
  })

  it.each(['Growth Chart', 'Carekey', 'Heart Coach'])('is as it is, if it is plain words: %s', (name) => {
    for (const [, more] of places.slice(0, -3))
      if (name !== 'Carekey' || more(name).application) expect(lines(more(name)).join()).not.toContain('“')
  })
})

it('a page shows a name as it is recorded only where it stands alone, or where it is no text', () => {
  const pages = ['popup', 'summary', 'launch', 'options', 'record', 'ui', 'find']
  const lines = pages.flatMap((page) =>
    readdirSync(`extension/${page}`, { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file))
      .flatMap((file) => readFileSync(`extension/${page}/${file}`, 'utf8').split('\n'))
      .map((line) => line.trim()),
  )
  const isMarked = /(?:personName|ofPerson)\((?:\w+Of\([^)]*\)|[^)]*)\)?/g
  const asRecorded = lines.filter((line) =>
    /\b(?:person|patient)\??\.name\b|\b(?:n|endedN)ameOf\(/i.test(line.replaceAll(isMarked, '')),
  )
  expect(asRecorded.toSorted()).toEqual([
    "'needsBanner' in connection ? connection.person.name : nameOf(connection)",
    '<h1>{first.patient.name}</h1>',
    '<h1>{patient.name || patient.id}</h1>',
    '<strong>{patient.name}</strong>',
    "const name = connections[0]?.patient?.name ?? ''",
    'const names = { organization: providerName, person: endedNameOf(connection) }',
    'export const nameOf = ({ patient, person }: Connection): string => patient?.name ?? person.name',
    'patient && patient.name !== person.name',
    'return connection?.person.name',
    'title={patient.name}',
  ])
})
