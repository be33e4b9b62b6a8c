import type { RequestName } from './protocol.ts'

/**
 * Requests that may be sent twice, because the second time changes nothing. A repeated read has two entries in the organization's
 * log.
 */
const repeatable: readonly RequestName[] = [
  'state',
  'check-terms',
  'dismiss-flow',
  'dismiss-notice',
  'remember-place',
  'launched-by',
  'vitals',
  'record-list',
  'search-patients',
  'more-patients',
  'access-log',
  'access-log-verdict',
  'access-log-seen',
  'management-page',
  'export-record',
  'autoscan',
  'search-brands',
  'find-organizations',
  'applications',
  'registered-clients',
  'check-application',
  'export-configuration',
  'plan-import',
  'lock-after',
  'lock',
  'forget-lock',
  'used',
]

export const isRepeatable = (name: RequestName): boolean => repeatable.includes(name)
