import type { Mutant } from '../mutant.ts'

const unit = { test: 'tests/unit/extension/snapshot.test.ts', project: 'unit' } as const
const integration = { test: 'tests/integration/extension/snapshot.test.ts', project: 'integration' } as const

export const mutants: readonly Mutant[] = [
  {
    rule: 'A snapshot is never drawn of a state that has changed since: the change deletes it first',
    file: 'extension/storage/area.ts',
    find: 'return keys.some(isShown) ? withoutSnapshot(run) : run()',
    replace: 'return run()',
    ...integration,
    title: 'when this is told',
  },
  {
    rule: 'A snapshot is deleted before the change is written',
    file: 'extension/storage/drop-snapshot.ts',
    find: '    await deleteSnapshot()\n    await change()\n',
    replace: '    await change()\n    await deleteSnapshot()\n',
    ...unit,
    title: 'deletes the snapshot before it is written',
  },
  {
    rule: 'No snapshot is kept of a state that changed while it was described',
    file: 'extension/storage/drop-snapshot.ts',
    find: 'if (running > 0 || finished !== before) return',
    replace: '',
    ...integration,
    title: 'began before a sign-out',
  },
  {
    rule: 'No snapshot is kept while a change is running',
    file: 'extension/storage/drop-snapshot.ts',
    find: 'running > 0 || ',
    replace: '',
    ...unit,
    title: 'that is still running leaves',
  },
  {
    rule: 'A snapshot is never drawn once a session has ended',
    file: 'extension/background/keep-snapshot.ts',
    find: '[closesAt, ...ends]',
    replace: '[closesAt]',
    ...integration,
    title: 'nobody is shown once the window',
  },
  {
    rule: 'A snapshot is never drawn of a locked Carekey, even if no worker has noticed that the idle time is over',
    file: 'extension/background/keep-snapshot.ts',
    find: '[closesAt, ...ends]',
    replace: 'ends',
    ...integration,
    title: 'idle time of the lock',
  },
  {
    rule: 'A snapshot is never drawn if the clock was set back',
    file: 'extension/messages/snapshot.ts',
    find: 'from <= now && ',
    replace: '',
    ...unit,
    title: 'clock was set back',
  },
  {
    rule: 'A snapshot is never drawn under another policy',
    file: 'extension/messages/snapshot.ts',
    find: ' && snapshot.policy === (await policy)',
    replace: '',
    ...integration,
    title: 'new policy no longer allows',
  },
]
