// Code that the first view does not need. It is one file, because with a third lazy file besides this one and the charts, the
// bundler would move their shared code into a file that the popup must wait for (popup-size.test.ts).
// biome-ignore-all lint/performance/noBarrelFile: that is what it is for

import '../ui/controls/keep-press.ts'

export { LeftOut } from '../record/absence.tsx'
export { Digest } from '../record/lists/digest.tsx'
export { FirstCard } from '../record/lists/first-card.tsx'
export { RecordLists } from '../record/lists/record-lists.tsx'
export { Timelines } from '../record/vitals/timelines.tsx'
export { LockScreen } from '../ui/lock/lock-screen.tsx'
export { AdministratorCard } from './administrator-card.tsx'
export { OrganizationPage } from './frame/organization-page.tsx'
export { OrganizationsSheet } from './frame/organizations-sheet.tsx'
export { LaunchedVisits } from './launched-visits.tsx'
export { LockOffer } from './lock-offer.tsx'
export { AccessList } from './log/access-list.tsx'
export { NewestNotice } from './newest-notice.tsx'
export { SamePersonChoice, SamePersonQuestion } from './same-person-question.tsx'
export { namesFew, readQuery } from './search/read-query.ts'
export { OtherDate, queryWords, SearchEnd } from './search/search-end.tsx'
