import { keepFilesPrivate } from '../../files/private-file.ts'
import { runVerifyCommand } from './command.ts'

keepFilesPrivate()
process.exitCode = await runVerifyCommand(process.argv.slice(2), process)
