import type { FhirAuthentication } from '../../config.ts'
import { readSecret } from '../../files/read-secret.ts'
import { backendCredential, type Credential, type CredentialDeps, TOKEN } from './backend-credential.ts'

/**
 * Reads the credential that the configuration names.
 *
 * @throws Error with a sentence for the operator when a file cannot be used.
 */
export const openCredential = (
  authentication: FhirAuthentication,
  deps: CredentialDeps,
): Promise<Credential> => {
  switch (authentication.kind) {
    case 'none':
      return fileCredential(async () => undefined, deps)
    case 'bearer':
      return fileCredential(() => bearerHeader(authentication.tokenFile), deps)
    case 'basic':
      return fileCredential(() => basicHeader(authentication), deps)
    case 'smart-backend':
      return backendCredential(authentication, deps)
  }
}

/** A header from a file. It is read again when the header is refused, because the file may have been replaced. */
const fileCredential = async (
  readHeader: () => Promise<string | undefined>,
  { report }: CredentialDeps,
): Promise<Credential> => {
  let header = await readHeader()
  return {
    current: async () => header,
    renew: async (refusedHeader) => {
      if (refusedHeader !== header) return header
      try {
        header = await readHeader()
      } catch (error) {
        report((error as Error).message)
      }
      return header
    },
  }
}

const bearerHeader = async (file: string): Promise<string> => {
  const token = await readSecret(file)
  if (!TOKEN.test(token)) throw new Error(`${file} does not hold a bearer token, which is one word.`)
  return `Bearer ${token}`
}

const basicHeader = async ({ username, passwordFile }: FhirAuthentication & { kind: 'basic' }) => {
  if (username.includes(':')) throw new Error('A user name for Basic authentication has no colon.')
  return `Basic ${Buffer.from(`${username}:${await readSecret(passwordFile)}`).toString('base64')}`
}
