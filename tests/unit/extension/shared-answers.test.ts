import { expect, it } from 'vitest'
import { askShared, joinAnswer } from '../../../extension/record/use-answers.ts'

/** Two parts of a page that show the same answer; `asked` are the pending answers. */
const twoReaders = () => {
  const requests: { resolve: (value: string) => void; reject: (error: Error) => void }[] = []
  const reports: string[] = []
  const key = crypto.randomUUID()
  const join = (name: string) => {
    const reader = {}
    const leave = joinAnswer(key, reader, () => reports.push(name))
    const read = (again = false) =>
      askShared(key, reader, {
        ask: () => new Promise<string>((resolve, reject) => requests.push({ resolve, reject })),
        again,
      })
    return { read, leave }
  }
  return { header: join('header'), list: join('list'), join, asked: requests, told: reports }
}

it('two parts of a page that show the same answer send one request', async () => {
  const { header, list, asked, told } = twoReaders()
  const first = header.read()
  const meanwhile = list.read()
  asked[0]?.resolve('penicillin')
  expect(await Promise.all([first, meanwhile, list.read()])).toEqual(Array(3).fill('penicillin'))
  expect(asked).toHaveLength(1)
  expect(told).toEqual(['list'])
})

it('a repeated read reaches both parts, and sends one more request', async () => {
  const { header, list, asked, told } = twoReaders()
  const first = header.read()
  asked[0]?.resolve('old')
  await first
  told.length = 0
  const again = list.read(true)
  expect(told).toEqual(['header'])
  const joined = header.read(true)
  asked[1]?.resolve('new')
  expect([await again, await joined, asked.length]).toEqual(['new', 'new', 2])
})

it('after a failed read the next part sends a new request, and the other one gets that answer too', async () => {
  const { header, list, asked, told } = twoReaders()
  const failure = header.read()
  asked[0]?.reject(new Error('unreachable'))
  await expect(failure).rejects.toThrow('unreachable')
  told.length = 0
  const next = list.read()
  expect(told).toEqual(['header'])
  asked[1]?.resolve('read')
  expect([await next, await header.read(), asked.length]).toEqual(['read', 'read', 2])
})

it('nothing is kept once no part shows the answer', async () => {
  const { header, list, join, asked } = twoReaders()
  const first = header.read()
  asked[0]?.resolve('old')
  await first
  header.leave()
  list.leave()
  void join('reopened').read()
  expect(asked).toHaveLength(2)
})
