import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { john } from '../../../server/demo/withings/people.ts'
import {
  callApi,
  permissionUrl,
  postForm,
  refresh,
  signInAt,
  startStandIn,
  type TestStandIn,
  type TokenBody,
} from '../../fixtures/stand-in.ts'

interface Group {
  readonly grpid: number
  readonly date: number
  readonly modified: number
  readonly category: number
  readonly measures: readonly { type: number; value: number; unit: number }[]
}

const SECOND = 1000

let standIn: TestStandIn
let tokens: TokenBody
beforeEach(async () => {
  standIn = await startStandIn()
  tokens = await signInAt(standIn)
})
afterEach(() => standIn.close())

const getmeas = async (form: Record<string, string> = {}) => {
  const answer = await callApi(standIn, '/measure', { action: 'getmeas', ...form }, tokens.access_token)
  return { ...answer, groups: (answer.body.measuregrps ?? []) as Group[] }
}
const weigh = (value: number | bigint, rest: object = {}) =>
  standIn.measure(john.userid, { measures: [{ type: 1, value, unit: -3 }], ...rest })

describe('the stand-in for Withings: measures', () => {
  it('W06 returns measures and goals together, or one category on request', async () => {
    const goals = (await getmeas({ meastypes: '1', category: '2' })).groups
    expect(goals.map(({ category }) => category)).toEqual([2])
    const measurements = (await getmeas({ meastypes: '1', category: '1' })).groups
    const mixed = await getmeas({ meastypes: '1' })
    expect(mixed.groups.length).toBe(measurements.length + 1)
  })

  it('W06 returns pages, the newest first, with `more` as a number or as true and false', async () => {
    standIn.switches.pageSize = 100
    const first = await getmeas()
    expect(first.body).toMatchObject({ more: 1, offset: 100, timezone: 'America/Chicago' })
    standIn.switches.more = 'boolean'
    const second = await getmeas({ offset: '100' })
    expect(second.body).toMatchObject({ more: true, offset: 200 })
    standIn.switches.pageSize = 1000
    const last = await getmeas({ offset: '200' })
    expect(last.body).toMatchObject({ more: false, offset: 0 })
    const all = [...first.groups, ...second.groups, ...last.groups]
    expect(new Set(all.map(({ grpid }) => grpid)).size).toBe(all.length)
    expect(all.map(({ date }) => date)).toEqual(all.map(({ date }) => date).sort((a, b) => b - a))
  })

  it('W05 W06 returns only new and edited groups after `lastupdate`, with the same `grpid`', async () => {
    const { body, groups } = await getmeas({ meastypes: '1', category: '1' })
    const lastupdate = String(body.updatetime)
    expect((await getmeas({ lastupdate })).groups).toEqual([])
    standIn.clock.now += 60 * SECOND
    const edited = standIn.measure(john.userid, {
      grpid: groups[5]?.grpid ?? 0,
      measures: [{ type: 1, value: 8123, unit: -2 }],
    })
    const group = weigh(81_500)
    const { groups: changed } = await getmeas({ lastupdate })
    expect(changed.map(({ grpid }) => grpid)).toEqual([group.grpid, edited.grpid])
    expect(changed[1]).toMatchObject({ date: groups[5]?.date, modified: edited.modified })
  })

  it('W06 returns days between `startdate` and `enddate`, and only the requested types', async () => {
    const { groups } = await getmeas({ meastypes: '1' })
    const [newest, second] = groups
    const between = { startdate: String(second?.date), enddate: String(newest?.date) }
    expect((await getmeas({ ...between, meastypes: '1' })).groups).toEqual([newest, second])
    expect(newest?.measures.map(({ type }) => type)).toEqual([1])
    standIn.switches.wholeGroups = true
    const whole = await getmeas({ ...between, meastypes: '1' })
    expect(whole.groups[0]?.measures.map(({ type }) => type)).toEqual([1, 8, 6])
  })

  it('W06 keeps all digits of a value', async () => {
    weigh(9_007_199_254_740_993n)
    const response = await postForm(standIn, '/measure', { action: 'getmeas' }, tokens.access_token)
    expect(await response.text()).toContain('"value":9007199254740993,')
  })

  it('names the devices', async () => {
    const { body } = await callApi(standIn, '/v2/user', { action: 'getdevice' }, tokens.access_token)
    expect(body.devices).toMatchObject([{ model: 'Body+' }, { model: 'BPM Connect' }])
  })

  it('returns measures only for a token with the scope for them', async () => {
    tokens = await signInAt(standIn, { scope: 'user.activity' })
    expect(await getmeas()).toMatchObject({ status: 277, body: {} })
  })
})

describe('the stand-in for Withings: faults', () => {
  it('W04 refuses unknown actions and wrong parameters with HTTP 200', async () => {
    expect((await callApi(standIn, '/measure', { action: 'getall' }, tokens.access_token)).status).toBe(2554)
    expect((await callApi(standIn, '/v2/oauth2', {})).status).toBe(2554)
    expect(await getmeas({ lastupdate: 'yesterday' })).toMatchObject({
      status: 503,
      error: 'Invalid Params: invalid lastupdate',
    })
  })

  it('W05 answers 120 requests a minute of an application, and then says how long to wait', async () => {
    for (let request = 1; request < 120; request++) expect((await getmeas({ meastypes: '4' })).status).toBe(0)
    standIn.clock.now += 20 * SECOND
    const refusal = { status: 601, body: { wait_seconds: 40 }, error: 'Too Many Requests' }
    expect(await getmeas()).toMatchObject(refusal)
    expect(await refresh(standIn, tokens.refresh_token)).toEqual(refusal)
    standIn.clock.now += 40 * SECOND
    expect((await getmeas()).status).toBe(0)
  })

  it.each([
    ['a page', { kind: 'html' }, 200, 'text/html', /^<!doctype html>.*This is not Withings/s],
    ['HTTP 500', { kind: 'http', code: 500 }, 500, 'text/html', /^<!doctype html>/],
    ['nothing', { kind: 'empty' }, 200, 'application/json', /^$/],
    ['10 MB', { kind: 'huge' }, 200, 'application/json', /^\{"status":0,"body":\{"filler":"x{100}/],
    ['a status', { kind: 'status', status: 522 }, 200, 'application/json', /^\{"status":522,"body":\{\},/],
    ['its answer, late', { kind: 'slow', ms: 60 }, 200, 'application/json', /^\{"status":0,/],
  ] as const)('W04 answers a planned fault with %s', async (_what, fault, status, type, text) => {
    standIn.switches.faults.push({ on: 'measure.getmeas', fault })
    const response = await postForm(standIn, '/measure', { action: 'getmeas' }, tokens.access_token)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain(type)
    expect(text.test(await response.text())).toBe(true)
    expect((await getmeas()).status).toBe(0)
  })

  it('W04 sends an endless answer if that is planned', async () => {
    standIn.switches.faults.push({ on: 'measure.getmeas', fault: { kind: 'endless' }, times: 1 })
    const response = await postForm(standIn, '/measure', { action: 'getmeas' }, tokens.access_token)
    const reader = response.body?.getReader()
    expect((await reader?.read())?.done).toBe(false)
    expect((await reader?.read())?.done).toBe(false)
    await reader?.cancel()
  })

  it('W01 shows a page instead of its question if that is planned', async () => {
    standIn.switches.faults.push({ on: 'authorize2', fault: { kind: 'html' } })
    const response = await fetch(permissionUrl(standIn))
    expect(response.status).toBe(503)
    expect(await response.text()).toContain('This service is being maintained.')
  })
})

describe('the stand-in for Withings: notifications', () => {
  interface Received {
    readonly method: string
    readonly form: Record<string, string>
  }
  const requests: Received[] = []
  let status = 200
  const hook = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += part
    requests.push({ method: request.method ?? '', form: Object.fromEntries(new URLSearchParams(body)) })
    response.writeHead(status).end()
  })
  const hookUrl = () => `http://127.0.0.1:${(hook.address() as AddressInfo).port}/hook`
  beforeEach(async () => {
    requests.length = 0
    status = 200
    await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  })
  afterEach(async () => {
    hook.closeAllConnections()
    await new Promise((resolve) => hook.close(resolve))
  })

  const notify = (form: Record<string, string>) => callApi(standIn, '/notify', form, tokens.access_token)
  const subscribe = (callbackurl = hookUrl(), appli = '1') =>
    notify({ action: 'subscribe', callbackurl, appli })

  it('W09 accepts an address that answers HEAD with exactly 200', async () => {
    expect(await subscribe()).toEqual({ status: 0, body: {} })
    expect(requests).toEqual([{ method: 'HEAD', form: {} }])
    const { body } = await notify({ action: 'list' })
    expect(body.profiles).toEqual([{ appli: 1, callbackurl: hookUrl(), comment: '' }])
    status = 204
    expect(await subscribe(hookUrl(), '4')).toEqual({
      status: 293,
      body: {},
      error: `The callback URL '${hookUrl()}' is either unknown or invalid`,
    })
    expect(await standIn.takesCallback(hookUrl())).toBe(false)
  })

  it('W09 reaches no other machine', async () => {
    for (const url of [
      'https://records.example.org/hook',
      'http://10.0.0.1/hook',
      'x',
      `${hookUrl()}?${'x'.repeat(255)}`,
    ])
      expect((await subscribe(url)).status).toBe(293)
    expect(requests).toEqual([])
  })

  it('W09 notifies about new and edited measures of the subscribed kind', async () => {
    await subscribe()
    const { date } = weigh(81_500)
    standIn.measure(john.userid, { measures: [{ type: 10, value: 120, unit: 0 }] })
    await standIn.deliverDue()
    await standIn.deliverDue()
    expect(requests.slice(1)).toEqual([
      {
        method: 'POST',
        form: { userid: '30411672', appli: '1', startdate: String(date), enddate: String(date + 1) },
      },
    ])
  })

  it('W09 repeats a failed notification after 10 seconds, a minute, an hour and four hours', async () => {
    await subscribe()
    status = 500
    weigh(81_500)
    await standIn.deliverDue()
    for (const [index, seconds] of [10, 60, 3600, 4 * 3600].entries()) {
      standIn.clock.now += seconds * SECOND - 1
      await standIn.deliverDue()
      expect(requests.length).toBe(2 + index)
      standIn.clock.now += 1
      await standIn.deliverDue()
      expect(requests.length).toBe(3 + index)
    }
    standIn.clock.now += 24 * 3600 * SECOND
    await standIn.deliverDue()
    expect(requests.length).toBe(6)
  })

  it('W08 notifies that a person ended the permission, and of nothing after that', async () => {
    await subscribe()
    await subscribe(hookUrl(), '46')
    standIn.unlink(standIn.application.clientId, john.userid)
    weigh(81_500)
    await standIn.deliverDue()
    expect(requests.slice(2)).toEqual([
      { method: 'POST', form: { userid: '30411672', appli: '46', action: 'unlink' } },
    ])
  })

  it('ends a subscription', async () => {
    await subscribe()
    expect((await notify({ action: 'revoke', callbackurl: hookUrl(), appli: '1' })).status).toBe(0)
    expect((await notify({ action: 'revoke', callbackurl: hookUrl(), appli: '1' })).status).toBe(293)
  })
})
