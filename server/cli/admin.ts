import { keepFilesPrivate } from '../store/private-file.ts'
import { runAdminCommand } from './admin-command.ts'

keepFilesPrivate()
process.exitCode = await runAdminCommand(process.argv.slice(2), process)
