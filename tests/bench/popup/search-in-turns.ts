import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { startCarekey } from '../../e2e/carekey.ts'
import type { Organization } from '../../e2e/organization.ts'
import { signIn } from '../../e2e/sign-in.ts'
import type { Sample, Side } from '../comparison.ts'
import { openConnection } from '../http-connection.ts'
import { answerJob } from '../job.ts'
import { median } from '../statistics.ts'

export interface SearchJob {
  readonly folder: string
  /** The folder of the built extension. */
  readonly extension: string
  readonly organization: Pick<Organization, 'name' | 'url'>
  /** Lee's token, for the bare request. */
  readonly accessToken: string
  readonly searches: number
}

const WARM = 5
/** The typed text, and the request that the extension makes from it. */
const FAMILY = 'Doe'
const SEARCH = `Patient?family=${FAMILY}&_count=20&_sort=name`

/** Measures a click and a bare request in turns; the order alternates. */
answerJob(async (job: SearchJob): Promise<Record<Side, Sample>> => {
  const profile = await mkdtemp(join(job.folder, 'profile-'))
  const carekey = await startCarekey(job.extension, profile)
  const { port } = new URL(job.organization.url)
  const connection = openConnection(Number(port))
  const request = `GET /fhir/${SEARCH} HTTP/1.1\r\nhost: localhost:${port}\r\nauthorization: Bearer ${job.accessToken}\r\naccept: application/fhir+json\r\n\r\n`
  const bare = async (): Promise<number> => {
    const start = performance.now()
    const { status, body } = await connection.send(request)
    const time = performance.now() - start
    if (status !== 200 || !body.includes(FAMILY)) throw new Error(`${SEARCH}: ${status} ${body}`)
    return time
  }
  try {
    const popup = await carekey.popup()
    await signIn(carekey, popup, job.organization, 'lee')
    await popup.getByLabel('Family').fill(FAMILY)
    const times: Record<Side, number[]> = { ours: [], bare: [] }
    const timed = { ours: () => fromClickToResult(popup), bare }
    for (let pair = -WARM; pair < job.searches; pair++)
      for (const side of pair % 2 === 0 ? (['ours', 'bare'] as const) : (['bare', 'ours'] as const)) {
        const time = await timed[side]()
        if (pair >= 0) times[side].push(time)
      }
    const sample = (side: Side): Sample => ({ value: median(times[side]), times: times[side] })
    return { ours: sample('ours'), bare: sample('bare') }
  } finally {
    connection.close()
    await carekey.close()
    await rm(profile, { recursive: true, force: true })
  }
})

/** Milliseconds by the page's own clock, so the browser's driver plays no part. */
const fromClickToResult = (popup: Page): Promise<number> =>
  popup.evaluate(
    () =>
      new Promise<number>((resolve) => {
        const result = () => document.querySelector('.found')
        const before = result()
        const button = document.querySelector<HTMLElement>('form.search button[type=submit]')
        let clicked = Number.NaN
        const observer = new MutationObserver(() => {
          const first = result()
          if (!first || first === before) return
          observer.disconnect()
          resolve(performance.now() - clicked)
        })
        observer.observe(document.body, { childList: true, subtree: true })
        button?.addEventListener('click', () => (clicked = performance.now()), { once: true, capture: true })
        button?.click()
      }),
  )
