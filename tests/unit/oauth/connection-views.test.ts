import { expect, test } from 'vitest'
import type { ConnectedGrant } from '../../../server/oauth/terms/grants.ts'
import { ENGLISH } from '../../../server/pages/frame/locale.ts'
import { connectionViews } from '../../../server/portal/connections.ts'
import { countTurns } from '../../fixtures/count-turns.ts'

const ANNA = { id: 'anna', name: 'Anna', role: 'patient', patient: 'pa' } as const

test('J13 a list of 500 connections is made in many turns of the event loop', async () => {
  const eventLoop = countTurns()
  const madeIn = new Map<number, Set<string>>()
  const grants = Array.from({ length: 500 }, (_, at): ConnectedGrant => {
    const id = `grant-${at}`
    return {
      ...{ id, clientId: `client-${at}`, application: `Application ${at}`, patient: 'pa' },
      ...{ scope: 'patient/*.rs', window: 'open', createdAt: 0, expiresAt: 1 },
      get allowed() {
        const turn = eventLoop.turn()
        madeIn.set(turn, (madeIn.get(turn) ?? new Set()).add(id))
        return `patient/Observation.rs patient/Observation.rs?category=laboratory x${at}`
      },
    }
  })
  const views = await connectionViews(grants, ANNA, ENGLISH)
  eventLoop.stop()
  expect(views.map(({ id }) => id)).toEqual(grants.map(({ id }) => id))
  expect(new Set(views.flatMap(({ labels }) => labels))).toEqual(new Set(['Vital signs and results']))
  expect(Math.max(...[...madeIn.values()].map(({ size }) => size))).toBeLessThanOrEqual(5)
})
