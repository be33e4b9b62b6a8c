import { ConfigRefused, type FileSettings } from '../../start/config-file.ts'
import { applyConfigOption } from '../../start/config-option.ts'
import { DatabaseUrlError } from '../../start/database-url.ts'
import type { Terminal } from '../../start/terminal.ts'
import { AdminError, asksForHelp, printing, UsageError } from '../../start/terminal.ts'
import { DatabaseInUse, StoreUnavailable } from '../../store/store.ts'
import { backUp } from './backup-command.ts'
import { addClient } from './client-add.ts'
import { disableClient, enableClient, listClients, removeClient } from './clients-command.ts'
import { eraseLog } from './erase-command.ts'
import { listKeys, rotateKeys } from './keys-command.ts'
import { restore } from './restore-command.ts'
import { type CommandName, USAGE, usageOf } from './usage.ts'
import { addUser } from './user-add.ts'
import { disableUser, enableUser, inviteUser, listUsers, removeUser, resetUser } from './users-command.ts'

/** @param settings of the configuration that `--config` named; its database stands in the arguments. */
type Command = (args: string[], terminal: Terminal, settings?: FileSettings) => Promise<object>

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  backup: backUp,
  'client add': addClient,
  'client disable': disableClient,
  'client enable': enableClient,
  'client list': listClients,
  'client remove': removeClient,
  'keys list': listKeys,
  'keys rotate': rotateKeys,
  'log erase': eraseLog,
  restore,
  'user add': addUser,
  'user disable': disableUser,
  'user enable': enableUser,
  'user invite': inviteUser,
  'user list': listUsers,
  'user remove': removeUser,
  'user reset': resetUser,
}

/** Names a command as it was typed, without options and values that stand in its place. */
const nameOf = (...words: string[]): string => words.filter((word) => /^[a-z]+$/.test(word)).join(' ')

/** Runs `npm run admin -- …`. @returns the exit status: 0 on success, 1 if the command failed, 2 if it was not understood. */
export const runAdminCommand = async (words: readonly string[], terminal: Terminal): Promise<number> => {
  const { print, printUsage, fail } = printing(terminal)
  const [subject = '', verb = ''] = words
  const command = findCommand(subject) ?? findCommand(`${subject} ${verb}`)
  const args = words.slice(command?.split(' ').length)
  if (subject === 'help' || asksForHelp(words)) {
    printUsage(command ? usageOf(command) : USAGE)
    return 0
  }
  try {
    if (!command) throw new UsageError(`There is no command "${nameOf(subject, verb)}".`)
    const { args: rest, settings } = await applyConfigOption(args)
    print(JSON.stringify(await COMMANDS[command](rest, terminal, settings)))
    return 0
  } catch (error) {
    if (error instanceof UsageError) return fail(2, messageOf(error), command ? usageOf(command) : USAGE)
    if (error instanceof DatabaseUrlError || error instanceof ConfigRefused) return fail(2, error.message)
    if (error instanceof AdminError || error instanceof DatabaseInUse) return fail(1, error.message)
    return fail(1, `The command failed: ${messageOf(error)}`)
  }
}

const findCommand = (words: string): CommandName | undefined =>
  Object.hasOwn(COMMANDS, words) ? (words as CommandName) : undefined

const messageOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error)
  return error instanceof StoreUnavailable ? `${message} ${messageOf(error.cause)}` : message
}
