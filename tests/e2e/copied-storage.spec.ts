import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { startCarekey } from './carekey.ts'
import { expect, test } from './fixtures.ts'
import { hasToken } from './record.ts'
import { signIn } from './sign-in.ts'
import { storedText, tokensIn } from './stored.ts'

test('E16 copied storage opens nothing in another profile, and its owner continues reading', async ({
  carekey,
  extension,
  folder,
  organizations: { riverside },
}) => {
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john', '30 days')
  await expect(popup.getByRole('heading', { name: 'John Doe' })).toBeVisible()
  const local = await storedText(popup, 'local')
  const session = await storedText(popup, 'session')
  const [token = ''] = tokensIn(session)
  expect(await hasToken(riverside, token)).toBe(true)
  const bearer = { authorization: `Bearer ${token}` }
  expect((await fetch(`${riverside.url}/fhir/Patient`, { headers: bearer })).status).toBe(401)

  const profile = mkdtempSync(join(folder, 'copy-'))
  const other = await startCarekey(extension, profile)
  try {
    const page = await other.options()
    await page.evaluate(
      async ([local, session]) => {
        await chrome.storage.local.set(JSON.parse(local ?? ''))
        await chrome.storage.session.set(JSON.parse(session ?? ''))
      },
      [local, session],
    )
    const [connectionId = ''] = Object.keys(JSON.parse(local).connections)
    const answer = await page.evaluate(
      (input) => chrome.runtime.sendMessage({ name: 'search-patients', input }),
      { connectionId, query: {} },
    )
    expect(answer).toEqual({ ok: false, error: { code: 'session-ended' } })
  } finally {
    await other.close()
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }

  await popup.reload()
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText(/\d+\/\d+ mmHg/)
})
