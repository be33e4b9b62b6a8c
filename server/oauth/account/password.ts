import { hash, verify } from '@node-rs/argon2'

/** OWASP's argon2id minimum: 19 MiB, two passes. Runs on the thread pool, off the event loop. */
const PASSWORD = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A server-made secret has 256 random bits; a guess costs the same however cheap the hash. */
const SECRET = { memoryCost: 1_024, timeCost: 1, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, PASSWORD)

export const verifyPassword = (hashed: string, password: string): Promise<boolean> => verify(hashed, password)

/** Hashes a client secret; one that is hashed already (read and written again by the engine) stays as it is. */
export const hashSecret = async (secret: string): Promise<string> =>
  secret.startsWith('$argon2') ? secret : hash(secret, SECRET)
