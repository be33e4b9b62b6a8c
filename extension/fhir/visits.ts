import type { Visit } from '../messages/state.ts'
import type { Client } from './client.ts'
import { object, objects, text, words } from './resource.ts'

export const readVisit = async (client: Client, id: string): Promise<Visit> => {
  const encounter = await client.read('Encounter', id)
  const [type] = objects(encounter.type)
  const [coding] = objects(type?.coding)
  const name = words(type?.text) ?? words(coding?.display) ?? words(object(encounter.class).display)
  const start = text(object(encounter.period).start)
  return { id, ...(name && { name }), ...(start && { start }) }
}
