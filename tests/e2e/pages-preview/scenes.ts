import type { Scenes } from './scene.ts'
import { find } from './scenes/find.ts'
import { launch } from './scenes/launch.ts'
import { locked, lockSection } from './scenes/lock.ts'
import { names, namesInOptions, namesInSummary } from './scenes/names.ts'
import { options } from './scenes/options.ts'
import { organizations } from './scenes/organizations.ts'
import { record } from './scenes/record.ts'
import { samePerson } from './scenes/same-person.ts'
import { searching } from './scenes/search.ts'
import { start } from './scenes/start.ts'
import { summary } from './scenes/summary.ts'
import { timeline } from './scenes/timeline.ts'
import { welcome } from './scenes/welcome.ts'
import { whoRead } from './scenes/who-read.ts'

/** All scenes, by page. */
export const scenes = {
  popup: {
    ...start,
    ...organizations,
    ...timeline,
    ...samePerson,
    ...record,
    ...whoRead,
    ...searching,
    ...locked,
    ...names,
  },
  options: { ...options, ...lockSection, ...namesInOptions },
  find,
  launch,
  summary: { ...summary, ...namesInSummary },
  welcome,
} satisfies Record<string, Scenes>

export type PageName = keyof typeof scenes
