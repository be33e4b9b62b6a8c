import { hash, verify } from '@node-rs/argon2'

/** OWASP's argon2id minimum: 19 MiB, two passes. Runs on the thread pool, off the event loop. */
const PASSWORD = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A server-made secret has 256 random bits; a guess costs the same however cheap the hash. */
const SECRET = { memoryCost: 1_024, timeCost: 1, parallelism: 1 }

/**
 * What a new password may be, in characters (NIST SP 800-63B-4, section 3.1.1.2): no rule but its length. Where nothing else
 * is asked for, as here, NIST wants 15; 8 is the least that it knows.
 */
export const PASSWORD_LENGTH = { least: 8, most: 256, better: 15 } as const

/** A letter with an accent is written in two ways, by the keyboard; it is one password. */
const normal = (password: string): string => password.normalize('NFC')

export const hashPassword = (password: string): Promise<string> => hash(normal(password), PASSWORD)

export const verifyPassword = (hashed: string, password: string): Promise<boolean> =>
  verify(hashed, normal(password))

/** Hashes a client secret; one that is hashed already (read and written again by the engine) stays as it is. */
export const hashSecret = async (secret: string): Promise<string> =>
  secret.startsWith('$argon2') ? secret : hash(secret, SECRET)
