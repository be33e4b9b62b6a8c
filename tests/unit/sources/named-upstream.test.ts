import { expect, test } from 'vitest'
import { parseQuery } from '../../../server/query/parse-query.ts'
import { namedUpstream } from '../../../server/sources/upstream/named-upstream.ts'
import { rowOf } from '../../../server/sources/upstream/row.ts'
import type { LentUpstream } from '../../../server/sources/upstream/shared-upstream.ts'
import { countTurns } from '../../fixtures/count-turns.ts'

const ids = Array.from({ length: 100 }, (_, at) => `p${at}`)

test('the references of the rows are read once, however many ids a search names, with turns for others in between', async () => {
  let read = 0
  const rows = ids.map((id) => {
    const row = rowOf({
      ...{ type: 'Provenance', id, lastUpdated: 1, json: '{}' },
      resource: {
        ...{ resourceType: 'Provenance', id },
        target: Array.from({ length: 300 }, (_, at) => ({ reference: `Patient/${id}-${at}` })),
      },
    })
    return {
      ...row,
      valuesOf: (param: string) => {
        read++
        return row.valuesOf(param)
      },
    }
  })
  const query = parseQuery('Provenance', new URLSearchParams({ target: ['p7-1', ...ids.slice(1)].join() }), {
    base: 'http://localhost/fhir',
    strict: true,
  })
  const { turn, stop } = countTurns()
  const named = await namedUpstream({
    ...{ query, rows, isBound: true, isIncomplete: false, report: () => {} },
    upstream: {} as LentUpstream,
  })
  stop()
  const [values = []] = named.values()
  expect(read).toBe(rows.length)
  expect(turn()).toBeGreaterThan(1)
  expect(values.map(({ owners }) => [...owners]).filter((owners) => owners.length > 0)).toEqual([['p7-1']])
})
