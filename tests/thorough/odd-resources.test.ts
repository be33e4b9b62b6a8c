import { fc, test } from '@fast-check/vitest'
import { expect } from 'vitest'
import { judgeRecord } from '../../server/cli/import/judge-record.ts'
import { recordsIn } from '../../server/cli/import/records.ts'
import { SEARCH_PARAMETERS } from '../../server/query/parameters.ts'

/** An object that cannot be converted to a text or a number. */
const stubborn = { toString: 0, valueOf: 0 }
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 4 }),
  fc.constantFrom<unknown>(
    stubborn,
    [[stubborn]],
    { coding: [{ code: stubborn, system: stubborn }] },
    { coding: [[stubborn]] },
    { reference: stubborn, type: stubborn, identifier: stubborn },
    { system: stubborn, value: stubborn, code: stubborn, unit: stubborn },
    { start: stubborn, end: stubborn },
    { event: [stubborn, [stubborn]] },
    { contained: [stubborn, 5, [[stubborn]]], id: stubborn, resourceType: stubborn },
  ),
)

const elements =
  'id resourceType meta text extension contained identifier link gender status clinicalStatus verificationStatus criticality intent'
const types = Object.keys(SEARCH_PARAMETERS).filter((type) => type !== 'AuditEvent')
/** The first step of each path that is searched, and what every resource may have. */
const namesOf = (type: string): string[] => {
  const paths = Object.values(SEARCH_PARAMETERS[type] ?? {}).flatMap((parameter) =>
    'paths' in parameter ? parameter.paths : [],
  )
  return [...new Set([...paths.map((path) => path.split(/[.[]/)[0] ?? path), ...elements.split(' ')])]
}

const resource = fc.constantFrom(...types).chain((type) =>
  fc
    .dictionary(fc.constantFrom(...namesOf(type)), odd, { minKeys: 1, maxKeys: 3 })
    .map((content): unknown => ({
      resourceType: type,
      id: 'x',
      subject: { reference: 'Patient/p' },
      ...content,
    })),
)

test.prop([resource, fc.boolean()], { numRuns: 30_000 })(
  'a resource of any shape, alone or in a Bundle, is accepted or refused by words',
  async (content, isAlone) => {
    const text = JSON.stringify(
      isAlone ? content : { resourceType: 'Bundle', type: 'batch', entry: [{ resource: content }, content] },
    )
    for (const record of recordsIn({ text })) {
      if ('unreadable' in record) expect.fail(record.unreadable)
      const judged = await judgeRecord(record, Date.now(), async () => new Set(), true)
      if ('refusal' in judged) expect(judged.refusal.reason).toMatch(/\.$/)
      else expect(judged).toHaveProperty('prepared')
    }
  },
  300_000,
)
