import type { Mutant } from '../mutant.ts'

const pictures = { test: 'tests/unit/extension/pictures.test.ts', project: 'unit' }

export const mutants: readonly Mutant[] = [
  {
    rule: 'Each organization has a timeline of its own readings',
    file: 'extension/record/timeline.ts',
    find: 'timelineOf(own.get(source.connectionId) ?? [])',
    replace: 'timelineOf(readings)',
    ...pictures,
    title: 'J55 .*changes nothing',
  },
  {
    rule: 'A value that cannot be right stretches no axis',
    file: 'extension/record/plausible.ts',
    find: 'amount.number >= least && amount.number <= most',
    replace: 'amount.number >= 0',
    ...pictures,
    title: 'J55 .*stretch its axes',
  },
  {
    rule: 'A date before anybody was born stretches no axis',
    file: 'extension/record/plausible.ts',
    find: 'time >= EARLIEST && isPossible(kind, reading)',
    replace: 'isPossible(kind, reading)',
    ...pictures,
    title: 'J55 .*stretch its axes',
  },
  {
    rule: 'A value that cannot be right has no part in a trend',
    file: 'extension/record/trend.ts',
    find: '!isAhead(point, now) && isCredible(kind, point)',
    replace: '!isAhead(point, now)',
    ...pictures,
    title: 'J55 .*no part in a trend',
  },
  {
    rule: 'A value that cannot be right is not the newest, and is named',
    file: 'extension/record/vital-card.tsx',
    find: 'points.find((point) => !isAhead(point) && isCredible(kind, point))',
    replace: 'points.find((point) => !isAhead(point))',
    test: 'tests/unit/extension/vital-card.test.ts',
    project: 'unit',
    title: 'J55',
  },
  {
    rule: 'A list is drawn in pieces',
    file: 'extension/record/in-pieces.tsx',
    find: 'pieces.slice(0, drawn)',
    replace: 'pieces',
    test: 'tests/unit/extension/in-pieces.test.ts',
    project: 'unit',
    title: 'J60 only the first rows',
  },
  {
    rule: 'Earlier results are drawn when they are opened',
    file: 'extension/record/entry-row.tsx',
    find: '{isOpen && (\n        <ul',
    replace: '{(\n        <ul',
    test: 'tests/unit/extension/in-pieces.test.ts',
    project: 'unit',
    title: 'J60 the earlier results',
  },
]
