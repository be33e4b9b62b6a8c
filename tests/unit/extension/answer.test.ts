import { beforeAll, expect, it } from 'vitest'
import { type Answers, answer } from '../../../extension/messages/answer.ts'
import { ProblemError } from '../../../extension/messages/errors.ts'
import { fakeBrowser } from '../../fakes/browser.ts'

const own = { id: fakeBrowser.runtime.id, url: fakeBrowser.runtime.getURL('extension/popup/index.html') }

beforeAll(() => {
  const answers: Partial<Answers> = {
    'dismiss-flow': async () => undefined,
    // Never answers until the request is aborted.
    vitals: (_input, waiting) =>
      new Promise((_resolve, reject) => waiting?.addEventListener('abort', () => reject(waiting.reason))),
    'sign-out': async () => {
      throw new ProblemError('unknown-connection')
    },
    'remove-provider': async () => {
      throw new Error('a token: abc')
    },
  }
  answer(answers as Answers)
})

const send = (message: unknown, sender: unknown) => {
  const [listener] = fakeBrowser.runtime.onMessage.listeners
  return listener?.(message, sender)
}

it('answers a page of the extension', async () => {
  await expect(send({ name: 'dismiss-flow' }, own)).resolves.toEqual({ ok: true, value: undefined })
})

it('answers the options page in a tab', async () => {
  const sender = { ...own, url: fakeBrowser.runtime.getURL('extension/options/index.html'), tab: { id: 1 } }
  expect(send({ name: 'dismiss-flow' }, sender)).toBeInstanceOf(Promise)
})

it.each([
  ['a web page', { url: 'https://evil.test/' }],
  [
    'another extension',
    { id: 'aaaabbbbccccddddaaaabbbbccccdddd', url: 'chrome-extension://aaaabbbbccccddddaaaabbbbccccdddd/x' },
  ],
  ['a content script of ours', { id: own.id, url: 'https://evil.test/', tab: { id: 1 } }],
  [
    'a page whose address begins like ours',
    { id: own.id, url: `${fakeBrowser.runtime.getURL('').slice(0, -1)}.evil.test/` },
  ],
  ['a sender without an address', { id: own.id }],
])('E12 E13 stays silent towards %s', (_who, sender) => {
  expect(send({ name: 'dismiss-flow' }, sender)).toBeUndefined()
})

it.each([undefined, null, 'state', { name: 'toString' }, { name: 'get-token' }, { name: 1 }])(
  'stays silent about %j, which is not a request',
  (message) => {
    expect(send(message, own)).toBeUndefined()
  },
)

it('turns an expected failure into its code', async () => {
  await expect(send({ name: 'sign-out' }, own)).resolves.toEqual({
    ok: false,
    error: { code: 'unknown-connection' },
  })
})

it('reveals only that an unexpected failure happened', async () => {
  await expect(send({ name: 'remove-provider' }, own)).resolves.toEqual({
    ok: false,
    error: { code: 'unexpected' },
  })
})

const connect = (name: string, sender: unknown) => {
  const closed = new Set<() => void>()
  const onDisconnect = { addListener: (listener: () => void) => void closed.add(listener) }
  for (const listener of fakeBrowser.runtime.onConnect.listeners) listener({ name, sender, onDisconnect })
  return () => {
    for (const listener of closed) listener()
  }
}

it('F75 ends the requests of a page that closes, whether its port or its question comes first', async () => {
  const close = connect('page 1', own)
  const first = send({ name: 'vitals', page: 'page 1' }, own)
  const early = send({ name: 'vitals', page: 'page 2' }, own)
  const closeOther = connect('page 2', own)
  close()
  const abandoned = { ok: false, error: { code: 'abandoned' } }
  await expect(first).resolves.toEqual(abandoned)
  closeOther()
  await expect(early).resolves.toEqual(abandoned)
})

it('F75 lets no other page, and no web page, end the requests of a page', async () => {
  const close = connect('page 3', own)
  let isEnded = false
  const request = send({ name: 'vitals', page: 'page 3' }, own)?.then(() => (isEnded = true))
  connect('page 4', own)()
  connect('page 3', { id: own.id, url: 'https://evil.test/' })()
  await new Promise((resolve) => setTimeout(resolve))
  expect(isEnded).toBe(false)
  close()
  await request
})

it('F44 tells a page which of its questions are in progress, and tells nobody else', async () => {
  const question = { id: 'one', name: 'dismiss-flow' }
  const answer = send(question, own)
  await expect(send({ name: 'in-hand', id: 'one' }, own)).resolves.toBe(true)
  await answer
  await expect(send({ name: 'in-hand', id: 'one' }, own)).resolves.toBe(false)
  expect(send({ name: 'in-hand', id: 'one' }, { id: own.id, url: 'https://evil.test/' })).toBeUndefined()
})
