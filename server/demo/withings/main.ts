import { parseArgs } from 'node:util'
import { listen } from '../../http/listen.ts'
import { createStandIn } from './stand-in.ts'

const USAGE = `Usage: node server/demo/withings/main.ts [--port N] [--state FILE]

Stands in for Withings' own hosts until Ctrl-C, for the demo: on this machine only, with invented readings.

  --port N      the port; by default 3301
  --state FILE  keeps what was allowed from one start to the next`

/** How often the stand-in sends the notifications that are due, in milliseconds. */
const DELIVERY = 1000

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { port: { type: 'string', default: '3301' }, state: { type: 'string' } },
  })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new Error('--port takes a number from 0 to 65535.')
  const listener = await listen({ host: 'localhost', port })
  const { app, deliverDue } = createStandIn({
    log: true,
    ...(values.state !== undefined && { stateFile: values.state }),
  })
  await listener.serve(app)
  const delivery = setInterval(() => void deliverDue(), DELIVERY)

  const stop = async () => {
    clearInterval(delivery)
    await listener.close()
    process.exit(0)
  }
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}

if (import.meta.main) {
  main().catch((error: Error & { code?: string; port?: number }) => {
    const sentence =
      error.code === 'EADDRINUSE'
        ? `Another program uses port ${error.port}. Choose another with --port.`
        : error.message
    process.stderr.write(`${sentence}\n${error.code?.startsWith('ERR_PARSE_ARGS') ? `${USAGE}\n` : ''}`)
    process.exit(1)
  })
}
