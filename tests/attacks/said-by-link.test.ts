import { expect, test } from 'vitest'
import { createUserAgent } from '../fixtures/user-agent.ts'
import { attack } from './attack.ts'
import { applications } from './people.ts'

/** A link from elsewhere opens a page of the organization, which then says what is not so. */
const anna = attack()

const signedIn = async (username = 'anna') => {
  const agent = createUserAgent(anna.server.url)
  await agent.submit(await agent.open('/login'), { username, password: `${username}-demo` })
  return agent
}

const NOTICE = /class="saved"/

test('an address alone makes no page say that something was saved', async () => {
  await anna.signIn({ username: 'anna', scope: 'openid patient/*.rs', application: applications.ext })
  const agent = await signedIn()
  const link =
    /href="(\/account\/connections\/[^"]+)"/.exec((await agent.open('/account')).html)?.[1] ?? expect.fail()
  for (const saved of ['narrowed', 'shortened', 'both', 'nothing', 'meanwhile', 'person'])
    for (const path of ['/account', link])
      expect((await agent.open(`${path}?saved=${saved}&proof=x`)).html, `${path} ${saved}`).not.toMatch(
        NOTICE,
      )

  const page = await agent.submit(await agent.open(link), {})
  expect(page.html).toMatch(NOTICE)
  const own = new URL(page.url)
  const again = `${own.pathname}${own.search}`
  expect((await agent.open(again)).html, 'the page is reloaded').toMatch(NOTICE)
  expect((await agent.open(again.replace('saved=nothing', 'saved=narrowed'))).html).not.toMatch(NOTICE)
  expect((await agent.open(`/account${own.search}`)).html, 'on another page').not.toMatch(NOTICE)
  const other = await signedIn()
  expect((await other.open(again)).html, 'in another session').not.toMatch(NOTICE)
})

test('a place in the log below which nothing is does not read as if the record had not been read', async () => {
  await anna.send('/fhir/Patient/pa', { as: 'TC' })
  const agent = await signedIn()
  const older = (await agent.open('/account/log?before=1')).html
  expect(older).toContain('No older entries.')
  expect(older).not.toContain('No entries yet.')
  for (const before of ['', '-5', '0', '1e3', 'x']) {
    const { html } = await agent.open(`/account/log?before=${before}`)
    expect(html, before).toContain('Morgan Lee')
  }
})
