/**
 * Removes each rule in turn and checks that its test fails. Runs every mutant, or those whose name (`subject: rule`, with a number
 * if the rule has several) contains one of the given words, or whose file is one of them:
 *
 *     npm exec -- node tests/mutation/run.ts
 *     npm exec -- node tests/mutation/run.ts guessing server/fhir/access/decide-access.ts
 *
 * Mutants run in copies of the project, two at a time. A mutant is killed when all selected tests pass without it and one of them
 * fails with it. One that does not compile, or prevents the tests from running, is not killed. `artifacts/mutants.json` lists
 * which test killed each. The last line is `N passed, N failed`.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { extname } from 'node:path'
import { copyProject, type ProjectCopy, type RunTest } from './project-copy.ts'
import { mutate, type NamedMutant, readMutants } from './read-mutants.ts'

const AT_ONCE = 2
const ARTIFACT = 'artifacts/mutants.json'

interface Verdict {
  readonly mutant: NamedMutant
  readonly killed: boolean
  /** The test that failed, with its message; or why the mutant was not killed. */
  readonly because: string
  readonly seconds: number
}

const main = async (words: readonly string[]) => {
  const mutants = (await readMutants()).filter(
    ({ name, file }) => words.length === 0 || words.some((word) => matches(name, word) || file === word),
  )
  if (mutants.length === 0) throw new Error('There is no such mutant.')
  const copies = await Promise.all(Array.from({ length: AT_ONCE }, copyProject))
  try {
    const broken = await findBroken(copies[0] as ProjectCopy, mutants)
    const sound = await testFilesWithout(copies, mutants)
    const verdicts = await inCopies(copies, mutants, async (mutant, copy) => {
      const start = performance.now()
      const [killed, because] = broken.has(mutant)
        ? [false, broken.get(mutant) ?? '']
        : await judge(mutant, copy, sound)
      const seconds = Math.round((performance.now() - start) / 100) / 10
      console.log(`${killed ? 'killed' : 'ALIVE '} ${mutant.name} (${seconds} s)\n       ${because}`)
      return { mutant, killed, because, seconds }
    })
    await report(verdicts)
  } finally {
    await Promise.all(copies.map((copy) => copy.remove()))
  }
}

const matches = (name: string, word: string) => name.toLowerCase().includes(word.toLowerCase())

/** Passes each item to the next free copy. */
const inCopies = async <T, R>(
  copies: readonly ProjectCopy[],
  items: readonly T[],
  work: (item: T, copy: ProjectCopy) => Promise<R>,
): Promise<R[]> => {
  const results: R[] = []
  const waiting = items.entries()
  await Promise.all(
    copies.map(async (copy) => {
      for (const [index, item] of waiting) results[index] = await work(item, copy)
    }),
  )
  return results
}

/** Errors of syntax (TS1…), and of names that do not exist. */
const COMPILER_ERROR = /^(.+?)\(\d+,\d+\): error (TS(?:1\d{3}|2304|2552|18004): .*)$/

/**
 * Finds mutants that no longer fit their file, or use names that do not exist: those would fail every test, and prove nothing.
 * All are compiled at once, each as a separate file beside the original. Other type errors are allowed, because removing a rule
 * may cause them.
 */
const findBroken = async (copy: ProjectCopy, mutants: readonly NamedMutant[]) => {
  const broken = new Map<NamedMutant, string>()
  const files = new Map<string, string>()
  const mutantOf = new Map<string, NamedMutant>()
  for (const [index, mutant] of mutants.entries()) {
    try {
      const text = await mutate(mutant)
      if (!/\.tsx?$/.test(mutant.file)) continue
      const extension = extname(mutant.file)
      const path = `${mutant.file.slice(0, -extension.length)}.mutant-${index}${extension}`
      files.set(path, text)
      mutantOf.set(path, mutant)
    } catch (error) {
      broken.set(mutant, error instanceof Error ? error.message : String(error))
    }
  }
  // Unknown names are only reported once every file can be parsed.
  for (let count = 1; count > 0; ) {
    count = 0
    for (const line of await copy.with(files, () => copy.compile())) {
      const [, path = '', problem = ''] = COMPILER_ERROR.exec(line) ?? []
      const mutant = mutantOf.get(path)
      if (!mutant || !files.delete(path)) continue
      broken.set(mutant, `it does not compile: ${problem}`)
      count++
    }
  }
  return broken
}

const fileOf = ({ project, test }: Pick<NamedMutant, 'project' | 'test'>) => `${project} ${test}`

/** The results of all mutants' tests while every rule is in place, by project and file. */
const testFilesWithout = async (copies: readonly ProjectCopy[], mutants: readonly NamedMutant[]) => {
  const titles = Map.groupBy(mutants, fileOf)
  const runs = await inCopies(copies, [...titles.values()], async ([first, ...others], copy) => {
    if (!first) return []
    const title = [...new Set([first, ...others].map((mutant) => mutant.title))]
      .map((it) => `(?:${it})`)
      .join('|')
    return copy.runTests({ ...first, title })
  })
  return new Map([...titles.keys()].map((file, index) => [file, runs[index] ?? []]))
}

/** @returns whether it was killed, and by which test. */
const judge = async (
  mutant: NamedMutant,
  copy: ProjectCopy,
  sound: ReadonlyMap<string, RunTest[]>,
): Promise<[killed: boolean, because: string]> => {
  const title = new RegExp(mutant.title)
  const selected = (sound.get(fileOf(mutant)) ?? []).filter(({ name }) => title.test(name))
  if (selected.length === 0) return [false, `no test of ${mutant.test} has the title "${mutant.title}"`]
  const failing = selected.find(({ passed }) => !passed)
  if (failing) return [false, `without it "${failing.name}" fails as well: ${failing.message}`]
  const tests = await copy.with(new Map([[mutant.file, await mutate(mutant)]]), () => copy.runTests(mutant))
  if (tests.length === 0) return [false, 'with it no test could run']
  const killer = tests.find(({ passed }) => !passed)
  return killer
    ? [true, `${killer.name}: ${killer.message}`]
    : [false, `${tests.length} tests pass all the same`]
}

const report = async (verdicts: readonly Verdict[]) => {
  await mkdir('artifacts', { recursive: true })
  const rows = verdicts.map(({ mutant: { name, file, test, project }, ...verdict }) => ({
    ...{ name, file, project, test },
    ...verdict,
  }))
  await writeFile(ARTIFACT, `${JSON.stringify(rows, undefined, 2)}\n`)
  const alive = verdicts.filter(({ killed }) => !killed)
  for (const { mutant, because } of alive) console.log(`\nALIVE  ${mutant.name}\n       ${because}`)
  console.log(`\n${verdicts.length - alive.length} passed, ${alive.length} failed`)
  process.exitCode = alive.length > 0 ? 1 : 0
}

// npm keeps the `--` before the words.
await main(process.argv.slice(2).filter((word) => word !== '--'))
