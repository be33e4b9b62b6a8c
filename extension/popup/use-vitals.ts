import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Problem } from '../messages/errors.ts'
import type { Connection } from '../messages/state.ts'
import type { Vitals } from '../messages/vitals.ts'
import { problemOf } from '../ui/problem.ts'

/** Somebody's record at one organization. */
export interface RecordAt {
  connection: Connection
  /** The patient's id there. */
  patient: string
}

export interface VitalsAt extends RecordAt {
  value?: Vitals
  problem?: Problem
  pending: boolean
  again: () => void
}

interface Held {
  value?: Vitals
  problem?: Problem
  pending: boolean
}

/**
 * Asks each organization by itself, and has what has come so far: none waits for another. Where reading was not allowed
 * nothing is asked. An old answer stays while a new one comes; that of a record which is no longer here is dropped.
 */
export const useVitals = (records: RecordAt[]): VitalsAt[] => {
  const [held, setHeld] = useState<Record<string, Held>>({})
  const turns = useRef(new Map<string, number>())

  const read = useCallback(async (key: string, { connection, patient }: RecordAt) => {
    const turn = (turns.current.get(key) ?? 0) + 1
    turns.current.set(key, turn)
    setHeld((all) => ({ ...all, [key]: { ...all[key], pending: true } }))
    const outcome = await ask('vitals', { connectionId: connection.id, patient }).then(
      (value) => ({ value }),
      (error: unknown) => ({ problem: problemOf(error) }),
    )
    if (turns.current.get(key) !== turn) return
    setHeld(({ [key]: before, ...others }) => ({
      ...others,
      [key]: { ...(before?.value && { value: before.value }), ...outcome, pending: false },
    }))
  }, [])

  const asked = records.filter(({ connection }) => connection.can.readVitals)
  const keys = asked.map(keyOf)
  useEffect(() => {
    for (const record of asked) if (!turns.current.has(keyOf(record))) void read(keyOf(record), record)
    for (const key of turns.current.keys()) if (!keys.includes(key)) turns.current.delete(key)
    setHeld((all) => Object.fromEntries(Object.entries(all).filter(([key]) => keys.includes(key))))
  }, [keys.join('\n')])
  useEffect(() => () => turns.current.clear(), [])

  return records.map((record) => ({
    ...record,
    ...(held[keyOf(record)] ?? { pending: record.connection.can.readVitals }),
    again: () => void read(keyOf(record), record),
  }))
}

const keyOf = ({ connection, patient }: RecordAt): string => JSON.stringify([connection.id, patient])
