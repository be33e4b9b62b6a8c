import type { Scenes } from '../scene.ts'

/** Shown once. */
export const welcome: Scenes = { welcome: {} }
