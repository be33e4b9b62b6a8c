import { expect, it } from 'vitest'
import { hashSecret, verifySecret } from '../../../server/sign-in/password/password.ts'

it('F11 an application that presented its secret before does not wait behind a flood of guesses', async () => {
  const hash = await hashSecret('the right one')
  expect(await verifySecret(hash, 'the right one')).toBe(true)
  const guesses = Array.from({ length: 600 }, (_, n) => verifySecret(hash, `guess ${n}`))
  const flood = Promise.allSettled(guesses)
  await expect(hashSecret('another')).rejects.toMatchObject({ code: 'server_busy' })
  expect(await verifySecret(hash, 'the right one')).toBe(true)
  expect((await flood).filter((it) => it.status === 'fulfilled' && it.value)).toEqual([])
})

it('remembers a secret for the hash that it matched, and for no other', async () => {
  const [former, current] = [await hashSecret('former'), await hashSecret('current')]
  expect(await verifySecret(former, 'former')).toBe(true)
  expect(await verifySecret(former, 'current')).toBe(false)
  expect(await verifySecret(current, 'former')).toBe(false)
})
