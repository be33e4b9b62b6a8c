import { expect, it } from 'vitest'
import type { AccessEntry, AccessPage } from '../../../extension/messages/log-entries.ts'
import { collectLog } from '../../../extension/options/log/save-log.tsx'

const pageOf = (count: number, next?: string): AccessPage => ({
  entries: Array.from({ length: count }, (_, n) => ({ id: `${n}` }) as AccessEntry),
  readAt: 0,
  check: '',
  ...(next !== undefined && { next }),
})

/** Answers each page by its number, and counts the requests. */
const log = (page: (at: number) => AccessPage) => {
  let at = 0
  const collected = collectLog(async () => page(at++))
  return collected.then(({ entries, cut }) => ({ entries: entries.length, cut, asked: at }))
}

it('a log is read to its end', async () => {
  expect(await log((at) => pageOf(50, at < 3 ? `p${at}` : undefined))).toEqual({ entries: 200, asked: 4 })
})

it('a file contains at most 2,000 entries, and says that there are more', async () => {
  expect(await log((at) => pageOf(50, `p${at}`))).toEqual({ entries: 2000, cut: 'full', asked: 40 })
  expect(await log((at) => pageOf(1000, at < 1 ? 'p' : undefined))).toEqual({ entries: 2000, asked: 2 })
})

it('F75 pages in a circle, or without entries, come to an end, and the file says so', async () => {
  expect(await log((at) => pageOf(1, `p${at % 3}`))).toEqual({ entries: 4, cut: 'unfinished', asked: 4 })
  expect(await log((at) => pageOf(0, `p${at}`))).toEqual({ entries: 0, cut: 'unfinished', asked: 201 })
})

it('if a page could not be read completely, the file says so', async () => {
  const page: AccessPage = { ...pageOf(3), warning: { code: 'list-incomplete' } }
  expect(await log(() => page)).toEqual({ entries: 3, cut: 'unfinished', asked: 1 })
})
