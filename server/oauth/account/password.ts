import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { createHashWorkers, type HashCost } from './hash-workers.ts'

/** OWASP's argon2id minimum: 19 MiB, two passes. */
const PASSWORD: HashCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A server-made secret has 256 random bits; a guess costs the same however cheap the hash. */
const SECRET: HashCost = { memoryCost: 1_024, timeCost: 1, parallelism: 1 }

/** A processor is left for the answers. Those who wait in the queue wait for 2 s, about. */
const passwords = createHashWorkers({
  most: Math.min(4, Math.max(1, availableParallelism() - 1)),
  longestQueue: 60,
})

/** Apart from passwords, which take forty times as long: people who sign in keep no application waiting. */
const secrets = createHashWorkers({ most: 1, longestQueue: 500 })

/**
 * What a new password may be, in characters (NIST SP 800-63B-4, section 3.1.1.2): no rule but its length. Where nothing else
 * is asked for, as here, NIST wants 15; 8 is the least that it knows.
 */
export const PASSWORD_LENGTH = { least: 8, most: 256, better: 15 } as const

/** A letter with an accent is written in two ways, by the keyboard; it is one password. */
const normal = (password: string): string => password.normalize('NFC')

/** Why a new password cannot be taken. A letter with an accent counts once, whatever it is made of. */
export const findPasswordFault = (password: string): 'short' | 'long' | undefined => {
  const { length } = [...normal(password)]
  if (length < PASSWORD_LENGTH.least) return 'short'
  return length > PASSWORD_LENGTH.most ? 'long' : undefined
}

/** @throws HashingBusy */
export const hashPassword = async (password: string): Promise<string> =>
  String(await passwords.hash({ text: normal(password), cost: PASSWORD }))

/** @throws HashingBusy */
export const verifyPassword = async (hashed: string, password: string): Promise<boolean> =>
  (await passwords.hash({ text: normal(password), hashed })) === true

/**
 * The same where more than hashing is to be done: `work` is begun only when there is a place for its hash.
 *
 * @throws HashingBusy
 */
export const whenPasswordsAllow = <T>(work: (verify: typeof verifyPassword) => Promise<T>): Promise<T> =>
  passwords.hold((hash) =>
    work(async (hashed, password) => (await hash({ text: normal(password), hashed })) === true),
  )

/**
 * Hashes a client secret; one that is hashed already (read and written again by the engine) stays as it is.
 *
 * @throws HashingBusy
 */
export const hashSecret = async (secret: string): Promise<string> =>
  secret.startsWith('$argon2') ? secret : String(await secrets.hash({ text: secret, cost: SECRET }))

/** @throws HashingBusy */
export const verifySecret = async (hashed: string, secret: string): Promise<boolean> =>
  (await secrets.hash({ text: secret, hashed })) === true

const phc = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '')

/** A hash that no password has: a name that nobody has costs the work of one that somebody has. */
export const NOBODYS_HASH = `$argon2id$v=19$m=${PASSWORD.memoryCost},t=${PASSWORD.timeCost},p=${PASSWORD.parallelism}$${phc(randomBytes(16))}$${phc(randomBytes(32))}`
