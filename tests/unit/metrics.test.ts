import { expect, it } from 'vitest'
import { createMetrics } from '../../server/metrics/metrics.ts'

it.each([
  ['is silent', () => new Promise<never>(() => {})],
  ['fails', () => Promise.reject(new Error('The database is unavailable.'))],
])(
  'what is measured of the log has no value while the database %s; the rest is still read',
  async (_, measure) => {
    const metrics = createMetrics({ kind: 'embedded' })
    metrics.watchLog(measure)
    metrics.answered({ route: '/fhir/*', method: 'GET', status: 503, seconds: 0.1 })
    const { text } = await metrics.read()
    for (const name of ['entries_total', 'waiting_entries', 'unsigned_seconds'])
      expect(text).toMatch(new RegExp(`^carekey_log_${name} nan$`, 'im'))
    expect(text).toContain('carekey_http_requests_total{route="/fhir/*",method="GET",status="503"} 1')
  },
)
