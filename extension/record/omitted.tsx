import { Notice } from '../ui/controls/notice.tsx'
import { count } from '../ui/words/words.ts'

/** Says how many resources an organization sent that are not certainly about the person, so that nobody misses them. */
export const Omitted = ({ organization, number }: { organization: string; number: number }) => (
  <Notice kind="refused">
    {organization}: {count('omitted', number)}
  </Notice>
)
