// What lies below that which is seen first, as one file: with a third beside it and the charts, the bundler would put what
// all of them share into a file that the popup has to wait for (popup-size.test.ts).
// biome-ignore-all lint/performance/noBarrelFile: that is what it is for

export { RecordLists } from '../record/record-lists.tsx'
export { LockScreen } from '../ui/lock-screen.tsx'
export { UnrevokedNotices } from '../ui/unrevoked-notices.tsx'
export { SamePersonChoice, SamePersonQuestion } from './same-person.tsx'
export { AccessList } from './who-read/access-list.tsx'
