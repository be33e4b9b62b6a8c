import { explain, startChild } from './child.ts'

export type Target = 'chrome' | 'firefox'

interface BuildOptions {
  /** The folder for the built extension, by default `dist/<target>`. */
  readonly outDir?: string
  /** For a store: without providers, and without the id of builds on this computer. */
  readonly forStore?: boolean
  /** The providers built into it: `none`, or JSON that `vite.config.ts` describes. By default the three demo organizations. */
  readonly providers?: string
  /** A file with the Brands bundle in which people find organizations. By default it holds the providers. */
  readonly directory?: string
}

const vite = 'node_modules/vite/bin/vite.js'

const extensionEnv = ({ outDir, forStore, providers, directory }: BuildOptions) => ({
  ...(outDir ? { CAREKEY_OUT_DIR: outDir } : {}),
  ...(forStore ? { CAREKEY_STORE: '1' } : {}),
  ...(providers ? { CAREKEY_PROVIDERS: providers } : {}),
  ...(directory ? { CAREKEY_DIRECTORY: directory } : {}),
})

/** @throws Error with what vite wrote, when the build failed. */
export const buildExtension = async (target: Target, options: BuildOptions = {}): Promise<void> => {
  const output: string[] = []
  const child = startChild(process.execPath, [vite, 'build', '--mode', target, '--logLevel', 'warn'], {
    env: extensionEnv(options),
    onLine: (line) => output.push(line),
  })
  const ending = await child.ended
  if (ending.code !== 0) throw new Error(`The build for ${target} ${explain(ending)}.\n${output.join('\n')}`)
}

/** Rebuilds on every change until stopped. */
export const watchExtension = (target: Target, onLine: (line: string) => void) =>
  startChild(process.execPath, [vite, 'build', '--mode', target, '--watch', '--logLevel', 'info'], { onLine })

const main = async () => {
  for (const target of ['chrome', 'firefox'] as const) {
    await buildExtension(target)
    console.log(`Built dist/${target}`)
  }
}

if (import.meta.main) {
  await main().catch((error: Error) => {
    console.error(error.message)
    process.exitCode = 1
  })
}
