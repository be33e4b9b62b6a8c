import { useEffect, useState } from 'preact/hooks'
import { ago, clock, day, exactly, type Moment } from './dates.ts'

interface Props {
  at: Moment
  /** `3 days ago`, `24 Nov 2026`, `14:02`; `lately` is `14:02` today, otherwise date and time in full. */
  as?: 'ago' | 'day' | 'clock' | 'lately'
}

/** `14:02` today, otherwise date and time in full. */
export const lately = (at: Moment): string => (day(at) === day(Date.now()) ? clock(at) : exactly(at))

const FORMATS = { ago, day, clock, lately }

/** A moment in everyday words, with the exact time on hover and for machines. */
export const When = ({ at, as = 'ago' }: Props) => (
  <time dateTime={typeof at === 'number' ? new Date(at).toISOString() : at} title={exactly(at)}>
    {FORMATS[as](at)}
  </time>
)

/** Returns the current time, updated every 30 seconds, which suffices for minutes left. */
export const useNow = (): number => {
  const [now, setNow] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
