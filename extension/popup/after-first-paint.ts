// Code that the first view does not need. It is one file, because with a third lazy file besides this one and the charts, the
// bundler would move their shared code into a file that the popup must wait for (popup-size.test.ts).
// biome-ignore-all lint/performance/noBarrelFile: that is what it is for

export { AllergyLine } from '../record/allergy-line.tsx'
export { RecordLists } from '../record/record-lists.tsx'
export { LockScreen } from '../ui/lock-screen.tsx'
export { FoundNothing } from './found-nothing.tsx'
export { NewestNotice } from './newest-notice.tsx'
export { OtherDate } from './other-date.tsx'
export { readQuery } from './read-query.ts'
export { SamePersonChoice, SamePersonQuestion } from './same-person.tsx'
export { AccessList } from './who-read/access-list.tsx'
