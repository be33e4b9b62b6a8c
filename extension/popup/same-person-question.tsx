import { useId, useState } from 'preact/hooks'
import { ask } from '../messages/ask.ts'
import type { Connection, State } from '../messages/state.ts'
import { connectionsOf, fullNameOf, leftOutOf, personOf } from '../record/person.ts'
import { Button } from '../ui/controls/button.tsx'
import { ProblemNotice } from '../ui/controls/notice.tsx'
import { useAction } from '../ui/state/use-action.ts'
import { life } from '../ui/words/dates.ts'
import { personName } from '../ui/words/outside-words.ts'
import { Host, SourceDot } from '../ui/words/source-mark.tsx'
import { t } from '../ui/words/words.ts'

interface Props {
  state: State
  /** The connection on screen. */
  connection: Connection
}

/** Asks once whether a namesake at another organization is the same person; until then the records stay separate. */
export const SamePersonQuestion = ({ state, connection }: Props) => {
  const { connections } = state
  const other = namesakesOf(connections, connection).find((each) => !areApart(connections, connection, each))
  return other ? <Question key={other.id} state={state} connection={connection} other={other} /> : null
}

/** Lets the person change their earlier answer. */
export const SamePersonChoice = ({ state, connection }: Props) => {
  const { connections } = state
  const [openQuestion, setOpenQuestion] = useState<string>()
  const separate = useAction((other: string) =>
    ask('same-person', { one: connection.id, other, same: false }),
  )
  const joinedConnections = connectionsOf(connections, connection).filter(({ id }) => id !== connection.id)
  const unmatched = leftOutOf(connections, connection).filter(({ signedIn }) => signedIn)
  const apart = namesakesOf(connections, connection).filter((each) => areApart(connections, connection, each))
  const people = [...new Map(apart.map((each) => [personOf(each), each])).values()]
  if (joinedConnections.length + unmatched.length + people.length === 0) return null
  return (
    <section>
      {[...joinedConnections, ...unmatched].map((each) => (
        <Button key={each.id} look="plain" busy={separate.isRunning} onClick={() => separate.run(each.id)}>
          {t(unmatched.includes(each) ? 'same_person_other' : 'same_person_part', each.providerName)}
        </Button>
      ))}
      {people.map((other) =>
        other.id === openQuestion ? (
          <Question key={other.id} state={state} connection={connection} other={other} />
        ) : (
          <Button key={other.id} look="plain" onClick={() => setOpenQuestion(other.id)}>
            {t('same_person_again', other.providerName)}
          </Button>
        ),
      )}
      {separate.problem && <ProblemNotice problem={separate.problem} />}
    </section>
  )
}

const Question = ({ state, connection, other }: Props & { other: Connection }) => {
  const title = useId()
  const answer = useAction((same: boolean) =>
    ask('same-person', { one: connection.id, other: other.id, same }),
  )
  const both = [connection, other].flatMap((each) => connectionsOf(state.connections, each))
  return (
    <section class="card stack" aria-labelledby={title}>
      <h2 id={title}>{t('same_person_title')}</h2>
      <ul class="stack">
        {both.map(({ id, providerName, host, hue, patient }) => (
          <li key={id}>
            <p class="named">
              <SourceDot hue={hue} />
              <span>
                <strong>{providerName}</strong> <Host name={providerName} host={host} />
              </span>
            </p>
            {patient?.birthDate && (
              <p>
                {personName(patient.name)}, {life(patient)}
              </p>
            )}
          </li>
        ))}
      </ul>
      <p class="quiet small">{t('same_person_why')}</p>
      {answer.problem && <ProblemNotice problem={answer.problem} />}
      <div class="row">
        <Button busy={answer.isRunning} onClick={() => answer.run(true)}>
          {t('same_person_yes')}
        </Button>
        <Button busy={answer.isRunning} onClick={() => answer.run(false)}>
          {t('same_person_no')}
        </Button>
      </div>
    </section>
  )
}

/**
 * Returns the signed-in connections at other organizations with the same name and full birth date that are not yet joined
 * with `one`.
 */
export const namesakesOf = (connections: Connection[], one: Connection): Connection[] => {
  const name = fullNameOf(one)
  return connections.filter(
    (each) =>
      each.signedIn &&
      each.providerId !== one.providerId &&
      name !== undefined &&
      fullNameOf(each) === name &&
      personOf(each) !== personOf(one),
  )
}

/** Checks whether the person declared the two, or any connections joined with them, to be different people. */
export const areApart = (connections: Connection[], one: Connection, other: Connection): boolean => {
  const allOf = (some: Connection) =>
    connections.filter(
      ({ id, samePerson }) => id === some.id || (samePerson !== undefined && samePerson === some.samePerson),
    )
  const others = allOf(other)
  return allOf(one).some((a) =>
    others.some((b) => a.apartFrom?.includes(b.id) || b.apartFrom?.includes(a.id)),
  )
}
