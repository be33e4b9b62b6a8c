import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that take half a minute or more, the longest first, without their ending. */
const LONGEST: readonly string[] = [
  'thorough/killed-server',
  'attacks/exactly-once',
  'long/extension/known-log',
  'thorough/gateway-memory',
  'thorough/log-proofs',
  'attacks/connections',
  'thorough/ended-worker',
]

/**
 * Starts the longest files of all projects before any other, because one that starts last leaves the other processes without
 * work. The others follow as vitest orders them: project by project.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(specifications)
    return sorted.sort((one, other) => rankOf(one) - rankOf(other))
  }
}

const rankOf = ({ moduleId }: TestSpecification): number => {
  const rank = LONGEST.indexOf(relative('tests', moduleId).replace(/\.test\.tsx?$/, ''))
  return rank === -1 ? LONGEST.length : rank
}
