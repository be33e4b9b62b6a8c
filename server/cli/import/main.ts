import { keepFilesPrivate } from '../../files/private-file.ts'
import { runImportCommand } from './command.ts'

keepFilesPrivate()
process.exitCode = await runImportCommand(process.argv.slice(2), process)
