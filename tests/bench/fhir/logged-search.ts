import { randomUUID } from 'node:crypto'
import type { LoggedAccess } from '../../../server/audit/entry/access-event.ts'
import { ASKED } from './patients.ts'

/** A clinician's search, as the server logs it. */
export const loggedSearch = (): LoggedAccess => ({
  kind: 'search',
  requestId: randomUUID(),
  outcome: 'success',
  agent: {
    ...{ address: '127.0.0.1', clientId: 'carekey', clientName: 'Carekey', accountId: 'lee' },
    ...{
      accountName: 'Dr. Morgan Lee',
      fhirUser: 'Practitioner/morgan-lee',
      tokenRef: 'abcdefghijklmnop',
    },
  },
  patients: [ASKED.id],
  query: `Patient?name:exact=${ASKED.given}+${ASKED.family}`,
})
