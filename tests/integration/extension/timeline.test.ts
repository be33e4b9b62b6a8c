import { afterAll, beforeAll, expect, it } from 'vitest'
import { connectionsOf } from '../../../extension/record/person.ts'
import { timelineOf } from '../../../extension/record/vitals/timeline.ts'
import { trendsOf } from '../../../extension/record/vitals/trend.ts'
import { timeOf } from '../../../extension/ui/words/dates.ts'
import { startOrganization, type TestOrganization } from '../../fixtures/organization.ts'
import { clearBrowser, configure, createWorker, signInAs } from '../../fixtures/worker.ts'

const DAY = 86_400_000

let organizations: TestOrganization[] = []

beforeAll(async () => {
  await clearBrowser()
  organizations = [await startOrganization({ demo: 'riverside' }), await startOrganization({ demo: 'pulse' })]
})
afterAll(() => Promise.all(organizations.map((organization) => organization.close())))

it("John Doe's readings from both organizations form one timeline, and those that both hold are shown once", async () => {
  const worker = createWorker()
  for (const { url } of organizations)
    await signInAs(worker, await configure(worker, url), { username: 'john' })
  const before = (await worker.state()).connections
  for (const one of before) expect(connectionsOf(before, one)).toEqual([one])
  const [first, second] = before
  if (!first || !second) throw new Error('Nobody is signed in.')
  await worker.answers['same-person']({ one: first.id, other: second.id, same: true })
  const { connections } = await worker.state()
  const [one] = connections
  if (!one) throw new Error('Nobody is signed in.')
  const johns = connectionsOf(connections, one)
  expect(johns).toHaveLength(2)

  const answers = await Promise.all(
    johns.map(({ id, patient }) => worker.answers.vitals({ connectionId: id, patient: patient?.id ?? '' })),
  )
  expect(answers.map(({ cut }) => cut)).toEqual([false, false])
  // The clinic measures too rarely for a trend, so the trend is that of the scale and cuff at home, with or without the clinic.
  const [clinic = [], home = []] = answers.map(({ bloodPressure }) => bloodPressure)
  expect(trendsOf('bloodPressure', clinic)).toEqual([])
  expect(trendsOf('bloodPressure', [...clinic, ...home])).toEqual(trendsOf('bloodPressure', home))
  for (const kind of ['bloodPressure', 'weight'] as const) {
    const readings = answers.flatMap((answer) => answer[kind])
    expect(new Set(readings.map(({ source }) => source.connectionId)).size).toBe(2)
    const points = timelineOf(readings)
    const sharedPoints = points.filter(({ sources }) => sources.length === 2)
    expect(sharedPoints.length).toBeGreaterThan(1)
    expect(points.length).toBe(readings.length - sharedPoints.length)
    expect(points.filter(({ contradictedBy }) => contradictedBy.length > 0)).toEqual([])
    const times = points.map(({ reading }) => timeOf(reading.taken))
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(365 * DAY)
    expect(points.map(({ reading }) => reading.unit)).not.toContain('')
  }
})

it('F70 his statement that both connections are his is remembered when he signs in again, and forgotten with the connection', async () => {
  await clearBrowser()
  const worker = createWorker()
  const [riverside, pulse] = [
    await configure(worker, organizations[0]?.url ?? ''),
    await configure(worker, organizations[1]?.url ?? ''),
  ]
  const one = await signInAs(worker, riverside, { username: 'john' })
  const other = await signInAs(worker, pulse, { username: 'john' })
  const johns = async () => {
    const { connections } = await worker.state()
    const shown = connections.find(({ providerId }) => providerId === riverside.id)
    return shown ? connectionsOf(connections, shown).map(({ providerId }) => providerId) : []
  }
  await worker.answers['same-person']({ one: one.id, other: other.id, same: true })
  await worker.signOut(other.id)
  expect(await johns()).toEqual([riverside.id])
  await signInAs(worker, pulse, { username: 'john' })
  expect(await johns()).toEqual([riverside.id, pulse.id])
  await worker.removeConnection(other.id)
  await signInAs(worker, pulse, { username: 'john' })
  expect(await johns()).toEqual([riverside.id])
})
