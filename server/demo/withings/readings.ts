import type { Clock } from '../../config.ts'
import type { MeasureGroup } from './measures.ts'
import type { Notifications } from './notifications.ts'
import type { StandInPerson } from './people.ts'
import type { State } from './state.ts'

export type Readings = ReturnType<typeof createReadings>

/** The members that a device or a person sets; the others have defaults. */
export type NewMeasures = Pick<MeasureGroup, 'measures'> & Partial<MeasureGroup>

/** Everybody's groups of measures: those of the demo, and those that were added or edited later. */
export const createReadings = ({
  people,
  state,
  now,
  save,
  notifications,
}: {
  people: readonly StandInPerson[]
  state: State
  now: Clock
  save: () => void
  notifications: Notifications
}) => {
  const ofDemo = new Map<number, readonly MeasureGroup[]>()

  const groupsOf = (person: StandInPerson): MeasureGroup[] => {
    const groups = ofDemo.get(person.userid) ?? person.groups(state.asOf)
    ofDemo.set(person.userid, groups)
    const all = new Map(groups.map((group) => [group.grpid, group]))
    for (const { userid, group } of state.changes) if (userid === person.userid) all.set(group.grpid, group)
    for (const { userid, grpid } of state.deleted) if (userid === person.userid) all.delete(grpid)
    return [...all.values()]
  }
  const personOf = (userid: number): StandInPerson => {
    const person = people.find((each) => each.userid === userid)
    if (!person) throw new Error(`Nobody here has the userid ${userid}.`)
    return person
  }

  return {
    of: (userid: number) => {
      const person = personOf(userid)
      return { timezone: person.timezone, devices: person.devices, groups: groupsOf(person) }
    },

    /**
     * Adds a group, or edits the one with the same `grpid`, and notifies the subscribers.
     *
     * @throws Error when nobody has this userid.
     */
    measure: (userid: number, measures: NewMeasures): MeasureGroup => {
      const groups = groupsOf(personOf(userid))
      const seconds = Math.floor(now() / 1000)
      const former = groups.find(({ grpid }) => grpid === measures.grpid)
      const group: MeasureGroup = {
        grpid: Math.max(0, ...groups.map(({ grpid }) => grpid)) + 1,
        attrib: 0,
        date: seconds,
        created: seconds,
        category: 1,
        deviceid: null,
        hash_deviceid: null,
        modelid: null,
        model: null,
        comment: null,
        ...former,
        modified: seconds,
        ...measures,
      }
      state.changes = [
        ...state.changes.filter((each) => each.userid !== userid || each.group.grpid !== group.grpid),
        { userid, group },
      ]
      state.deleted = state.deleted.filter((each) => each.userid !== userid || each.grpid !== group.grpid)
      save()
      const types = group.measures.map(({ type }) => type)
      notifications.planMeasured(userid, types, group.date)
      return group
    },

    /** Deletes a group. Withings tells nobody. */
    remove: (userid: number, grpid: number): void => {
      state.deleted = [...state.deleted, { userid, grpid }]
      save()
    },
  }
}
