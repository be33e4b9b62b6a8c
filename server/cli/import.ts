import { keepFilesPrivate } from '../store/private-file.ts'
import { runImportCommand } from './import-command.ts'

keepFilesPrivate()
process.exitCode = await runImportCommand(process.argv.slice(2), process)
