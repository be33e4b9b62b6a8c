import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { signIn } from './sign-in.ts'

test('the popup proves who read the record, and names the entry that the organization edited', async ({
  carekey,
  folder,
  organizations: { riverside },
}) => {
  test.slow()
  const openLog = async () => {
    const popup = await carekey.popup()
    return { popup, log: popup.getByRole('region', { name: 'Who read my record' }) }
  }
  const popup = await carekey.popup()
  await signIn(carekey, popup, riverside, 'john')
  await expect(popup.getByRole('region', { name: 'Vital signs' })).toContainText(/\d+\/\d+ mmHg/)
  await popup.close()

  // A server that stops signs, so that everything until then can be proven.
  await riverside.stop()
  const database = new DatabaseSync(join(folder, 'riverside.db'), { timeout: 5000 })
  const id = String(
    database
      .prepare(
        "select id from audit_event where json like '%John Doe%' and subtype = 'search' order by seq desc",
      )
      .get()?.id,
  )
  await riverside.start()
  const first = await openLog()
  await expect(first.log).toContainText('proven against the checkpoint of')

  const second = await openLog()
  await expect(second.log).toContainText('which continues the one saved here on')
  await second.popup.getByRole('link', { name: 'Who read it' }).click()
  await inspect(second.popup, 'popup-log-proven')

  const rename = (from: string, to: string) =>
    database.prepare('update audit_event set json = replace(json, ?, ?) where id = ?').run(from, to, id)
  rename('John Doe', 'Jane Doe')
  const third = await openLog()
  const alarm = third.log.getByRole('alert')
  await expect(alarm).toContainText('Do not rely on this log, and ask Riverside Clinic about it.')
  await expect(alarm).toContainText(/The entry of .+ was changed after it was logged\./)
  await expect(alarm).toContainText(`Entry ${id}`)
  // The popup shows it at the top, so nobody has to scroll down to the list.
  const message = /The access log of Riverside Clinic \(localhost:\d+\) failed its check\./
  await expect(third.popup.getByText(message)).toBeInViewport()
  await third.popup.getByRole('link', { name: 'Who read it' }).click()
  await inspect(third.popup, 'popup-log-edited')
  const toolbar = () =>
    third.popup.evaluate(async () => [await chrome.action.getBadgeText({}), await chrome.action.getTitle({})])
  await expect
    .poll(toolbar)
    .toEqual(['!', expect.stringContaining('The access log of Riverside Clinic failed its check')])
  // The alarm survives the worker, and ends when the same page can be proven again.
  await carekey.killWorker()
  expect((await toolbar())[0]).toBe('!')
  rename('Jane Doe', 'John Doe')
  database.close()
  const fourth = await openLog()
  await expect(fourth.log).toContainText('which continues the one saved here on')
  await expect.poll(async () => (await toolbar())[0]).not.toBe('!')
})
