import { keepFilesPrivate } from '../store/private-file.ts'
import { runVerifyCommand } from './verify-command.ts'

keepFilesPrivate()
process.exitCode = await runVerifyCommand(process.argv.slice(2), process)
