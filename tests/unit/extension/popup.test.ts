import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Connection, PopupPlace } from '../../../extension/messages/state.ts'
import { fakeBrowser } from '../../fakes/browser.ts'
import { connectionWith } from '../../fixtures/connection.ts'

const { sendMessage } = fakeBrowser.runtime
beforeAll(async () => {
  // Importing the popup already sends its first request.
  fakeBrowser.runtime.sendMessage = async () => ({ ok: true, value: {} })
  await import('../../../extension/popup/popup.tsx')
})
afterAll(() => {
  fakeBrowser.runtime.sendMessage = sendMessage
})

/** The popup's first view of a state, before any other code is loaded. */
const popupWith = async (connections: Connection[], place: PopupPlace): Promise<string> => {
  const providers = connections.map(({ providerId: id, providerName: name }) => ({ id, name, label: name }))
  const state = { providers, connections, launched: [], place, redirectUri: '' }
  const arrival = Promise.withResolvers<void>()
  fakeBrowser.runtime.sendMessage = async () => {
    arrival.resolve()
    return { ok: true, value: state }
  }
  await fakeBrowser.storage.session.set({ flow: null })
  await arrival.promise
  await new Promise((resolve) => setTimeout(resolve))
  const { Popup } = await import('../../../extension/popup/popup.tsx')
  return renderToString(h(Popup, {}))
}

const patient = { id: 'p', name: 'John Doe', identifiers: [] }
const clinic = connectionWith('Riverside Clinic', { patient })
const ended = { signedIn: false, endedBy: 'organization' } as const
const other = connectionWith('Pulse Devices', { patient: { ...patient, name: 'Jane Doe' } })
const lee = connectionWith('Riverside Clinic', { person: { name: 'Dr. Lee', role: 'clinician' } })

it('a birth date that the person does not share is not called unrecorded', async () => {
  expect(await popupWith([clinic], {})).toContain('birth date not recorded')
  const narrowed = { ...clinic, can: { ...clinic.can, searchPatients: false } }
  const html = await popupWith([narrowed], {})
  expect(html).toContain('birth date not shared')
  expect(html).not.toContain('not recorded')
})

describe('an alarm about an access log is on every page that the toolbar leads to', () => {
  it.each([
    ['the list, after the connection ended', [{ ...clinic, ...ended }], {}, 'Sign in again'],
    ['the list, while it is signed in', [clinic], { home: true }, 'What is wrong'],
    ['the record itself', [clinic], {}, 'href="#who-read"'],
    ['the record of somebody else', [other, clinic], {}, 'What is wrong'],
    ['a record elsewhere, after the connection ended', [other, { ...clinic, ...ended }], {}, 'Sign in again'],
    ['a patient who was looked up', [lee], { connectionId: lee.id, patient }, 'What is wrong'],
    ['a clinician’s search', [lee], {}, 'What is wrong'],
  ])('%s', async (_, connections, place, way) => {
    const alarmed = connections.map((each) =>
      each.id === clinic.id ? { ...each, logAlarm: true as const } : each,
    )
    const html = await popupWith(alarmed, place)
    const [, banner] = /class="notice alarm"(.*?)<\/div><\/div><\/div>/.exec(html) ?? []
    expect(banner).toMatch(/(John Doe|Dr. Lee): The access log of Riverside Clinic/)
    expect(banner).toContain(way)
    expect(await popupWith(connections, place)).not.toContain('notice alarm')
  })

  it('two histories of one log are named once even if two people are signed in there', async () => {
    const both = [clinic, { ...lee, id: 'lee' }].map((each) => ({ ...each, logForked: true as const }))
    const html = await popupWith(both, { home: true })
    expect(html.match(/notice alarm/g)).toHaveLength(1)
  })
})

it.each([
  [{ count: 1, more: false }, '1 new access to your record at Riverside Clinic'],
  [{ count: 2, more: false }, '2 new accesses to your record at Riverside Clinic'],
  [{ count: 200, more: true }, '200 or more new accesses to your record at Riverside Clinic'],
  [{ count: 0, more: true }, 'The log of Riverside Clinic is longer than could be read so far'],
  [
    { count: 0, more: false, erasures: 1 },
    'Earlier entries were erased from the access log of Riverside Clinic',
  ],
])('the list says of a connection that ended what the toolbar announces: %o', async (newAccesses, words) => {
  expect(await popupWith([{ ...clinic, ...ended, newAccesses }], {})).toContain(words)
  expect(await popupWith([{ ...clinic, ...ended }], {})).not.toContain(words)
})
