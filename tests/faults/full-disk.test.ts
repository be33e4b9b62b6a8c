import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { verifyLog } from '../../server/audit/verify/verify-log.ts'
import { readLogKey } from '../fixtures/read-log-key.ts'
import { asResourceServer, registerResourceServer } from '../fixtures/resource-server.ts'
import { obtainCode, redeem, refresh } from '../fixtures/token-requests.ts'
import { openAccount } from './own-account.ts'
import { smallDisks } from './small-disk.ts'

test.each(smallDisks())(
  'with %s, a full disk is 503 and reveals nothing, and service resumes when there is room',
  async (_name, openDisk) => {
    const disk = await openDisk()
    onTestFinished(disk.close)
    const { url, store } = disk
    let token = (await redeem(url, await obtainCode(url))).body
    const unused = await obtainCode(url)
    const account = await openAccount(url)
    await registerResourceServer(store)

    const batch = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: 'Patient/john-doe' } }],
    }
    const bearer = () => ({ authorization: `Bearer ${token.access_token}` })
    const form = (fields: Record<string, string | undefined>) => ({
      method: 'POST',
      body: new URLSearchParams({ client_id: 'carekey', ...(fields as Record<string, string>) }),
    })
    const kinds: Record<string, () => [string, RequestInit]> = {
      read: () => ['/fhir/Patient/john-doe', { headers: bearer() }],
      search: () => ['/fhir/Observation?_count=3', { headers: bearer() }],
      batch: () => [
        '/fhir',
        {
          method: 'POST',
          headers: { ...bearer(), 'content-type': 'application/fhir+json' },
          body: JSON.stringify(batch),
        },
      ],
      refusal: () => ['/fhir/Patient/jane-doe', { headers: bearer() }],
      proof: () => [`/audit/proof/inclusion?size=1&entry=${randomUUID()}`, { headers: bearer() }],
      refresh: () => [
        '/oauth/token',
        form({ grant_type: 'refresh_token', refresh_token: token.refresh_token }),
      ],
      introspection: () => [
        '/oauth/introspect',
        {
          method: 'POST',
          headers: { authorization: asResourceServer },
          body: new URLSearchParams({ token: token.access_token ?? '' }),
        },
      ],
      userinfo: () => ['/oauth/userinfo', { headers: bearer() }],
      'sign-in': () => ['/login', account.login],
      download: () => ['/account/log/download', { headers: account.signedIn }],
      log: () => ['/account/log', { headers: account.signedIn }],
    }
    const statuses = new Map<string, number>()
    /** Whether the request was answered. */
    const ask = async (kind: string): Promise<boolean> => {
      const [path, init] = kinds[kind]?.() ?? expect.fail()
      const id = randomUUID()
      const headers = { ...(init.headers as Record<string, string>), 'x-request-id': id }
      const response = await fetch(`${url}${path}`, { ...init, headers, redirect: 'manual' })
      const text = await response.text()
      statuses.set(id, response.status)
      if (response.status !== 503) {
        expect([200, 303, 404], kind).toContain(response.status)
        if (kind === 'refresh') token = { ...token, ...JSON.parse(text) }
        return true
      }
      expect(Number(response.headers.get('retry-after')), kind).toBeGreaterThan(0)
      expect(text, kind).not.toMatch(/Doe|john|access_token|"active"|"entry"|"sub"/)
      expect(response.headers.getSetCookie(), kind).toEqual([])
      return false
    }

    for (const kind of Object.keys(kinds)) expect(await ask(kind), kind).toBe(true)
    await disk.fill()
    // Signs the newest entries, and stores the checkpoint beside the key.
    await ask('download')
    // Uses up the remaining room first.
    while ((await Promise.all(Array.from({ length: 20 }, () => ask('batch')))).includes(true));
    for (const kind of Object.keys(kinds)) while (await ask(kind));
    expect((await fetch(`${url}/fhir/metadata`)).status).toBe(200)
    expect((await redeem(url, unused)).status).toBe(503)

    const ready = async () => (await fetch(`${url}/readyz`)).json()
    const unready = { status: 'not-ready', reason: 'store-full', detail: expect.any(String) }
    await expect.poll(ready, { timeout: 3_000 }).toEqual(unready)

    const beside = (await readdir(dirname(disk.logKey))).filter((name) =>
      name.startsWith(basename(disk.logKey)),
    )
    const key = basename(disk.logKey)
    expect(beside.sort(), 'no beginnings of files').toEqual([key, `${key}.checked`, `${key}.checkpoint`])

    await disk.free()
    for (const kind of Object.keys(kinds)) expect(await ask(kind), kind).toBe(true)
    // A code or token that was refused for lack of room was not spent.
    expect((await redeem(url, unused)).status).toBe(200)
    expect((await refresh(url, token.refresh_token)).status).toBe(200)

    const rows = await store.db.selectFrom('audit_event').select('request_id').execute()
    const rowsById = Map.groupBy(rows, ({ request_id }) => request_id)
    const wrong = [...statuses].filter(
      ([id, status]) => (rowsById.get(id)?.length ?? 0) !== (status === 503 ? 0 : 1),
    )
    expect(wrong).toEqual([])
    expect(await verifyLog(store.db, await readLogKey(disk.logKey))).toHaveProperty('checkpoints')
  },
  120_000,
)
