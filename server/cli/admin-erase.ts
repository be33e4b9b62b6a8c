import { parseArgs } from 'node:util'
import { erasePatient } from '../audit/erase.ts'
import { AdminError, UsageError } from './admin-error.ts'
import { configOf, logChange, TERMINAL } from './admin-log.ts'
import { defaultDatabase, openStore } from './database.ts'

const OPTIONS = {
  db: { type: 'string', default: defaultDatabase },
  patient: { type: 'string' },
} as const

/**
 * Takes what is personal about a patient out of the access log. That it was asked for is logged, whom it was about is not.
 *
 * @throws UsageError, AdminError
 */
export const eraseLog = async (args: string[]): Promise<object> => {
  const { db, patient } = parseArgs({ args, options: OPTIONS }).values
  if (!patient) throw new UsageError('--patient is missing: who is to be taken out of the log?')
  const store = await openStore(db)
  try {
    const config = await configOf(store)
    await store.write((trx) => logChange(trx, config, TERMINAL, { change: 'erasure' }))
    const erased = await erasePatient(store, patient)
    if (erased === 0) throw new AdminError(`The access log holds nothing about a patient ${patient}.`)
    return { erased }
  } finally {
    await store.close()
  }
}
