import { join } from 'node:path'
import { createApp } from '../../../server/app.ts'
import { demoOrganizations } from '../../../server/demo/organizations.ts'

type AppDeps = Parameters<typeof createApp>[0]

/** A server on this store, with its keys in the folder. */
export const appOn = (
  store: AppDeps['store'],
  folder: string,
  more: Pick<AppDeps, 'freeShare' | 'elapsed'> = {},
) =>
  createApp({
    config: {
      publicUrl: 'http://127.0.0.1',
      host: '127.0.0.1',
      port: 0,
      source: { kind: 'embedded' },
      organization: demoOrganizations.riverside,
    },
    store,
    clock: Date.now,
    keyFile: join(folder, 'keys'),
    logKey: { file: join(folder, 'log-key') },
    ...more,
  })
