import browser, { type Runtime } from 'webextension-polyfill'
import { watchConnections } from '../access-log/own/own-requests.ts'
import { watchLogs } from '../access-log/watch/log-watch.ts'
import { answer } from '../messages/answer.ts'
import { databaseCopies, databaseKeys, databasePairs, databaseRequests } from '../storage/database.ts'
import { items } from '../storage/items.ts'
import { createWorker } from './create-worker.ts'
import { watchEnds } from './ends.ts'
import { watchSnapshot } from './keep-snapshot.ts'
import { watchOmnibox } from './omnibox.ts'

// Browsers wake the worker only for listeners that it registers in its first turn, so nothing here waits before the last one is
// registered.

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
watchSnapshot(() => answers.state(undefined))
watchOmnibox({ isLocked, whileOpen: lock.whileOpen, connections })

// Opens the welcome page once: not after an update, and not again when a developer reloads the extension, which Firefox reports
// as temporary and Chrome as an installation each time.
browser.runtime.onInstalled.addListener(async ({ reason, temporary }: Runtime.OnInstalledDetailsType) => {
  if (reason !== 'install' || temporary || (await items.welcomed.get())) return
  await items.welcomed.set(true)
  await browser.tabs.create({ url: browser.runtime.getURL('extension/welcome/index.html') })
})
