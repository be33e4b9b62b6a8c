import { readFileSync } from 'node:fs'
import { expect, test } from './fixtures.ts'
import { inspect } from './inspect.ts'
import { signIn } from './sign-in.ts'

test('the units follow the locale of the browser until John chooses others, and then pages follow his choice', async ({
  carekey,
  organizations: { pulse },
}) => {
  const options = await carekey.options('units')
  await options.evaluate(() => chrome.storage.local.remove('units'))
  await options.reload()
  const choice = options.getByRole('radiogroup', { name: 'Units', exact: true })
  const metric = choice.getByRole('radio', { name: 'Metric', exact: true })
  const us = choice.getByRole('radio', { name: 'US', exact: true })
  await expect(us, 'the browser speaks US English').toBeChecked()
  await inspect(options, 'options-units')

  const popup = await carekey.popup()
  await signIn(carekey, popup, pulse, 'john')
  const weight = popup.getByRole('button', { name: /^Weight/ })
  await expect(weight).toHaveAccessibleName(/^Weight 2\d\d\.\d lb /)
  const summary = await carekey.summary()
  const row = summary.getByRole('row', { name: /^Weight/ })
  await expect(row).toContainText(/2\d\d\.\d lb · .*–\d+(\.\d)? lb/)
  const csv = async () => {
    const [file] = await Promise.all([
      summary.waitForEvent('download'),
      summary.getByRole('button', { name: 'Download vital signs (CSV)' }).click(),
    ])
    return readFileSync(await file.path(), 'utf8')
  }
  const inPounds = await csv()
  expect(inPounds).toContain('"weight (kg)"')

  await us.focus()
  await options.keyboard.press('ArrowUp')
  await expect(metric).toBeChecked()
  await expect(metric).toBeFocused()
  await expect(weight).toHaveAccessibleName(/^Weight [89]\d\.\d+ kg /)
  await expect(row).toContainText(/[89]\d\.\d+ kg · .*–\d+(\.\d)? kg/)
  expect(await csv()).toBe(inPounds)

  await weight.click()
  const chart = popup.getByRole('img', { name: /^Weight/ })
  await expect(chart).toHaveAccessibleName(/newest is [89]\d\.\d+ kg/i)
  const before = await chart.locator('canvas').elementHandle()
  await us.check()
  await expect(chart).toHaveAccessibleName(/newest is 2\d\d\.\d lb/i)
  await popup.waitForFunction((canvas) => !canvas?.isConnected, before)
  await expect(popup.getByRole('columnheader', { name: 'lb', exact: true })).toBeVisible()
  await expect(popup.getByRole('table')).toContainText(/recorded as [89]\d\.\d+ kg/)

  await carekey.killWorker()
  await options.reload()
  await expect(us).toBeChecked()
})
