import type { Db } from '../store/schema.ts'
import type { ResourceSource } from './access/source.ts'
import type { FindPatients } from './log/log-names.ts'
import { readLog, searchLog } from './log/search-log.ts'
import { everythingRecords } from './search/everything-records.ts'
import { streamTexts } from './search/late-text.ts'
import { readRecord, searchRecords } from './search/search-records.ts'

/**
 * The store's own records and access log.
 *
 * @param findElsewhere finds the patients whom the log is searched by, where their records are elsewhere.
 */
export const embeddedSource = (db: Db, findElsewhere?: FindPatients): ResourceSource => ({
  read: (type, id, reach) =>
    type === 'AuditEvent' ? readLog(db, id, reach) : readRecord(db, type, id, reach),
  search: (query, reach, after, reachOf) =>
    query.type === 'AuditEvent'
      ? searchLog(db, query, reach, after, findElsewhere)
      : searchRecords(db, query, reach, after, reachOf),
  everything: (query, reachOf, after) => everythingRecords(db, query, reachOf, after),
  streamTexts: (entries) => streamTexts(db, entries),
})
