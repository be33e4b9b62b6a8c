import { beforeAll, expect, test } from 'vitest'
import { attack } from './attack.ts'

const anna = attack()

const FAMILY = 'Quixote'
const GIVEN = 'Zelda Ximena'

beforeAll(async () => {
  const name = [{ family: `de la ${FAMILY}-Ñandú`, given: GIVEN.split(' ') }]
  await anna.server.put([{ resourceType: 'Patient', id: 'pz', name }])
})

/** What an administrator learns of a search of the log by a name: whether somebody has it, or nothing. */
const learn = async (parameter: string, text: string): Promise<'known' | 'unknown' | 'refused'> => {
  const query = `${parameter}=${encodeURIComponent(text)}`
  const answer = await anna.send(`/fhir/AuditEvent?${query}`, { as: 'TADM' })
  if (answer.status === 400) return 'refused'
  expect(answer.status, answer.text).toBe(200)
  return answer.text.includes('"code":"not-found"') ? 'unknown' : 'known'
}

test.each(['patient.name', 'patient.name:contains', 'patient.name:exact'])(
  'J17 no name of a patient is found letter by letter: %s',
  async (parameter) => {
    const parts = Array.from({ length: FAMILY.length - 1 }, (_, at) => FAMILY.slice(0, at + 1))
    const ends = Array.from({ length: FAMILY.length - 1 }, (_, at) => FAMILY.slice(at + 1))
    const across = [`${GIVEN} D`, `la ${FAMILY} Ña`, `Ximena de la ${FAMILY.slice(0, 3)}`, '%', '_', '*']
    for (const part of [...parts, ...ends, ...across])
      expect(await learn(parameter, part), part).toBe(parameter.endsWith('contains') ? 'refused' : 'unknown')
  },
)

test('J17 no name of an account is found letter by letter', async () => {
  const { name } = await anna.server.store.db
    .selectFrom('account')
    .select('name')
    .where('patient', '=', 'pb')
    .executeTakeFirstOrThrow()
  const [word = ''] = name.split(' ')
  expect(await learn('agent-name', word)).toBe('known')
  for (let length = 1; length < word.length; length++)
    expect(await learn('agent-name', word.slice(0, length))).toBe('unknown')
  for (const text of [`${word} Q`, name.slice(0, -1)])
    expect(await learn('agent-name', text), text).toBe('unknown')
  expect(await learn('agent-name:contains', word)).toBe('refused')
})

test('J17 a patient is found by whole words of the name, and is told', async () => {
  for (const words of [FAMILY, 'de', 'ximena', 'quixote ñandu', `${GIVEN} de la ${FAMILY}-Ñandú`]) {
    expect(await learn('patient.name', words), words).toBe('known')
    const { patient } = await anna.server.store.db
      .selectFrom('audit_event')
      .select('patient')
      .orderBy('seq', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(patient).toBe('pz')
  }
})
