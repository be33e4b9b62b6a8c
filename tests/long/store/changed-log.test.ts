import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findPinnedCheckpoint } from '../../../server/audit/checkpoint/log-key.ts'
import { createRecorder } from '../../../server/audit/write/recorder.ts'
import { openSqlite } from '../../../server/store/sqlite/sqlite.ts'
import { mentioningEntry } from '../../fixtures/canary-entries.ts'
import { config } from '../../integration/audit/logged.ts'
import { appOn } from '../../integration/store/app-on.ts'

test('D07 a server whose log was changed while it runs is not ready', { timeout: 30_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'carekey-changed-'))
  const store = await openSqlite(join(folder, 'test.db'))
  let now = 0
  const app = await appOn(store, folder, { elapsed: () => now })
  const answerOf = async (url: string) => {
    const { statusCode, body } = await app.inject(url)
    return [statusCode, body] as const
  }
  try {
    const [, older] = await answerOf('/audit/checkpoint')
    await createRecorder({ config, store, clock: Date.now }).record(mentioningEntry('none', '', 'jane'))
    const noteOf = async () => (await answerOf('/audit/checkpoint'))[1]
    await expect.poll(noteOf, { timeout: 15_000 }).not.toBe(older)
    const note = await noteOf()
    await expect.poll(() => findPinnedCheckpoint(join(folder, 'log-key'))).toBe(note)
    expect((await answerOf('/readyz'))[0]).toBe(200)
    // Nobody signed this entry.
    const changedNote = note.replace(/^(.+\n)\d+\n/, '$17\n')
    await store.write((trx) => trx.updateTable('audit_checkpoint').set({ note: changedNote }).execute())
    expect((await answerOf('/audit/checkpoint'))[0]).toBe(503)
    // A second later, so that the server looks again.
    const ready = async () => {
      now += 1_000
      const [status, answer] = await answerOf('/readyz')
      return [status, JSON.parse(answer)]
    }
    const detail = 'Its signature is not valid: the text was changed.'
    const unready = { status: 'not-ready', reason: 'log-not-verified', detail }
    await expect.poll(ready, { timeout: 3_000 }).toEqual([503, unready])
    // Whoever can write the database can bring back an older checkpoint, whose signature holds.
    await store.write((trx) => trx.updateTable('audit_checkpoint').set({ note: older }).execute())
    expect((await answerOf('/audit/checkpoint'))[0]).toBe(503)
    expect(await ready()).toEqual([
      503,
      { ...unready, detail: 'The newest checkpoints are no longer in the database.' },
    ])
  } finally {
    await app.close()
    await store.close()
    await rm(folder, { recursive: true })
  }
})
