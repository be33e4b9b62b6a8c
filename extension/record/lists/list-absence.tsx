import type { Problem } from '../../messages/errors.ts'
import { type ListName, lists, type RecordType } from '../../messages/record-lists.ts'
import { type Connection, whyNotShared } from '../../messages/state.ts'
import { Notice, ProblemNotice } from '../../ui/controls/notice.tsx'
import { absent } from '../../ui/words/absent.ts'
import { find, listed, t } from '../../ui/words/words.ts'
import {
  isOutOfReach,
  LastRead,
  Limited,
  NotShared,
  Omitted,
  OutOfReach,
  type OutOfReachPart,
} from '../absence.tsx'
import { type ListAt, missingResultsOf } from './use-record-list.ts'

interface Props {
  name: ListName
  lists: ListAt[]
  /** That these organizations cannot be reached is said elsewhere. */
  isAway?: boolean
}

/** Explains which parts of a list are missing and why. Several organizations that cannot be reached share one line. */
export const ListAbsences = ({ name, lists: all, isAway = false }: Props) => {
  const parts = all.map((list) => outOfReach(name, list))
  const away = parts.filter((part) => part !== undefined)
  const isShared = away.length > 1
  return (
    <>
      {isShared && !isAway && <OutOfReach parts={away} />}
      {all.map((list, at) => (
        <ListAbsence
          key={list.connection.id}
          name={name}
          list={list}
          isShared={isAway || (isShared && parts[at] !== undefined)}
        />
      ))}
    </>
  )
}

/** Returns what several organizations may share a line about; nothing if only some types have a copy, whose age holds for no other. */
const outOfReach = (name: ListName, list: ListAt): OutOfReachPart | undefined => {
  const away = problemsOf(list).filter(({ problem }) => isOutOfReach(problem))
  const [first] = away
  const times = away.flatMap(({ readAt }) => readAt ?? [])
  if (!first || (times.length > 0 && times.length < away.length)) return undefined
  const types = away.flatMap((each) => each.types)
  return {
    connection: list.connection,
    problem: first.problem,
    retry: () => {
      for (const { retry } of away) retry()
    },
    ...(types.length < lists[name].length && { part: t('list_part_missing', partsOf(name, types)) }),
    ...(times.length > 0 && { readAt: Math.min(...times) }),
  }
}

interface AbsenceProps {
  name: ListName
  list: ListAt
  /** One line for several organizations already says that this one cannot be reached. */
  isShared: boolean
}

const ListAbsence = ({ name, list, isShared }: AbsenceProps) => {
  const { connection, refusedTypes } = list
  const organization = connection.providerName
  const missingResults = missingResultsOf(list)
  const omitted = omittedOf(list)
  const missing = problemsOf(list).filter(({ problem }) => !isShared || !isOutOfReach(problem))
  const whys = Map.groupBy(refusedTypes, (type) =>
    whyNotShared(connection, ({ readLists }) => readLists.includes(type)),
  )
  const limited = lists[name].filter((type) => connection.can.limited.includes(type))
  return (
    <>
      {limited.length > 0 && (
        <Limited connection={connection} parts={limited} what={partsOf(name, limited)} />
      )}
      {[...whys].map(([why, types]) => (
        <NotShared
          key={why}
          {...{ connection, why }}
          what={partsOf(name, types)}
          refused={t('list_not_allowed', partsOf(name, types), organization)}
        />
      ))}
      {missing.map(({ problem, types, retry, readAt }) => (
        <ProblemNotice
          key={`${problem.code} ${readAt}`}
          problem={problem}
          organization={organization}
          onRetry={retry}
        >
          {types.length < lists[name].length &&
            (readAt === undefined
              ? t('list_part_missing', partsOf(name, types))
              : `${partsOf(name, types)}:`)}{' '}
          {readAt !== undefined && <LastRead at={readAt} />}
        </ProblemNotice>
      ))}
      {omitted > 0 && <Omitted organization={organization} number={omitted} />}
      {missingResults > 0 && (
        <Notice kind="refused">{t('results_missing', organization, missingResults)}</Notice>
      )}
    </>
  )
}

/** States that an organization answered and has no entries. This says nothing about the person's health. */
export const NothingRecorded = ({ name, list }: { name: ListName; list: ListAt }) => {
  const { connection, refusedTypes, answers } = list
  if (answers.some(({ value }) => value && value.entries.length > 0)) return null
  // Nothing else than what `ListAbsence` names: the types that were not read, and what was left out.
  const rest = answers
    .filter(({ problem, value }) => !problem && !value?.copyBecause)
    .map(({ value, pending }) => ({ pending, ...(value && { value: { ...value, omitted: 0 } }) }))
  const nothing =
    (refusedTypes.length === 0 && absent(answers, `list_empty_${name}`, connection.providerName)) ||
    absent(rest, 'list_rest_empty', connection.providerName)
  return nothing ? <Notice kind="empty">{nothing}</Notice> : null
}

const omittedOf = ({ answers }: ListAt): number =>
  answers.reduce((sum, { value }) => sum + (value?.omitted ?? 0), 0)

interface Missing {
  problem: Problem
  types: RecordType[]
  retry: () => void
  /** When the copy shown instead was read. */
  readAt?: number
}

/** Returns each problem once, not once for each type; and once more for the types that a copy stands for, because only they have an age. */
const problemsOf = ({ answers }: ListAt): Missing[] => {
  const missing = new Map<string, Missing>()
  for (const { type, value, problem: failure, pending, retry } of answers) {
    const problem = failure ?? value?.copyBecause
    if (!problem || pending) continue
    const group = `${problem.code} ${value !== undefined}`
    const before = missing.get(group)
    const readAt = Math.min(
      before?.readAt ?? Number.POSITIVE_INFINITY,
      value?.readAt ?? Number.POSITIVE_INFINITY,
    )
    missing.set(group, {
      problem,
      types: [...(before?.types ?? []), type],
      retry: () => {
        before?.retry()
        retry()
      },
      ...(Number.isFinite(readAt) && { readAt }),
    })
  }
  return [...missing.values()]
}

/** Names the whole list (`medications`) or its missing parts (`prescriptions`). */
export const partsOf = (name: ListName, types: readonly RecordType[]): string =>
  types.length === lists[name].length
    ? t(`list_${name}`).toLocaleLowerCase()
    : listed(
        types.map((type) =>
          type === 'Observation' ? t('laboratory_results') : (find(`resource_${type}`) ?? type),
        ),
      )

/** Checks whether the grant allows nothing of a list, so that the list itself has nothing to show. */
export const isRefused = ({ can }: Connection, name: ListName): boolean =>
  lists[name].every((type) => !can.readLists.includes(type))

interface RefusedProps {
  connection: Connection
  names: readonly ListName[]
  withVitals?: boolean
}

/** Names what the grant does not allow in one sentence, because a notice for each list would fill the page. */
export const RefusedParts = ({ connection, names, withVitals = false }: RefusedProps) => {
  const { can, providerName } = connection
  const parts = [
    ...(!withVitals || can.readVitals
      ? []
      : [
          {
            word: 'vital_signs' as const,
            why: whyNotShared(connection, ({ readVitals }) => readVitals),
          },
        ]),
    ...names
      .filter((name) => isRefused(connection, name))
      .map((name) => ({
        word: `list_${name}` as const,
        why: whyNotShared(connection, ({ readLists }) =>
          lists[name].some((type) => readLists.includes(type)),
        ),
      })),
  ]
  return [...Map.groupBy(parts, ({ why }) => why)].map(([why, group]) => {
    const what = listed(group.map(({ word }) => t(word).toLocaleLowerCase()))
    return (
      <NotShared
        key={why}
        {...{ connection, why, what }}
        refused={t('list_not_allowed', what, providerName)}
      />
    )
  })
}
