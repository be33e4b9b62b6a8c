import { useEffect, useState } from 'preact/hooks'
import type { RegisteredClient } from '../messages/administration.ts'
import { ask } from '../messages/ask.ts'
import { watch } from '../messages/watch.ts'

/** What was registered from here, kept fresh; undefined until it is known. */
export const useRegisteredClients = (): RegisteredClient[] | undefined => {
  const [clients, setClients] = useState<RegisteredClient[]>()
  useEffect(() => {
    const look = () =>
      ask('registered-clients').then(setClients, () => {
        // The list stays as it is; what is done with an entry says for itself why it fails.
      })
    const stop = watch(look)
    look()
    return stop
  }, [])
  return clients
}
