/**
 * A process that may open few files. Checks a log while 0 to 9 of them are left, and prints what each check says, as JSON.
 *
 * Arguments: the path of a SQLite database, and of its log's key.
 */
import { closeSync, openSync } from 'node:fs'
import { verifyAside } from '../../../server/audit/verify/verify-aside.ts'
import { readLogKey } from '../../fixtures/read-log-key.ts'

const [path = '', logKey = ''] = process.argv.slice(2)
const { publicKey } = await readLogKey(logKey)
const check = () => {
  const address = { engine: 'sqlite', path } as const
  return verifyAside({ address, publicKey, known: [] }, new AbortController().signal).then(
    (fault) => fault ?? 'sound',
    () => 'failed',
  )
}

const openAll = (): number[] => {
  const files: number[] = []
  try {
    for (;;) files.push(openSync('/dev/null', 'r'))
  } catch {
    return files
  }
}

const answers: string[] = []
for (let left = 0; left < 10; left++) {
  const files = openAll()
  for (const file of files.splice(0, left)) closeSync(file)
  answers.push(await check())
  for (const file of files) closeSync(file)
}
process.stdout.write(JSON.stringify([...answers, await check()]))
