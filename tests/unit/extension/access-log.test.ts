import { describe, expect, it } from 'vitest'
import { readAccessLog } from '../../../extension/access-log/entries/read-entries.ts'
import type { Client } from '../../../extension/fhir/client.ts'
import {
  accessEnd,
  accessKind,
  accessThrough,
  accessWho,
  readableQuery,
} from '../../../extension/who-read/access-words.ts'

const access = { fhirBase: 'https://clinic.example/fhir', fetch: () => Promise.reject(new Error('none')) }

/** The kind that an event of another server is shown as. */
const kindOf = async (event: object) => {
  const resource = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', ...event }
  const bundle = { resourceType: 'Bundle', entry: [{ resource }] }
  const client = { search: async () => ({ bundle }) } as unknown as Client
  const { entries } = await readAccessLog(client, access, undefined)
  return entries[0]?.kind
}

describe('an entry whose server names no known kind', () => {
  it('is shown by the meaning of its standard code', async () => {
    const meanings = [
      ['ITI-71', 'token'],
      ['ITI-102', 'introspect'],
      ['110122', 'sign-in'],
      ['110123', 'revoke'],
      ['110137', 'consent'],
      ['110131', 'register'],
      ['110112', 'search'],
      ['vread', 'read'],
      ['search-type', 'search'],
      ['delete', 'write'],
    ]
    for (const [code, kind] of meanings) expect(await kindOf({ subtype: [{ code }] }), code).toBe(kind)
  })

  it('is shown by its type if the subtype says nothing', async () => {
    expect(await kindOf({ type: { code: '110114' }, subtype: [{ code: 'local' }] })).toBe('sign-in')
    expect(await kindOf({ type: { code: '110112' } })).toBe('search')
  })

  it('is shown as another request if nothing is known, never as a code', async () => {
    expect(await kindOf({ type: { code: 'rest' }, subtype: [{ code: '999999' }] })).toBe('other')
    expect(await kindOf({ subtype: [{ system: 'urn:carekey:access-kind', code: 'new-kind' }] })).toBe('other')
    expect(await kindOf({})).toBe('other')
  })
})

it('does not say that a sign-in was refused if the person denied it or did not finish it', async () => {
  const endOf = async (kind: string, outcomeDesc: string) => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: kind }]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome: '4' }
    const bundle = { resourceType: 'Bundle', entry: [{ resource: { ...event, subtype, outcomeDesc } }] }
    const client = { search: async () => ({ bundle }) } as unknown as Client
    const [entry] = (await readAccessLog(client, access, undefined)).entries
    return entry && [entry.ending, accessEnd({ ...entry, by: 'you', isNew: false })]
  }
  expect(await endOf('consent', 'access_denied')).toEqual(['denied', 'undone'])
  expect(await endOf('sign-in', 'not_this_person')).toEqual(['unfinished', 'undone'])
  expect(await endOf('sign-in', 'wrong_password')).toEqual(['wrong-password', 'refused'])
  // Only a person's own steps can be undone by the person.
  expect(await endOf('read', 'access_denied')).toEqual([undefined, 'refused'])
})

it('names the application that was registered, changed or removed, and drops characters that change the direction of text', async () => {
  const subtype = [{ system: 'urn:carekey:access-kind', code: 'register' }]
  const entity = [
    { name: 'Chart\u202e Viewer', what: { identifier: { value: 'abc' } } },
    { type: { code: 'XrequestId' }, detail: [{ type: 'change', valueString: 'client removed' }] },
  ]
  const resource = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', subtype, entity }
  const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
  const { entries } = await readAccessLog(client as unknown as Client, access, undefined)
  expect(entries[0]).toMatchObject({ kind: 'register', change: 'removed', what: 'Chart Viewer (abc)' })
})

it('names the patient if the patient themselves acted, and nobody by the name of somebody else', async () => {
  const patientOf = async (who: object) => {
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z' }
    const entity = [{ role: { code: '1' }, what: { reference: 'Patient/jane' } }]
    const resource = { ...event, entity, agent: [{ who, requestor: true }] }
    const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
    const [entry] = (await readAccessLog(client as unknown as Client, access, undefined)).entries
    return [entry?.patient, entry?.patientName]
  }
  expect(await patientOf({ reference: 'Patient/jane', display: 'Jane\u202e Doe' })).toEqual([
    'jane',
    'Jane Doe',
  ])
  expect(await patientOf({ reference: 'Patient/john', display: 'John Doe' })).toEqual(['jane', undefined])
  expect(await patientOf({ reference: 'Practitioner/jane', display: 'Jane Roe' })).toEqual([
    'jane',
    undefined,
  ])
  expect(await patientOf({ display: 'Jane Doe' })).toEqual(['jane', undefined])
})

it('names the account whose password was tried in vain', async () => {
  const subtype = [{ system: 'urn:carekey:access-kind', code: 'sign-in' }]
  const what = { identifier: { value: 'a1' } }
  const entity = [{ name: 'Dr.\u202e Lee', role: { code: '6' }, type: { code: '1' }, what }]
  const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', subtype, entity }
  const resource = { ...event, outcome: '4', outcomeDesc: 'wrong_password' }
  const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
  const { entries } = await readAccessLog(client as unknown as Client, access, undefined)
  expect(entries[0]).toMatchObject({ ending: 'wrong-password', what: 'Dr. Lee (a1)' })
})

it('does not name the application as the one who tried to sign in', async () => {
  const entryOf = async (outcome: string, kind: string) => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: kind }]
    const agent = [
      { type: { coding: [{ code: '110153' }] }, who: { display: 'Carekey' } },
      { type: { coding: [{ code: '110152' }] }, who: { display: 'Riverside Clinic' } },
    ]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', subtype, outcome }
    const source = { observer: { display: 'Riverside Clinic' } }
    const client = {
      search: async () => ({
        bundle: { resourceType: 'Bundle', entry: [{ resource: { ...event, agent, source } }] },
      }),
    }
    return (await readAccessLog(client as unknown as Client, access, undefined)).entries[0]
  }
  expect(await entryOf('4', 'sign-in')).toMatchObject({ who: '', application: 'Carekey' })
  expect(await entryOf('0', 'sign-in')).toMatchObject({ who: 'Carekey' })
  expect(await entryOf('4', 'token')).toMatchObject({ who: 'Carekey' })
})

it('says that a sign-in was on the organization’s own pages, and through no application', async () => {
  const entryOf = async (identifier?: object) => {
    const agent = [
      {
        type: { coding: [{ code: '110153' }] },
        who: { display: 'Riverside Clinic', ...(identifier && { identifier }) },
      },
      { type: { coding: [{ code: '110152' }] }, who: { display: 'Riverside Clinic' } },
    ]
    const subtype = [{ system: 'urn:carekey:access-kind', code: 'sign-in' }]
    const source = { observer: { display: 'Riverside Clinic' } }
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome: '4' }
    const resource = { ...event, subtype, agent, source }
    const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
    return (await readAccessLog(client as unknown as Client, access, undefined)).entries[0]
  }
  const entry = await entryOf()
  expect(entry).toMatchObject({ who: '', application: 'Riverside Clinic', onOwnPages: true })
  expect(await entryOf({ value: 'namesake' }), 'an application with its name').not.toHaveProperty(
    'onOwnPages',
  )
  expect(entry && accessThrough(entry)).toBe('on the pages of Riverside Clinic')
  expect(accessThrough({ application: 'Carekey' })).toBe('through Carekey')
  expect(accessThrough({ application: 'Carekey', byItself: true })).toBeUndefined()
  const change = { application: 'Carekey', consent: 'narrowed' } as const
  expect(accessThrough(change), 'a decision of John alone').toBe('on the organization’s own page')
  expect(accessThrough({ ...change, consent: 'allowed' })).toBe('through Carekey')
})

it('names the application beside a person of the same name, and once if it acted for itself', async () => {
  const wordsOf = async (...people: object[]) => {
    const application = { display: 'John Doe', identifier: { value: 'evil-app' } }
    const agent = [
      { type: { coding: [{ code: '110153' }] }, who: application, requestor: people.length === 0 },
      ...people,
    ]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome: '0' }
    const resource = { ...event, subtype: [{ code: 'search' }], agent }
    const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
    const [entry] = (await readAccessLog(client as unknown as Client, access, undefined)).entries
    if (!entry) throw new Error('no entry')
    return [accessWho({ ...entry, by: 'elsewhere', isNew: false }, undefined), accessThrough(entry)]
  }
  expect(await wordsOf({ who: { display: 'John Doe' }, requestor: true })).toEqual([
    'John Doe',
    'through John Doe',
  ])
  expect(await wordsOf()).toEqual(['John Doe', undefined])
})

it('says that a person disconnected an application on the organization’s own page, and not through it', async () => {
  const entryOf = async (detail: object[]) => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: 'revoke' }]
    const agent = [
      {
        type: { coding: [{ code: '110153' }] },
        who: { display: 'Carekey', identifier: { value: 'carekey' } },
      },
      { type: { coding: [{ code: 'IRCP' }] }, requestor: true, who: { display: 'John Doe' } },
    ]
    const entity = [{ type: { code: 'XrequestId' }, detail }]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome: '0' }
    const resource = { ...event, subtype, agent, entity }
    const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
    const [entry] = (await readAccessLog(client as unknown as Client, access, undefined)).entries
    if (!entry) throw new Error('no entry')
    return [accessThrough(entry), accessKind({ ...entry, by: 'elsewhere', isNew: false })]
  }
  expect(await entryOf([{ type: 'change', valueString: 'disconnect' }])).toEqual([
    'on the organization’s own page',
    'Access ended: a connection of Carekey',
  ])
  expect(await entryOf([]), 'the application gave its token back').toEqual([
    'through Carekey',
    'Access ended',
  ])
})

it('says whether a consent allowed an application, or changed what or how long it may read', async () => {
  const consentOf = async (details: object, kind = 'consent', outcome = '0') => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: kind }]
    const detail = Object.entries(details).map(([type, valueString]) => ({ type, valueString }))
    const entity = [{ type: { code: 'XrequestId' }, detail }]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome }
    const client = {
      search: async () => ({
        bundle: { resourceType: 'Bundle', entry: [{ resource: { ...event, subtype, entity } }] },
      }),
    }
    return (await readAccessLog(client as unknown as Client, access, undefined)).entries[0]?.consent
  }
  const [scope, window] = ['patient/Observation.rs', 'visit']
  expect(await consentOf({ scope, window })).toBe('allowed')
  expect(await consentOf({ scope })).toBe('narrowed')
  expect(await consentOf({ window })).toBe('shortened')
  expect(await consentOf({ change: 'reduce', scope, window })).toBe('reduced')
  expect(await consentOf({ change: 'reduce', scope })).toBe('narrowed')
  // Other servers do not state this.
  expect(await consentOf({})).toBeUndefined()
  expect(await consentOf({ scope }, 'token')).toBeUndefined()
  expect(await consentOf({ scope, window }, 'consent', '4')).toBeUndefined()
})

it('one person through two applications, or with their reference written in full, is one person', async () => {
  const keysOf = async (application: string, identifier: string, reference: string) => {
    const agent = [
      { type: { coding: [{ code: '110153' }] }, who: { identifier: { value: application } } },
      { requestor: true, who: { display: 'Dr. Lee', identifier: { value: identifier }, reference } },
    ]
    const resource = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', agent }
    const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
    return (await readAccessLog(client as unknown as Client, access, undefined)).entries[0]
  }
  const lee = await keysOf('carekey', 'lee', 'Practitioner/lee')
  const elsewhere = await keysOf('growth-chart', 'lee', 'https://records.example/fhir/Practitioner/lee')
  expect(lee?.personKey).toBeDefined()
  expect(elsewhere?.personKey).toBe(lee?.personKey)
  expect(elsewhere?.agentKey).not.toBe(lee?.agentKey)
  const namesake = await keysOf('carekey', 'another', 'Practitioner/another')
  expect(namesake?.personKey).not.toBe(lee?.personKey)
  expect((await keysOf('carekey', 'lee', 'Practitioner/another'))?.personKey).not.toBe(lee?.personKey)
})

it('a renewed access is not called given', async () => {
  const wordsOf = async (...detail: object[]) => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: 'token' }]
    const entity = [{ type: { code: 'XrequestId' }, detail }]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome: '0' }
    const client = {
      search: async () => ({
        bundle: { resourceType: 'Bundle', entry: [{ resource: { ...event, subtype, entity } }] },
      }),
    }
    const [entry] = (await readAccessLog(client as unknown as Client, access, undefined)).entries
    return entry && accessKind({ ...entry, by: 'you', isNew: false })
  }
  expect(await wordsOf()).toBe('Access given')
  expect(await wordsOf({ type: 'renewed', valueString: 'true' })).toBe('Access renewed')
})

it('says how many resources an import stored, once it ended', async () => {
  const entryOf = async (details: object) => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: 'import' }]
    const detail = Object.entries(details).map(([type, valueString]) => ({ type, valueString }))
    const entity = [{ type: { code: 'XrequestId' }, detail }]
    const resource = {
      resourceType: 'AuditEvent',
      id: '1',
      recorded: '2026-11-24T12:00:00Z',
      subtype,
      entity,
    }
    const client = { search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }) }
    return (await readAccessLog(client as unknown as Client, access, undefined)).entries[0]
  }
  const ended = { state: 'ended', created: '1204', replaced: '3', refused: '9' }
  expect(await entryOf(ended)).toMatchObject({ kind: 'import', imported: 1207 })
  expect(await entryOf({ state: 'began' })).not.toHaveProperty('imported')
  expect(await entryOf({ ...ended, created: '<b>many</b>' })).not.toHaveProperty('imported')
})

describe('F32 the counted requests of strangers', () => {
  const entryOf = async (address: string, valueString: string) => {
    const resource = {
      resourceType: 'AuditEvent',
      id: '1',
      recorded: '2026-11-24T12:00:00Z',
      outcome: '4',
      subtype: [{ system: 'urn:carekey:access-kind', code: 'refusals' }],
      agent: [{ who: { display: 'unknown application' }, network: { address, type: '2' } }],
      entity: [
        {
          detail: [
            { type: 'requests', valueString },
            { type: 'read invalid_token', valueString },
          ],
        },
      ],
    }
    const client = {
      search: async () => ({ bundle: { resourceType: 'Bundle', entry: [{ resource }] } }),
    } as unknown as Client
    return (await readAccessLog(client, access, undefined)).entries[0]
  }

  it('are shown by their number and the network they came from', async () => {
    const entry = { kind: 'refusals', outcome: 'refused', who: '203.0.113.0/24', requests: 214 }
    expect(await entryOf('203.0.113.0/24', '214')).toMatchObject(entry)
    expect(await entryOf('2001:db8:1:2::/64', '3')).toMatchObject({ who: '2001:db8:1:2::/64', requests: 3 })
    expect(await entryOf('many networks', '9')).toMatchObject({ who: '', requests: 9 })
  })

  it('are not shown if the number is invalid', async () => {
    expect(await entryOf('<b>everywhere</b>', 'lots')).toEqual({
      id: '1',
      recorded: '2026-11-24T12:00:00Z',
      kind: 'refusals',
      outcome: 'refused',
      who: '',
    })
  })
})

describe('the query of an entry', () => {
  it('is shown as it was typed', () => {
    expect(readableQuery('Observation?code=http%3A%2F%2Floinc.org%7C85354-9&patient=1')).toBe(
      'Observation?code=http://loinc.org|85354-9&patient=1',
    )
    expect(readableQuery('Patient/1')).toBe('Patient/1')
  })

  it('holds nothing that hides or reverses text, however it was encoded', () => {
    expect(readableQuery('Observation?code=a%E2%80%AE%2E%E2%80%8B1&patient=%0A1')).toBe(
      'Observation?code=a.1&patient= 1',
    )
  })

  it('is cut where a value is no longer readable', () => {
    expect(readableQuery(`Patient?_page=${'x'.repeat(300)}`)).toBe('Patient?_page=xxxxxxxx…')
    const fifty = Array.from({ length: 50 }, (_, at) => `entry=${at}`).join('&')
    expect(readableQuery(`audit/proof/inclusion?size=9&${fifty}`)).toBe(
      'audit/proof/inclusion?size=9&entry=0&entry=1&entry=2&entry=3&entry=4&…',
    )
  })
})

it('says what was done with an account, if the entry does', async () => {
  const wordsOf = async (change?: string) => {
    const subtype = [{ system: 'urn:carekey:access-kind', code: 'account' }]
    const detail = change === undefined ? [] : [{ type: 'change', valueString: change }]
    const event = { resourceType: 'AuditEvent', id: '1', recorded: '2026-11-24T12:00:00Z', outcome: '0' }
    const bundle = {
      resourceType: 'Bundle',
      entry: [{ resource: { ...event, subtype, entity: [{ detail }] } }],
    }
    const client = { search: async () => ({ bundle }) } as unknown as Client
    const [entry] = (await readAccessLog(client, access, undefined)).entries
    return entry && accessKind({ ...entry, by: 'others', isNew: false })
  }
  expect(await wordsOf('invite')).toBe('Account invited')
  expect(await wordsOf('disable')).toBe('Account disabled')
  expect(await wordsOf('enable')).toBe('Account enabled')
  expect(await wordsOf('reset')).toBe('Password of an account reset')
  expect(await wordsOf('remove')).toBe('Account removed')
  for (const other of [undefined, 'person', 'constructor'])
    expect(await wordsOf(other)).toBe('Change of an account')
})
