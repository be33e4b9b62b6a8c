import { type Grant, items, type Session, withEnd } from '../../storage/items.ts'
import { records, type Sealed, type Vault } from '../../storage/vault.ts'

export type GrantStore = ReturnType<typeof createGrantStore>

/** The sealed grants that outlive the browser. */
export const createGrantStore = (vault: Vault) => {
  const find = async (connectionId: string): Promise<Grant | undefined> => {
    const sealed = await items.grants.find(connectionId)
    return sealed && vault.open<Grant>(records.grant(connectionId), sealed)
  }

  return {
    find,

    /** Seals the terms of a session with its refresh token; without one, deletes what was stored. */
    put: async (connectionId: string, session: Session, refreshToken: string | undefined): Promise<void> => {
      if (refreshToken === undefined) return items.grants.delete(connectionId)
      const { access: _memoryOnly, surplus: _unused, ...terms } = session
      const grant: Grant = { ...terms, refreshToken }
      const sealed = await vault.seal(records.grant(connectionId), grant)
      await items.grants.put(connectionId, withEnd(sealed, session))
    },

    /** Restores the session from its grant after a browser restart, without an access token. */
    restore: async (connectionId: string): Promise<Session | undefined> => {
      const grant = await find(connectionId)
      if (!grant) return undefined
      const { refreshToken: _sealedOnly, ...session } = grant
      const restored = await items.sessions.change(connectionId, (current) => current ?? session)
      if (await items.grants.has(connectionId)) return restored
      // The grant was ended meanwhile.
      await items.sessions.delete(connectionId)
      return undefined
    },

    /** Seals a refresh token that is kept only until it can be revoked. */
    sealSurplus: (connectionId: string, refreshToken: string): Promise<Sealed> =>
      vault.seal(records.surplus(connectionId), refreshToken),

    /** Returns the tokens worth revoking, the refresh token first because revoking it ends the grant. */
    tokens: async (connectionId: string): Promise<string[]> => {
      const { access, surplus } = (await items.sessions.find(connectionId)) ?? {}
      const grant = await find(connectionId)
      const surplusToken = surplus && (await vault.open<string>(records.surplus(connectionId), surplus))
      const usableToken = access && access.endsAt > Date.now() ? access.token : undefined
      return [grant?.refreshToken, surplusToken, usableToken].filter((token) => token !== undefined)
    },
  }
}
