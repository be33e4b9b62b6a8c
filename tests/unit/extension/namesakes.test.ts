import { h } from 'preact'
import { renderToString } from 'preact-render-to-string'
import { expect, it } from 'vitest'
import type { Application } from '../../../extension/messages/administration.ts'
import { ApplicationDetail } from '../../../extension/options/applications/application-detail.tsx'
import { findNamesake, labelOf } from '../../../extension/options/applications/same-names.ts'

const application = (clientId: string, clientName: string): Application => ({
  ...{ clientId, clientName, redirectUris: [] },
  ...{ hasSecret: true, disabled: false, editable: true, inUse: false },
})

const pages = [
  { applications: [application('a', 'Chart Viewer')], next: 'a' },
  { applications: [application('b', 'Carekey')] },
]
const readPage = async (after?: string) => pages[after === undefined ? 0 : 1] ?? { applications: [] }

it('a name that is in use is found on every page of the list, however it is written', async () => {
  expect((await findNamesake('Carekey', readPage))?.clientId).toBe('b')
  expect((await findNamesake(' chart VIEWER ', readPage))?.clientId).toBe('a')
  expect(await findNamesake('Chart', readPage)).toBeUndefined()
})

it.each(['C\u0430rekey', '\u0421arekey', 'Carekey\u200b', 'Care-Key', 'C\u03b1rekey', 'Cárekey'])(
  'J64 a name that looks like one in use is found: %s',
  async (name) => {
    expect((await findNamesake(name, readPage))?.clientId).toBe('b')
    const list = [application('a', 'Carekey'), application('b', name)]
    expect(list.map((each) => labelOf(each, list))).toEqual(['Carekey (a)', `${name} (b)`])
  },
)

it('a list without an end is left after 20 pages', async () => {
  let read = 0
  const endless = async () => ({ applications: [application(`${read++}`, 'Other')], next: 'more' })
  expect(await findNamesake('Carekey', endless)).toBeUndefined()
  expect(read).toBe(20)
})

it('an application opens to what it may ask for, and its buttons say which one of the same name they are about', () => {
  const list = [application('a', 'Carekey'), application('b', 'carekey'), application('c', 'Chart Viewer')]
  expect(list.map((each) => labelOf(each, list))).toEqual(['Carekey (a)', 'carekey (b)', 'Chart Viewer'])
  const [first] = list as [Application]
  const html = renderToString(
    h(ApplicationDetail, {
      application: { ...first, scope: 'openid patient/*.rs' },
      ...{ label: labelOf(first, list), use: '', connectionId: 'x', organization: 'Clinic' },
      onChange: () => undefined,
    }),
  )
  expect(html).toContain('aria-label="Delete Carekey (a)"')
  expect(html).toContain('<span>Who signed in</span> <code>openid</code>')
  expect(html).toContain('<span>Everything, of one patient</span> <code>patient/*.rs</code>')
})
