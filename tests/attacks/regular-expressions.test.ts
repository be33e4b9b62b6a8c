import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { parseSync } from 'vite'
import { expect, test } from 'vitest'

/**
 * Doubling the text doubles the time of a safe expression, and multiplies that of an unsafe one by four or more. At this length
 * one text takes the former a millisecond and the latter ten seconds, so a timeout in between works on every machine.
 */
const LENGTH = 100_000
const STOP = 5_000

const PARTS = [
  'a',
  'A',
  '0',
  '/',
  '|',
  ' ',
  ',',
  '.',
  '-',
  '%',
  '=',
  ';',
  '\\',
  '\n',
  ' \n',
  'a ',
  '/.',
  '0.',
  'q=',
]

interface Expression {
  readonly file: string
  readonly source: string
  readonly flags: string
}

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))

interface Node {
  readonly type?: string
  readonly callee?: { readonly name?: string }
  readonly regex?: { readonly pattern: string; readonly flags: string }
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield value
  for (const child of Object.values(value)) yield* nodesOf(child)
}

const product = ['server', 'extension'].flatMap(filesIn).map((file) => {
  const { program, errors } = parseSync(file, readFileSync(file, 'utf8'))
  expect(errors, file).toEqual([])
  return { file, nodes: [...nodesOf(program)] }
})

const expressions: Expression[] = product.flatMap(({ file, nodes }) =>
  nodes.flatMap(({ regex }) => (regex ? [{ file, source: regex.pattern, flags: regex.flags }] : [])),
)

const startWorker = () =>
  new Worker(new URL('match-in-worker.ts', import.meta.url), {
    workerData: { length: LENGTH, parts: PARTS },
  })

test('C09 every regular expression is written in the source, and none is built from other text', () => {
  const builders = product.filter(({ nodes }) => nodes.some(({ callee }) => callee?.name === 'RegExp'))
  expect(builders.map(({ file }) => file)).toEqual([])
})

test('C09, J65 every regular expression runs in linear time, on texts of its own alphabet too', {
  timeout: 300_000,
}, async () => {
  expect(expressions.length).toBeGreaterThan(50)
  const slow: string[] = []
  let worker = startWorker()
  for (const expression of expressions) {
    worker.postMessage(expression)
    const outcome = await Promise.race([once(worker, 'message'), sleep(STOP, undefined, { ref: false })])
    if (outcome) continue
    slow.push(`${expression.file}: /${expression.source}/${expression.flags}`)
    await worker.terminate()
    worker = startWorker()
  }
  await worker.terminate()
  expect(slow).toEqual([])
})

test.concurrent.each([
  ['^(a+)+$', ''],
  // Only a quotation mark that is escaped again and again makes this one slow.
  [String.raw`("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}[\]]`, 'g'],
  ['text-decoration[^;]*line-through', 'g'],
])('C09, J65 an unsafe regular expression is found: %s', { timeout: 30_000 }, async (source, flags) => {
  const worker = startWorker()
  worker.postMessage({ source, flags })
  const outcome = await Promise.race([once(worker, 'message'), sleep(STOP)])
  await worker.terminate()
  expect(outcome).toBeUndefined()
})
