import type { Answer, RequestName } from '../../../extension/messages/protocol.ts'
import { scenes } from './scenes.ts'

/** Stands in for `messages/ask` in the preview: the scene is named in the page's address. */
export const ask = async (name: RequestName, input?: { connectionId?: string }): Promise<unknown> => {
  const scene = scenes[new URLSearchParams(location.search).get('scene') ?? 'first']
  if (name === 'state') return scene?.state
  const own = input?.connectionId === 'c2' && name === 'vitals' ? scene?.answers['vitals c2'] : undefined
  const answer = (own ?? scene?.answers[name]) as Answer<RequestName> | 'never' | undefined
  if (answer === 'never' || !answer) return new Promise(() => undefined)
  if (answer.ok) return answer.value
  throw answer.error
}

export const watch = () => () => undefined
