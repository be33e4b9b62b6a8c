import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, randomBytes } from 'node:crypto'

const CIPHER = 'aes-256-gcm'

/** Encrypts texts for one purpose. A text opens only with the binding that it was sealed with. */
export interface Sealer {
  seal(text: string, binding: string): string
  /** Returns `undefined` for a text that was altered, or was not sealed here for this purpose and binding. */
  open(sealedText: string, binding: string): string | undefined
}

/** @param key of the organization's key file, or another secret; each purpose derives its own key from it. */
export const createSealer = (key: Uint8Array | string, purpose: string): Sealer => {
  const derived = createSecretKey(new Uint8Array(hkdfSync('sha256', key, '', `carekey ${purpose}`, 32)))
  return {
    seal: (text, binding) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv(CIPHER, derived, nonce).setAAD(Buffer.from(binding))
      const content = Buffer.concat([cipher.update(text), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), content]).toString('base64url')
    },
    open: (sealedText, binding) => {
      const bytes = Buffer.from(sealedText, 'base64url')
      // Node reads base64 leniently; only the exact spelling that was issued is accepted.
      if (bytes.length < 28 || bytes.toString('base64url') !== sealedText) return undefined
      try {
        const decipher = createDecipheriv(CIPHER, derived, bytes.subarray(0, 12))
          .setAAD(Buffer.from(binding))
          .setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()
      } catch {
        return undefined
      }
    },
  }
}
