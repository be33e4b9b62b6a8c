import { ProblemError } from '../../messages/errors.ts'
import type { NewLock, Passkey, Unlocking } from '../../messages/lock.ts'

/**
 * Checks whether this browser supports passkeys that can open a lock. Their PRF (WebAuthn Level 3, section 10.1.4) derives 32
 * bytes from a salt, which needs the authenticator and its owner. Only Chromium accepts an extension's id as the relying party.
 */
export const hasPasskeys = (): boolean =>
  location.protocol === 'chrome-extension:' && 'PublicKeyCredential' in globalThis

/**
 * Creates a passkey.
 *
 * @throws `passkey-unsupported` if the authenticator has no PRF, and also when the person cancels.
 */
export const createPasskey = async (): Promise<Extract<NewLock, { secret: string }>> => {
  const salt = randomBytes()
  const credential = await createdOrThrow(
    navigator.credentials.create({
      publicKey: {
        rp: { name: 'Carekey' },
        user: { id: randomBytes(), name: 'Carekey', displayName: 'Carekey' },
        challenge: randomBytes(),
        pubKeyCredParams: [-7, -257].map((alg) => ({ type: 'public-key', alg })),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        extensions: { prf: { eval: { first: salt } } },
      },
    }),
  )
  const passkey = { id: toBase64(credential.rawId), salt: toBase64(salt) }
  const { prf } = credential.getClientExtensionResults()
  if (!prf?.enabled) throw new ProblemError('passkey-unsupported')
  // Some authenticators evaluate the PRF only after creation.
  return { passkey, secret: prf.results ? toBase64(prf.results.first) : (await askPasskey(passkey)).secret }
}

/**
 * Returns the secret of a passkey.
 *
 * @throws `wrong-passkey` if it gives none, and also when the person cancels.
 */
export const askPasskey = async ({ id, salt }: Passkey): Promise<Extract<Unlocking, { secret: string }>> => {
  const credential = await navigator.credentials
    .get({
      publicKey: {
        challenge: randomBytes(),
        allowCredentials: [{ type: 'public-key', id: fromBase64(id) }],
        userVerification: 'required',
        extensions: { prf: { eval: { first: fromBase64(salt) } } },
      },
    })
    .catch(() => null)
  const first = (credential as PublicKeyCredential | null)?.getClientExtensionResults().prf?.results?.first
  if (!first) throw new ProblemError('wrong-passkey')
  return { secret: toBase64(first) }
}

const createdOrThrow = async (creation: Promise<Credential | null>): Promise<PublicKeyCredential> => {
  const credential = await creation.catch(() => null)
  if (!credential) throw new ProblemError('passkey-unsupported')
  return credential as PublicKeyCredential
}

const randomBytes = () => crypto.getRandomValues(new Uint8Array(32))

const toBase64 = (source: BufferSource): string => {
  const bytes = ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
  return btoa(String.fromCharCode(...bytes))
}

const fromBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
