import type { Page } from '@playwright/test'
import { expect, test } from './extension.ts'

/** Records, in order, what a page does to its address, and when it turns to the worker. */
const recordActions = (page: Page) =>
  page.addInitScript(() => {
    const actions: string[] = []
    Object.assign(window, { actions })
    const { replaceState } = history
    history.replaceState = function (...args) {
      actions.push('replaceState')
      replaceState.apply(this, args)
    }
    const watch = (target: object, name: string) => {
      const original = Reflect.get(target, name)
      Reflect.set(target, name, (...args: unknown[]) => {
        actions.push(name)
        return original.apply(target, args)
      })
    }
    if (!globalThis.chrome?.runtime) return
    for (const name of ['sendMessage', 'connect']) watch(chrome.runtime, name)
    watch(chrome.storage.onChanged, 'addListener')
  })

for (const [path, query] of [
  ['launch', 'iss=https%3A%2F%2Fclinic.test%2Ffhir&launch=launch-once-7f3a'],
  ['find', 'address=https%3A%2F%2Fclinic.test%2Flaunch-once-7f3a'],
] as const)
  test(`J62 the page ${path} empties its address before it does anything else`, async ({ carekey }) => {
    const page = await carekey.context.newPage()
    await recordActions(page)
    const address = `chrome-extension://${carekey.id}/extension/${path}/index.html`
    await page.goto(`${address}?${query}`)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect.poll(() => page.evaluate(() => Reflect.get(window, 'actions'))).toContain('sendMessage')
    const actions = await page.evaluate(() => Reflect.get(window, 'actions') as string[])
    expect(actions[0]).toBe('replaceState')
    expect(page.url()).toBe(address)
    await page.goto('about:blank')
    await page.goBack()
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    expect(page.url()).toBe(address)
  })
