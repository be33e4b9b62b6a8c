import { expect, stored, test } from './extension.ts'

test('J65 a file of half a megabyte that is no JSON is refused, and changes nothing', async ({
  popup,
  carekey,
}) => {
  const before = await stored(popup, 'local')
  const options = await carekey.options()
  await options.getByRole('link', { name: 'Configuration' }).click()
  const section = options.getByRole('region', { name: 'Configuration', exact: true })
  const refused = section.getByText('this is not a Carekey configuration')
  const choose = (content: string) =>
    section.getByLabel('Configuration file').setInputFiles({
      name: 'configuration.json',
      mimeType: 'application/json',
      buffer: Buffer.from(content),
    })
  for (const text of [
    `"${'\\"'.repeat(249_999)}`,
    '['.repeat(500_000),
    `${'"a" '.repeat(10)}${' '.repeat(499_900)}`,
    `{"carekey":"configuration","providers":["${'\\"'.repeat(249_000)}`,
  ]) {
    // A refusal takes the place of the summary of the file before, so each is a new one.
    await choose('{"carekey":"configuration","version":2,"providers":[]}')
    await expect(section.getByText(/cannot be imported/)).toBeVisible()
    await expect(refused).toHaveCount(0)
    await choose(text)
    await expect(refused).toBeVisible()
    await expect(section.getByRole('button', { name: 'Import', exact: true })).toHaveCount(0)
  }
  expect(await stored(popup, 'local')).toEqual(before)
})
