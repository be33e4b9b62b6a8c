import { isLoopback } from '../../../values/address-range.ts'
import { parseAddress } from '../../../values/parse-address.ts'
import type { Clock } from '../../config.ts'
import { numberOf } from './measures.ts'
import { invalidCallback, invalidParameter } from './refusal.ts'
import type { State, Subscription } from './state.ts'
import type { Permission } from './tokens.ts'

const SECOND = 1000
/** How long after a failure the same notification is sent again. */
const REPEATS = [10, 60, 3600, 4 * 3600].map((seconds) => seconds * SECOND)
const PATIENCE = 2 * SECOND
const LONGEST_URL = 255

/** What a subscription can be about: the types of measure of each `appli`. 46 is sent when a person ends the permission. */
const APPLI: Readonly<Record<number, readonly number[]>> = {
  1: [1, 5, 6, 8, 76, 77, 88],
  4: [9, 10, 11, 54],
  46: [],
}
const UNLINKED = 46

interface Delivery {
  readonly callbackurl: string
  readonly form: Readonly<Record<string, string>>
  due: number
  attempt: number
}

export type Notifications = ReturnType<typeof createNotifications>

/** Subscriptions, and the notifications for them. Sends nothing to other machines. */
export const createNotifications = ({ state, now, save }: { state: State; now: Clock; save: () => void }) => {
  let deliveries: Delivery[] = []

  const find = ({ clientId, userid }: Permission, params: URLSearchParams): Subscription[] => {
    const appli = numberOf(params, 'appli')
    const url = params.get('callbackurl')
    return state.subscriptions.filter(
      (each) =>
        each.clientId === clientId &&
        each.userid === userid &&
        (appli === undefined || each.appli === appli) &&
        (url === null || each.callbackurl === url),
    )
  }
  const plan = (subscriptions: readonly Subscription[], parameters: Record<string, string>) => {
    for (const { callbackurl, userid, appli } of subscriptions) {
      const form = { userid: String(userid), appli: String(appli), ...parameters }
      deliveries.push({ callbackurl, form, due: now(), attempt: 0 })
    }
  }
  const deliver = async (delivery: Delivery): Promise<void> => {
    const body = new URLSearchParams(delivery.form)
    const status = await statusOf(delivery.callbackurl, { method: 'POST', body })
    const wait = REPEATS[delivery.attempt]
    if (status < 400 || wait === undefined) return
    deliveries.push({ ...delivery, due: now() + wait, attempt: delivery.attempt + 1 })
  }

  return {
    /** @throws Refusal for an address that does not answer `HEAD` with 200. */
    subscribe: async (permission: Permission, params: URLSearchParams): Promise<object> => {
      const appli = numberOf(params, 'appli')
      const callbackurl = params.get('callbackurl') ?? ''
      if (appli === undefined || !APPLI[appli]) throw invalidParameter('appli')
      if (callbackurl.length > LONGEST_URL || !(await answersHead(callbackurl)))
        throw invalidCallback(callbackurl)
      const { clientId, userid } = permission
      const former = find(permission, new URLSearchParams({ appli: String(appli), callbackurl }))
      const subscription = { clientId, userid, appli, callbackurl, comment: params.get('comment') ?? '' }
      state.subscriptions = [...state.subscriptions.filter((each) => !former.includes(each)), subscription]
      save()
      return {}
    },

    list: (permission: Permission, params: URLSearchParams): object => ({
      profiles: find(permission, params).map(({ appli, callbackurl, comment }) => ({
        appli,
        callbackurl,
        comment,
      })),
    }),

    /** @throws Refusal for a subscription that does not exist. */
    end: (permission: Permission, params: URLSearchParams): object => {
      const matches = find(permission, params)
      const url = params.get('callbackurl')
      if (url === null || matches.length === 0) throw invalidCallback(url ?? '')
      state.subscriptions = state.subscriptions.filter((each) => !matches.includes(each))
      save()
      return {}
    },

    /** Plans the notifications about new or edited measures. Dates in seconds. */
    planMeasured: (userid: number, types: readonly number[], date: number): void =>
      plan(
        state.subscriptions.filter(
          (each) => each.userid === userid && APPLI[each.appli]?.some((type) => types.includes(type)),
        ),
        { startdate: String(date), enddate: String(date + 1) },
      ),

    /** Plans the notification that a person ended an application's permission. */
    planUnlinked: (clientId: string, userid: number): void =>
      plan(
        state.subscriptions.filter(
          (each) => each.clientId === clientId && each.userid === userid && each.appli === UNLINKED,
        ),
        { action: 'unlink' },
      ),

    /** Sends the notifications that are due now, and plans one more try for those that fail. */
    deliverDue: async (): Promise<void> => {
      const due = deliveries.filter((each) => each.due <= now())
      deliveries = deliveries.filter((each) => !due.includes(each))
      await Promise.all(due.map(deliver))
    },
  }
}

/** Checks an address in the same way as Withings' dashboard and `subscribe`. */
export const answersHead = async (url: string): Promise<boolean> =>
  (await statusOf(url, { method: 'HEAD' })) === 200

/** Returns the status of an answer that comes within two seconds, or else 599. Does not follow redirects. */
const statusOf = async (url: string, init: RequestInit): Promise<number> => {
  const target = parseAddress(url)
  if (target?.protocol !== 'http:' || !isLoopback(target)) return 599
  try {
    const signal = AbortSignal.timeout(PATIENCE)
    const response = await fetch(url, { ...init, redirect: 'manual', signal })
    await response.body?.cancel()
    return response.status
  } catch {
    return 599
  }
}
