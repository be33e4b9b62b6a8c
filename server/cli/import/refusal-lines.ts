import type { Refusal } from './import-records.ts'

/** Refused resources of one type and kind of reason that are named; the rest is counted. */
const NAMED = 5

/**
 * Makes the lines about refused resources, so that thousands of one kind do not hide the others.
 *
 * @param all whether every resource is named.
 */
export const createRefusalLines = (all: boolean) => {
  const counts = new Map<string, number>()
  return {
    /** Returns the line that names the resource; `undefined` if it is only counted. */
    add: ({ file, place, type, name, code, reason }: Refusal): string | undefined => {
      const kind = JSON.stringify([type, code])
      const count = (counts.get(kind) ?? 0) + 1
      counts.set(kind, count)
      return all || count <= NAMED
        ? `refused ${name} (${place ? `${file}, ${place}` : file}): ${reason}`
        : undefined
    },
    /** Returns a line for each kind with resources that were not named. */
    rest: (): string[] =>
      [...counts].flatMap(([kind, count]) =>
        all || count <= NAMED
          ? []
          : `refused: ${(count - NAMED).toLocaleString('en-US')} more resources of ${JSON.parse(kind)[0]}, like the ${NAMED} named above; --all-refusals names every one`,
      ),
  }
}
