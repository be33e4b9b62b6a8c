import type { Db } from '../../store/schema.ts'
import { streamTexts } from '../late-text.ts'
import type { ResourceSource } from '../source.ts'
import { everythingRecords } from './everything-records.ts'
import { type FindPatients, patientsInStore } from './log-names.ts'
import { readLog, searchLog } from './search-log.ts'
import { readRecord, searchRecords } from './search-records.ts'

/**
 * The store's own records and access log.
 *
 * @param findPatients finds the patients whom the log is searched by, where their records are elsewhere.
 */
export const embeddedSource = (db: Db, findPatients: FindPatients = patientsInStore(db)): ResourceSource => ({
  read: (type, id, reach) =>
    type === 'AuditEvent' ? readLog(db, id, reach) : readRecord(db, type, id, reach),
  search: (query, reach, after, reachOf) =>
    query.type === 'AuditEvent'
      ? searchLog(db, query, reach, after, findPatients)
      : searchRecords(db, query, reach, after, reachOf),
  everything: (query, reachOf, after) => everythingRecords(db, query, reachOf, after),
  streamTexts: (entries) => streamTexts(db, entries),
})
