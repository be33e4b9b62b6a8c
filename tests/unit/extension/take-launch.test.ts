import { describe, expect, it } from 'vitest'
import { keepVisit, takeLaunch } from '../../../extension/launch/take-launch.ts'

const pathname = '/extension/launch/index.html'
const createHistory = (state: unknown = null) => {
  const history = {
    state,
    address: undefined as string | undefined,
    replaceState: (data: unknown, _unused: string, url?: string | URL | null) => {
      history.state = data
      if (url) history.address = String(url)
    },
  }
  return history
}

describe('the parameters that open the launch page', () => {
  it('are removed from the address', () => {
    const history = createHistory()
    const launch = takeLaunch({ search: '?iss=https%3A%2F%2Fa.example%2Ffhir&launch=xyz', pathname }, history)
    expect(launch).toEqual({ iss: 'https://a.example/fhir', launch: 'xyz' })
    expect(history.address).toBe(pathname)
  })

  it.each(['?iss=a', '?launch=a', '?iss=a&launch=', '?iss=a&iss=b&launch=c', '?iss=a&launch=b&launch=c'])(
    '%s opens nothing, not even what was open before',
    (search) => {
      const history = createHistory({ connectionId: 'c1' })
      expect(takeLaunch({ search, pathname }, history)).toBeUndefined()
      expect(history.address).toBe(pathname)
    },
  )

  it('give the same visit when the page is loaded again', () => {
    const history = createHistory()
    keepVisit('c1', history)
    expect(takeLaunch({ search: '', pathname }, history)).toEqual({ connectionId: 'c1' })
    expect(takeLaunch({ search: '', pathname }, createHistory())).toBeUndefined()
  })
})
