import { type Child, explain } from './child.ts'

export type Children = Map<string, Child>

const stopAsked = () =>
  new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(undefined))
  })

const firstEnding = (children: Children) =>
  Promise.race(
    [...children].map(async ([name, child]) => {
      const ending = await child.ended
      return `${name} ${explain(ending)}.`
    }),
  )

/**
 * Begins, then runs until Ctrl-C (SIGINT), SIGTERM or SIGHUP. Ends with status 1 and the reason when beginning fails
 * or when one of the children ends by itself. Either way all children are stopped first.
 */
export const runUntilStopped = async (begin: (children: Children) => Promise<void>): Promise<void> => {
  const children: Children = new Map()
  const failure = await Promise.race([
    stopAsked(),
    begin(children).then(
      () => firstEnding(children),
      (error: Error) => error.message,
    ),
  ])
  await Promise.all([...children.values()].map((child) => child.stop()))
  if (failure) console.error(failure)
  else console.log('\nStopped.')
  process.exit(failure ? 1 : 0)
}
