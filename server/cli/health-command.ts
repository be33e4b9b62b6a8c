import { isIPv6 } from 'node:net'
import type { Readiness } from '../readiness.ts'
import { readConfigFile } from '../start/config-file.ts'
import { parseArguments } from '../start/parse-arguments.ts'
import { asksForHelp, printing, type Terminal, UsageError } from '../start/terminal.ts'

const USAGE = `Usage: node server/main.ts health [--config FILE] [--port N] [--live]

Asks the server on this machine whether it can serve, as supervisors and containers do. Exit status 0: yes; 1: no, with the reason; 2: the
command was not understood.

  --config FILE  the server's configuration, which names its host and port
  --port N       the port; by default 3100
  --live         asks only whether a restart would help`

/** The server answers within 5 s, whatever hangs. */
const LONGEST_WAIT = 6_000

/**
 * Asks the server on this machine for `B/readyz` or `B/healthz`, and prints one sentence.
 *
 * @returns the exit status: 0 yes, 1 no, 2 a command that was not understood.
 */
export const healthCommand = async (
  args: string[],
  output: Pick<Terminal, 'stdout' | 'stderr'>,
): Promise<number> => {
  const { print, printUsage, fail } = printing(output)
  if (asksForHelp(args)) {
    printUsage(USAGE)
    return 0
  }
  try {
    const { address, live } = await readArguments(args)
    const answer = await fetch(`${address}/${live ? 'healthz' : 'readyz'}`, {
      signal: AbortSignal.timeout(LONGEST_WAIT),
    }).catch(() => undefined)
    if (!answer) return fail(1, `No server answers at ${address}.`)
    const said = (await answer.json().catch(() => undefined)) as Said | undefined
    if (!isAnswer(said)) return fail(1, `What answers at ${address} is another program.`)
    const sentence = sentenceOf(said)
    if (!answer.ok || said.status !== (live ? 'alive' : 'ready')) return fail(1, sentence)
    print(sentence)
    return 0
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return error instanceof UsageError ? fail(2, error.message, USAGE) : fail(1, error.message)
  }
}

/** @throws UsageError, or Error for a configuration that cannot be read. */
const readArguments = async (args: string[]): Promise<{ address: string; live: boolean }> => {
  const { values } = parseArguments({
    args,
    options: {
      config: { type: 'string' },
      port: { type: 'string' },
      live: { type: 'boolean', default: false },
    },
  })
  const settings = values.config === undefined ? undefined : await readConfigFile(values.config)
  const port = Number(values.port ?? settings?.port ?? 3100)
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new UsageError('--port takes a number from 1 to 65535.')
  return { address: `http://${reachable(settings?.host)}:${port}`, live: values.live }
}

/** Returns where this machine reaches a server that listens there. */
const reachable = (host = 'localhost'): string => {
  if (['0.0.0.0', '::'].includes(host)) return 'localhost'
  return isIPv6(host) ? `[${host}]` : host
}

type Said = Readiness | { status: 'alive' | 'failed' }

const isAnswer = (said: Said | undefined): said is Said =>
  ['ready', 'not-ready', 'alive', 'failed'].includes(Object(said).status)

const sentenceOf = (answer: Said): string => {
  if (answer.status === 'not-ready') return `${answer.reason}: ${answer.detail}`
  if ('warning' in answer) return `ready, but ${answer.warning}: ${answer.detail}`
  return answer.status
}
