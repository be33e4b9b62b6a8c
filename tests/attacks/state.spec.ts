import { ADDRESSES } from '../fakes/mock-provider.ts'
import type { Recorded, Reply } from '../fakes/recording-server.ts'
import { expect, isSignedIn, isTold, startSignIn, stored, test } from './extension.ts'

/** Returns to the application with these parameters. */
const backWith = ({ query }: Recorded, parameters: Record<string, string>): Reply => {
  const location = new URL(query.get('redirect_uri') ?? '')
  location.search = String(new URLSearchParams(parameters))
  return { status: 302, headers: { location: location.href } }
}

for (const [name, state] of [
  ['a wrong state', () => 'not-the-one-that-was-sent'],
  ['a state with another end', (state: string) => `${state.slice(0, -1)}_`],
  ['no state', () => undefined],
  ['an empty state', () => ''],
] as const) {
  test(`E01 an answer with ${name} is refused, and its code is sent nowhere`, async ({ popup, mock }) => {
    mock.script(ADDRESSES.authorize, (request) => {
      const answeredState = state(request.query.get('state') ?? '')
      const answer = { code: 'a-code-that-was-slipped-in', iss: mock.origin }
      return backWith(request, answeredState === undefined ? answer : { ...answer, state: answeredState })
    })
    await startSignIn(popup, mock)
    await isTold(popup, /answer belonged to another sign-in/i)
    expect(mock.requestsTo(ADDRESSES.authorize)).toHaveLength(1)
    expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
    expect((await stored(popup, 'session')).sessions ?? {}).toEqual({})
  })
}

test('E01 an answer with the state of an earlier sign-in is refused, and its code is sent nowhere', async ({
  popup,
  mock,
}) => {
  const states: string[] = []
  mock.script(ADDRESSES.authorize, (request) => {
    states.push(request.query.get('state') ?? '')
    const answer = { state: states[0] ?? '', iss: mock.origin }
    return backWith(request, {
      ...answer,
      ...(states.length === 1 ? { error: 'access_denied' } : { code: 'late' }),
    })
  })
  await startSignIn(popup, mock)
  await isTold(popup, /did not allow/i)
  await popup.getByRole('button', { name: 'Try again' }).click()
  await isTold(popup, /answer belonged to another sign-in/i)
  expect(new Set(states).size).toBe(2)
  expect(mock.requestsTo(ADDRESSES.token)).toEqual([])
})

test('E01 the state that was sent is accepted, so the state is the reason for the refusals', async ({
  popup,
  mock,
}) => {
  await startSignIn(popup, mock)
  await isSignedIn(popup)
  expect(mock.requestsTo(ADDRESSES.token)).toHaveLength(1)
})
