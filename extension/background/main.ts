import { watchLogs } from '../access-log/log-watch.ts'
import { watchConnections } from '../access-log/own-requests.ts'
import { answer } from '../messages/answer.ts'
import { databaseCopies, databaseKeys, databasePairs, databaseRequests } from '../storage/database.ts'
import { createWorker } from './create-worker.ts'
import { watchEnds } from './ends.ts'
import { watchOmnibox } from './omnibox.ts'
import { welcomeOnce } from './welcome.ts'

// Browsers wake the worker only for listeners registered in the first turn of its life, so nothing here waits before the
// last of them.

const worker = createWorker({
  keys: databaseKeys,
  pairs: databasePairs,
  copies: databaseCopies,
  requests: databaseRequests,
})
const { answers, isLocked, connections, lock, sessions } = worker
worker.settle()

answer(answers)
watchEnds(worker)
watchLogs(sessions, lock)
watchConnections(databaseRequests)
watchOmnibox({
  isLocked,
  whileOpen: lock.whileOpen,
  connections,
  search: async (request, waiting) => {
    // Typing in the address bar is activity: it restarts the idle timer.
    await answers.used(undefined)
    return answers['search-patients'](request, waiting)
  },
})
welcomeOnce()
