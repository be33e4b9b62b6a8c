import { useEffect, useState } from 'preact/hooks'
import type { RegisteredClient } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import { watch } from '../messages/watch.ts'

/** Returns the applications registered from this browser and keeps them current; undefined until loaded. */
export const useRegisteredClients = (): RegisteredClient[] | undefined => {
  const [clients, setClients] = useState<RegisteredClient[]>()
  useEffect(() => {
    const load = () =>
      ask('registered-clients').then(setClients, () => {
        // Keeps the old list; actions on an entry report their own errors.
      })
    const stop = watch(load)
    load()
    return stop
  }, [])
  return clients
}
