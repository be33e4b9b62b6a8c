import type { Scenes } from '../scene.ts'

/** The page that is shown once. */
export const welcome: Scenes = { welcome: {} }
