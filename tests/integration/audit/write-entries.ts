import { openStore } from '../../../server/start/open-database.ts'
import { appendOne, openLog } from './logged.ts'

/** A process that writes many entries at once, as a server does: `URL KEY-FILE COUNT`. */
const [url = '', key = '', count = '0'] = process.argv.slice(2)
const AT_ONCE = 20
const PATIENTS = ['ana', 'ben', undefined]

const store = await openStore(url)
const log = await openLog(store, key)
const writers = Array.from({ length: AT_ONCE }, async () => {
  for (let each = 0; each < Number(count) / AT_ONCE; each++)
    await appendOne(log.store, PATIENTS[each % PATIENTS.length])
})
await Promise.all(writers)
await log.close()
await store.close()
