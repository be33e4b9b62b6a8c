/** Where key pairs live whose private half nobody can read out. */
export interface PairStore {
  find(id: string): Promise<CryptoKeyPair | undefined>
  put(id: string, pair: CryptoKeyPair): Promise<void>
  remove(id: string): Promise<void>
  ids(): Promise<string[]>
}
