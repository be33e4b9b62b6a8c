import { statSync } from 'node:fs'

/** A file that this process has open is no longer the one at its path, so what is written to it is lost, or nobody else sees it. */
export class FileReplaced extends Error {
  readonly code = 'file-replaced'

  constructor(file: string) {
    super(
      `${file} was deleted or replaced while this process had it open, so nothing more is written or answered, and this process ends. Stop every server before you restore a backup; then put the right files there, and start again.`,
    )
  }
}

/** @returns a check that the files at these paths are still those that are there now. It throws FileReplaced. */
export const sameFiles = (paths: readonly string[]): (() => void) => {
  const opened = paths.map((path) => ({ path, identity: identityOf(path) }))
  return () => {
    for (const { path, identity } of opened) if (identityOf(path) !== identity) throw new FileReplaced(path)
  }
}

const identityOf = (path: string): string | undefined => {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && `${stats.dev} ${stats.ino}`
}
