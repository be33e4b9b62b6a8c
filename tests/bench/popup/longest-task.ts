import type { Page } from '@playwright/test'

/** The longest task on the main thread of a page, in milliseconds. */
export interface Task {
  /** In processor time, which other work on the machine does not change. */
  readonly cpu: number
  readonly wall: number
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly args: { readonly name?: string }
  /** Microseconds of a task. */
  readonly dur?: number
  readonly tdur?: number
}

/** Makes the browser record every task of the page while `work` runs. */
export const longestTask = async (page: Page, work: () => Promise<unknown>): Promise<Task> => {
  const session = await page.context().newCDPSession(page)
  const events: TraceEvent[] = []
  session.on('Tracing.dataCollected', ({ value }) => events.push(...(value as unknown as TraceEvent[])))
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel'] },
  })
  await work()
  const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve))
  await session.send('Tracing.end')
  await complete
  await session.detach()

  const threadOf = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const isMain = ({ name, args }: TraceEvent) => name === 'thread_name' && args.name === 'CrRendererMain'
  const main = new Set(events.filter(isMain).map(threadOf))
  const tasks = events.filter((event) => event.tdur !== undefined && main.has(threadOf(event)))
  if (tasks.length === 0) throw new Error('The browser told of no task.')
  const longest = (times: number[]) => Math.max(...times) / 1000
  return {
    cpu: longest(tasks.map(({ tdur = 0 }) => tdur)),
    wall: longest(tasks.map(({ dur = 0 }) => dur)),
  }
}
