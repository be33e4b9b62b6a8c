import { keepFilesPrivate } from '../../files/private-file.ts'
import { runAdminCommand } from './command.ts'

keepFilesPrivate()
process.exitCode = await runAdminCommand(process.argv.slice(2), process)
