import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogKey } from '../../../server/audit/checkpoint/log-key.ts'
import { runAdminCommand } from '../../../server/cli/admin/command.ts'
import { runAdmin } from '../../fixtures/run-command.ts'
import { engines } from '../../fixtures/store.ts'
import { appendOne, createLog, type TestLog } from '../audit/logged.ts'

describe.each(engines)('log erase, on %s', (engine) => {
  let test: TestLog
  let args: string[]
  beforeAll(async () => {
    test = await createLog(engine)
    await test.append('ana', 'ana', 'ben')
    const { url, logKey } = test.database
    args = ['log', 'erase', '--patient', 'ana', '--db', url, '--log-key', logKey]
  })
  afterAll(() => test.close())

  const entries = async () => {
    const rows = await test.store.db
      .selectFrom('audit_event')
      .select('patient')
      .where('patient', '=', 'ana')
      .where('salt', 'is not', null)
      .execute()
    return rows.length
  }

  /** Runs the command at a terminal where this is typed. */
  const atTerminal = async (typed: string, command = args) => {
    const stdin = Object.assign(new PassThrough(), { isTTY: true })
    const [stdout, stderr] = [new PassThrough(), new PassThrough()]
    const outputs = Promise.all([text(stdout), text(stderr)])
    stdin.end(typed)
    const status = await runAdminCommand(command, { stdin, stdout, stderr })
    stdout.end()
    stderr.end()
    const [out, output] = await outputs
    return { status, out, said: output }
  }

  it('says what will be lost, and erases nothing in a script that does not say --yes', async () => {
    const { status, out, last } = await runAdmin(args, 'ana\n')
    expect([status, out, last]).toEqual([
      1,
      '',
      'Nothing was changed. Run the command at a terminal, or with --yes in a script.',
    ])
    expect(await entries()).toBe(2)
  })

  it('says so if the database refuses what would be stored, and not that it is away', async () => {
    const refused = engine === 'sqlite' ? 'refused' : 'refused on audit_event'
    await test.store.write(async (trx) => {
      if (engine === 'postgres')
        await sql`create function refused() returns trigger language plpgsql
                  as $$ begin raise unique_violation using message = 'not this one'; end $$`.execute(trx)
      await sql
        .raw(
          engine === 'sqlite'
            ? `create trigger refused before update on audit_event begin select raise(abort, 'not this one'); end`
            : 'create trigger refused before update on audit_event for each row execute function refused()',
        )
        .execute(trx)
    })
    const { status, last } = await runAdmin([...args, '--yes'])
    await test.store.write((trx) => sql.raw(`drop trigger ${refused}`).execute(trx))
    expect([status, last]).toEqual([
      1,
      'The command failed: The database refuses a statement because of what it holds or lacks. not this one',
    ])
    expect(await entries()).toBe(2)
  })

  it.each(['ben\n', 'y\n', '\n', ''])('erases nothing if %j is typed', async (typed) => {
    const { status, out, said } = await atTerminal(typed)
    const day = new Date().toISOString().slice(0, 10)
    expect(said).toContain(
      `from 2 entries of the access log, dated ${day} to ${day}: all that are about the patient ana`,
    )
    expect(said).toContain('It cannot be undone.')
    expect(said).toMatch(/Type ana to erase them: Nothing was changed, because something else was typed\.\n$/)
    expect([status, out, await entries()]).toEqual([1, '', 2])
  })

  it('J09 says so if only entries about others mention the patient', async () => {
    await appendOne(test.log.store, undefined, { query: 'Patient?_id=zed-1' })
    const { status, said } = await atTerminal('\n', [...args.slice(0, 3), 'zed-1', ...args.slice(4)])
    expect(said).toContain('from 1 entry of the access log about others that mention the patient zed-1.')
    expect(said).not.toMatch(/\b0 entries|1970/)
    expect(status).toBe(1)
  })

  it('asks nothing about a patient whom the log does not know', async () => {
    const { status, last } = await runAdmin([...args.slice(0, 3), 'nobody', ...args.slice(4)])
    expect([status, last]).toEqual([1, 'The access log has no entry about a patient nobody.'])
  })

  it('erases nothing without the key that signed the log', async () => {
    const { url, logKey } = test.database
    const other = join(logKey, '..', 'other.log-key')
    const eraseWith = (file: string) =>
      runAdmin(['log', 'erase', '--patient', 'ana', '--yes', '--db', url, '--log-key', file])
    expect((await eraseWith(other)).last).toMatch(
      /^Nothing was changed\. .+ does not hold it\. Run the command where/,
    )
    await createLogKey(other)
    expect((await eraseWith(other)).last).toMatch(
      /^Nothing was changed\. .+ is not the one that signed the access log/,
    )
    await writeFile(other, test.log.verifierKey)
    expect((await eraseWith(other)).last).toMatch(/does not hold it/)
    expect(await entries()).toBe(2)
  })

  it('erases once the patient’s id is typed', async () => {
    const { status, out } = await atTerminal('ana\n')
    expect([status, JSON.parse(out), await entries()]).toEqual([0, { erased: 2 }, 0])
  })
})
