import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import { ask, logIn } from './authorization-request.ts'

const anna = attack()

const NOTHING: readonly [string, string][] = [
  ['blanks of Braille', '\u2800\u2800'],
  ['a filler of Hangul', '\u3164'],
  ['a joiner alone', '\u200d'],
  ['marks alone', '\u0301\u0301'],
  ['signs alone', '·—·'],
]
const DECEPTIVE: readonly [string, string][] = [
  ['a grapheme joiner', 'Carekey\u034f'],
  ['a soft hyphen', 'Care\u00adkey'],
  ['a zero-width space', 'Care\u200bkey'],
  ['an override of the direction', '\u202eyekeraC'],
  ['an isolate', 'Carekey\u2066 \u2069'],
  ['a next line', 'Carekey\u0085or nothing'],
  ['a line separator', 'Carekey\u2028or nothing'],
  ['a tag', 'Carekey\u{e0041}'],
  ['a variation selector', 'Carekey\ufe0f'],
  ['many marks on a letter', `Ca${'\u0301'.repeat(9)}re`],
  ['81 characters', 'x'.repeat(81)],
]
/** Names beside "Riverside Portal", which is registered. */
const TWINS: readonly [string, string][] = [
  ['in Cyrillic', 'R\u0456v\u0435rs\u0456d\u0435 P\u043ert\u0430l'],
  ['in Greek', 'Rivers\u03b9de P\u03bfrtal'],
  ['in Armenian', 'Riverside P\u0585rtal'],
  ['in Cherokee', '\u13a1iverside Portal'],
  ['of full width', 'Ｒiverside Portal'],
  ['in mathematical letters', '𝐑𝐢𝐯𝐞𝐫𝐬𝐢𝐝𝐞 Portal'],
  ['with a digit', 'R1verside P0rtal'],
  ['in capitals', 'RIVERSIDE PORTAL'],
  ['without the space', 'Riverside-Portal.'],
  ['with an accent', 'Ríverside Portal'],
]

const metadata = (client_name: string) => ({
  client_name,
  redirect_uris: ['https://names.example/callback'],
  token_endpoint_auth_method: 'none',
})

const sendJson = async (path: string, method: string, body: object, bearer?: string) =>
  anna.send(path, {
    method,
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${bearer ?? (await anna.token('TADM'))}`,
    },
    body: JSON.stringify(body),
  })

const register = (name: string) => sendJson('/oauth/register', 'POST', metadata(name))

describe('J05 the name of an application', () => {
  test.each([...NOTHING, ...DECEPTIVE])('that is deceptive is refused everywhere: %s', async (_, name) => {
    const answer = await register(name)
    expect([answer.status, answer.json.error]).toEqual([400, 'invalid_client_metadata'])
    expect(answer.json.error_description).toMatch(/^client_name (shows no|holds a character|is longer)/)

    const { json } = await register('Honest Name')
    const renamed = await sendJson(`/oauth/applications/${json.client_id}`, 'PUT', { client_name: name })
    expect([renamed.status, renamed.json.error]).toEqual([400, 'invalid_client_metadata'])
    const own = { ...metadata(name), client_id: json.client_id }
    const changed = await sendJson(
      `/oauth/register/${json.client_id}`,
      'PUT',
      own,
      json.registration_access_token,
    )
    expect(changed.status).toBeGreaterThanOrEqual(400)
    const { applications } = (await anna.send('/oauth/applications', { as: 'TADM' })).json
    expect(applications.map((each: { client_name?: string }) => each.client_name)).not.toContain(name)
  })

  test('that looks like another one is refused everywhere, and the very same is not', async () => {
    expect((await register('Riverside Portal')).status).toBe(201)
    expect((await register('Riverside Portal')).status).toBe(201)
    const { json } = await register('Second Name')
    for (const [how, name] of TWINS) {
      const answer = await register(name)
      expect([answer.status, answer.json.error_description], how).toEqual([
        400,
        'client_name looks like "Riverside Portal", the name of another application',
      ])
      const renamed = await sendJson(`/oauth/applications/${json.client_id}`, 'PUT', { client_name: name })
      expect(renamed.status, how).toBe(400)
    }
    expect((await register('Riverside Portals')).status).toBe(201)
  })

  test('looks like none that an application had before, or that is deleted', async () => {
    const { client_id } = (await register('Heron Health')).json
    expect((await register('Heron HeaIth')).status).toBe(400)
    await sendJson(`/oauth/applications/${client_id}`, 'PUT', { client_name: 'Osprey Health' })
    expect((await register('Heron HeaIth')).status).toBe(201)
    expect((await register('Osprey HeaIth')).status).toBe(400)
    const deleted = await anna.send(`/oauth/applications/${client_id}`, { as: 'TADM', method: 'DELETE' })
    expect(deleted.status).toBeLessThan(300)
    expect((await register('Osprey HeaIth')).status).toBe(201)
  })

  test('is shown whole, however long it may be, so that two names never look the same', async () => {
    const longest = [...'AB'].map(
      (end) => `${'Medication and Allergy Companion '.repeat(3).slice(0, 79)}${end}`,
    )
    for (const name of longest) {
      const { client_id } = (await register(name)).json
      const application = { client_id, redirect_uri: metadata(name).redirect_uris[0] ?? '' }
      const { page } = await logIn(await ask(anna, { application }))
      expect(page.html).toContain(`<h1>“${name}” wants to read from your record</h1>`)
    }
  })
})

test('J05 of two names that look alike and are registered at once, one is refused', async () => {
  await anna.token('TADM')
  const register = (client_name: string) =>
    anna.send('/oauth/register', {
      as: 'TADM',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ client_name, redirect_uris: ['https://kestrel.example/callback'] }),
    })
  const answers = await Promise.all(['Kestrel Health', 'Kestrel HeaIth'].map(register))
  const [first, second] = answers.map(({ status }) => status).toSorted()
  expect(first).toBe(201)
  expect([400, 409]).toContain(second)
})
