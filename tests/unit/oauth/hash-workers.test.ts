import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import {
  hashPassword,
  knownBrowserOf,
  sharersOf,
  UNMATCHABLE_HASH,
  verifyPassword,
} from '../../../server/sign-in/password/password.ts'
import { createHashWorkers, type Sharer } from '../../../server/sign-in/secrets/hash-workers.ts'
import { isBusy } from '../../../server/turns.ts'

const cost = { memoryCost: 1_024, timeCost: 1, parallelism: 1 }

/** Hashes something for somebody. */
const place = (hashing: ReturnType<typeof createHashWorkers>, sharers: readonly Sharer[]) =>
  hashing.reserve(sharers, (hash) => hash({ text: 'x', cost }))

describe('hashing', () => {
  it('F11 does a few at a time, lets some wait, and refuses the rest at once', async () => {
    const hashing = createHashWorkers({ most: 2, longestQueue: 10 })
    const request = Array.from({ length: 40 }, (_, n) => hashing.hash({ text: `password ${n}`, cost }))
    const outcomes = await Promise.allSettled(request)
    const refusals = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refusals).toHaveLength(28)
    for (const { reason } of refusals) expect(isBusy(reason)).toBe(true)
    await expect(hashing.hash({ text: 'another', cost })).resolves.toMatch(/^\$argon2id\$/)
  })

  it('F11 gives one sharer at most a quarter of the places, so that the others find one', async () => {
    const hashing = createHashWorkers({ most: 2, longestQueue: 10 })
    const by = (...names: string[]) =>
      hashing.reserve(
        names.map((name) => ({ name, share: 1 / 4 })),
        (hash) => hash({ text: 'password', cost }),
      )
    const ofOne = Array.from({ length: 12 }, (_, n) => by('one name', `network ${n}`))
    const ofAnother = by('another name', 'network 11')
    const outcomes = await Promise.allSettled(ofOne)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3)
    await expect(ofAnother).resolves.toMatch(/^\$argon2id\$/)
    await expect(by('one name')).resolves.toMatch(/^\$argon2id\$/)
  })

  it('F11 keeps a quarter of the places for known browsers, and gives one site of many networks a quarter of the rest', async () => {
    const hashing = createHashWorkers({ most: 2, longestQueue: 14 })
    const network = (site: number, at: number) => `2001:db8:${site}:${at}::1`
    const ofSite = (site: number) =>
      Array.from({ length: 16 }, (_, at) =>
        place(hashing, sharersOf(`name ${site} ${at}`, network(site, at))),
      )
    const all = [1, 2, 3, 4].map((site) => Promise.allSettled(ofSite(site)))
    const known = place(hashing, knownBrowserOf('anna'))
    const taken = (await Promise.all(all)).map((outcomes) =>
      outcomes.filter(({ status }) => status === 'fulfilled'),
    )
    expect(taken.map(({ length }) => length)).toEqual([4, 4, 4, 0])
    await expect(known).resolves.toMatch(/^\$argon2id\$/)
  })

  it('F11 keeps a quarter of the places for strangers, and gives the browsers of one account three of the rest', async () => {
    const hashing = createHashWorkers({ most: 1, longestQueue: 60 })
    const ofAccount = (id: number) =>
      Array.from({ length: 5 }, () => place(hashing, knownBrowserOf(`account ${id}`)))
    const all = Array.from({ length: 16 }, (_, id) => Promise.allSettled(ofAccount(id)))
    const stranger = place(hashing, sharersOf('anna', '192.0.2.1'))
    const taken = (await Promise.all(all)).map((outcomes) =>
      outcomes.filter(({ status }) => status === 'fulfilled'),
    )
    expect(taken.map(({ length }) => length)).toEqual([...Array(15).fill(3), 0])
    await expect(stranger).resolves.toMatch(/^\$argon2id\$/)
  })

  it('F12 hashes for known browsers first, and for a stranger after three of them', async () => {
    const hashing = createHashWorkers({ most: 1, longestQueue: 60 })
    const done: string[] = []
    const add = (name: string, sharers: readonly Sharer[]) =>
      place(hashing, sharers).then(() => done.push(name))
    const strangers = Array.from({ length: 5 }, (_, n) =>
      add(`stranger ${n}`, sharersOf(`name ${n}`, `192.0.2.${n}`)),
    )
    const known = Array.from({ length: 5 }, (_, n) => add(`known ${n}`, knownBrowserOf(`account ${n}`)))
    await Promise.all([...strangers, ...known])
    expect(done).toEqual([
      ...['stranger 0', 'known 0', 'known 1', 'known 2', 'stranger 1', 'known 3', 'known 4'],
      ...['stranger 2', 'stranger 3', 'stranger 4'],
    ])
  })

  it('continues after a malformed hash', async () => {
    const hashing = createHashWorkers({ most: 1, longestQueue: 10 })
    await expect(hashing.hash({ text: 'x', hash: 'no hash' })).rejects.toThrow()
    const hash = String(await hashing.hash({ text: 'x', cost }))
    expect(await hashing.hash({ text: 'x', hash })).toBe(true)
    expect(await hashing.hash({ text: 'y', hash })).toBe(false)
  })

  it('does the same work for an unknown name: the same parameters, and no password matches', async () => {
    const parameters = (hash: string) => hash.split('$').slice(0, 4)
    expect(parameters(UNMATCHABLE_HASH)).toEqual(parameters(await hashPassword('a password')))
    expect(await verifyPassword(UNMATCHABLE_HASH, '')).toBe(false)
  })

  it('F11 does not keep a process alive that has nothing else to do', async () => {
    const script = `
      import { hashPassword } from './server/sign-in/password/password.ts'
      console.log(await hashPassword('a password'))`
    const run = promisify(execFile)(process.execPath, ['-e', script], {
      timeout: 10_000,
    })
    expect((await run).stdout).toMatch(/^\$argon2id\$/)
  })
})
