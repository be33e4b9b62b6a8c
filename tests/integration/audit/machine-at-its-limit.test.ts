import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { createLog } from './logged.ts'

it('J08 a check that can open no more files finds no fault, and the next one succeeds', {
  timeout: 60_000,
}, async () => {
  const { database, append, log, close } = await createLog('sqlite')
  await append('ana', 'ben')
  await log.sign()
  const { stdout } = await promisify(execFile)('sh', [
    ...['-c', 'ulimit -n 1000; exec "$@"', 'sh'],
    ...[process.execPath, 'tests/integration/audit/check-without-files.ts'],
    ...[database.url.replace('sqlite:', ''), database.logKey],
  ])
  const answers = JSON.parse(stdout)
  expect(new Set(answers)).toEqual(new Set(['failed', 'sound']))
  expect(answers.at(-1)).toBe('sound')
  await close()
})
