import { DatabaseSync } from 'node:sqlite'
import type { Adapter, AdapterPayload } from 'oidc-provider'

/**
 * A durable adapter for oidc-provider, as its documentation describes one: each call is a statement, committed and synced by itself.
 */
export const durableAdapter = (file: string): ((model: string) => Adapter) => {
  const db = new DatabaseSync(file)
  db.exec(`pragma journal_mode = wal; pragma synchronous = full;
    create table record (model text not null, id text not null, payload text not null, expires_at integer,
      grant_id text, uid text, user_code text, primary key (model, id)) without rowid;
    create index record_grant on record (grant_id) where grant_id is not null;
    create index record_uid on record (uid) where uid is not null;
    create index record_user_code on record (user_code) where user_code is not null`)
  const upsert = db.prepare('insert or replace into record values (?, ?, ?, ?, ?, ?, ?)')
  const byId = db.prepare('select payload, expires_at from record where model = ? and id = ?')
  const byUid = db.prepare('select payload, expires_at from record where model = ? and uid = ?')
  const byUserCode = db.prepare('select payload, expires_at from record where model = ? and user_code = ?')
  const consume = db.prepare(
    "update record set payload = json_set(payload, '$.consumed', ?) where model = ? and id = ?",
  )
  const destroy = db.prepare('delete from record where model = ? and id = ?')
  const revoke = db.prepare('delete from record where grant_id = ?')
  const now = () => Math.floor(Date.now() / 1000)
  const payloadOf = (row: unknown): AdapterPayload | undefined => {
    const { payload, expires_at } = (row ?? {}) as { payload?: string; expires_at?: number | null }
    return payload === undefined || (expires_at ?? Number.POSITIVE_INFINITY) <= now()
      ? undefined
      : JSON.parse(payload)
  }
  return (model) => ({
    upsert: async (id, payload, expiresIn) => {
      const { grantId = null, uid = null, userCode = null } = payload
      const end = expiresIn ? now() + expiresIn : null
      upsert.run(model, id, JSON.stringify(payload), end, grantId, uid, userCode)
    },
    find: async (id) => payloadOf(byId.get(model, id)),
    findByUid: async (uid) => payloadOf(byUid.get(model, uid)),
    findByUserCode: async (userCode) => payloadOf(byUserCode.get(model, userCode)),
    consume: async (id) => void consume.run(now(), model, id),
    destroy: async (id) => void destroy.run(model, id),
    revokeByGrantId: async (grantId) => void revoke.run(grantId),
  })
}
