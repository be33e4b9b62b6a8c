import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { LONGEST_AUTHORIZATION, LONGEST_BODY, MOST_PARAMETERS } from '../../../server/oauth/seam/read-body.ts'

test.each([
  ['a body: the OAuth engine, a form or JSON', LONGEST_BODY, 400],
  ['an authorization request by POST', LONGEST_AUTHORIZATION, 413],
])('the documentation states the limit of %s', async (what, bytes, status) => {
  expect(await readFile('docs/architecture.md', 'utf8')).toContain(
    `\n| ${what} | ${bytes / 1024} kB | ${status} |`,
  )
})

test('the documentation states the most parameters of a form', async () => {
  expect(await readFile('docs/architecture.md', 'utf8')).toContain(
    `\n| parameters of a form: the OAuth engine | ${MOST_PARAMETERS} | 400 |`,
  )
})
