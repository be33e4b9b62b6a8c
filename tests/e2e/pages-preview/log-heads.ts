import type { ListedCheckpoint } from '../../../extension/messages/log-entries.ts'
import { DAY, now } from './people.ts'

/** A checkpoint of an access log, as people send it to another browser. */
export const line = (size: number, root = 'kCaDH3mZbRh1x7rM2PyC0bVXvX1mCOt6b4XwO1pA5dg='): string =>
  `checkpoint localhost:3100/audit ${size} ${root} ${'Az09bY81cX72dW63'.repeat(6).slice(0, 90)}==`

export const heads: ListedCheckpoint[] = [
  {
    providerId: 'provider-0',
    organization: 'Riverside Clinic',
    size: 1204,
    keptAt: now - DAY,
    line: line(1204),
  },
  { providerId: 'provider-1', organization: 'Pulse Devices', size: 1, keptAt: now - 9 * DAY, line: line(1) },
]
