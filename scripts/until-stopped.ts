import { type Child, explain } from './child.ts'

type Children = Map<string, Child>

const waitForStopSignal = () =>
  new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.on(signal, () => resolve(undefined))
  })

const waitForFirstEnding = (children: Children) =>
  Promise.race(
    [...children].map(async ([name, child]) => {
      const ending = await child.ended
      return `${name} ${explain(ending)}.`
    }),
  )

/**
 * Runs `begin`, then waits for Ctrl-C (SIGINT), SIGTERM or SIGHUP. If `begin` fails or a child ends by itself, prints the reason and
 * ends with status 1. In every case it stops all children first.
 */
export const runUntilStopped = async (begin: (children: Children) => Promise<void>): Promise<void> => {
  const children: Children = new Map()
  const failure = await Promise.race([
    waitForStopSignal(),
    begin(children).then(
      () => waitForFirstEnding(children),
      (error: Error) => error.message,
    ),
  ])
  await Promise.all([...children.values()].map((child) => child.stop()))
  if (failure) console.error(failure)
  else console.log('\nStopped.')
  process.exit(failure ? 1 : 0)
}
