import { type Expression, type SqlBool, sql } from 'kysely'
import { openEvent } from '../../audit/entry/stored-event.ts'
import { type FhirError, tooManyPatients } from '../../fhir-error.ts'
import { fhirUser, toAccount } from '../../grants/accounts.ts'
import { fold } from '../../query/indexed-values.ts'
import type { Filter, Query, StringCriterion } from '../../query/query.ts'
import type { Db } from '../../store/schema.ts'
import { turnOfOthers } from '../../turns.ts'
import type { NamedPatients } from '../access/disclosure.ts'
import { MOST_COUNTED } from '../search/concerned-patients.ts'
import { ownedBy } from '../search/named-patients.ts'
import { and, findKeys, isOneOf } from '../search/predicates.ts'
import type { LogSearch } from './look-through-log.ts'

type NameFilter = Filter & { kind: 'string' }
type NumberFilter = Filter & { kind: 'token'; selective: true }

/**
 * Finds the patients who have all names of a search, `MOST_COUNTED` and one more at most. If they cannot all be found, also returns a
 * refusal.
 *
 * @param names filters of Patient by `name` or `identifier`, and the parameters they were parsed from.
 */
export type FindPatients = (
  names: Pick<Query, 'filters' | 'usedParameters'>,
) => Promise<{ readonly patients: Iterable<string>; readonly refusal?: FhirError }>

interface NamedPeople {
  /** The entries of the people who have the names. */
  readonly condition: Expression<SqlBool>
  /** The ways through the log that lead to these entries. */
  readonly ways: LogSearch['ways']
  /** The patients among these people. A search by name is logged for them like a search by their ids. */
  readonly named: NamedPatients
  /** The parameters by whose values nobody is known. */
  readonly nobody: readonly string[]
  /** More than `MOST_COUNTED` patients have the names, and `named` holds one more than these; or not all were found. */
  readonly refusal?: FhirError
}

/** Whether a filter of the log names people by a name, or a patient by a number, that the log itself does not hold. */
export const isByName = (filter: Filter): filter is NameFilter | NumberFilter =>
  filter.kind === 'string' || (filter.kind === 'token' && filter.selective)

/**
 * Finds the people whom a search of the log names: by `patient.name` or `patient.identifier` in their Patient, by `agent-name` in their account, or in
 * their newest entry if the account was removed. A person must have all names of one parameter.
 */
export const findPeopleNamed = async (
  db: Db,
  { filters, usedParameters }: Query,
  findPatients: FindPatients,
): Promise<NamedPeople> => {
  const names = filters.filter(isByName)
  const ofAgents = names.filter((filter): filter is NameFilter => filter.param === 'agent-name')
  const ofPatients = names.filter(({ param }) => param !== 'agent-name')
  const agents = ofAgents.length > 0 ? await findAgents(db, ofAgents) : []
  const found =
    ofPatients.length > 0 ? await findPatients(asNames(ofPatients, usedParameters)) : { patients: [] }
  const patients = [...found.patients]
  const patientAgents = agents.flatMap((agent) => /^Patient\/(.+)$/.exec(agent)?.[1] ?? [])
  // Listed by filter, also for a refusal, because a patient's entry keeps only the filters that name that patient.
  const patientsByFilter = new Map([
    ...ofAgents.map((filter) => [filter, [ownedByFirst(patientAgents)]] as const),
    ...ofPatients.map((filter) => [filter, [ownedByFirst(patients)]] as const),
  ])
  const isTooMany = new Set([...patients, ...patientAgents]).size > MOST_COUNTED
  const refusal = isTooMany ? tooManyPatients(MOST_COUNTED) : found.refusal
  if (refusal) return { condition: sql`1 = 0`, ways: [], named: patientsByFilter, nobody: [], refusal }
  const ways: LogSearch['ways'] = [
    ...(ofAgents.length > 0 ? [{ column: 'agent', values: agents } as const] : []),
    ...(ofPatients.length > 0 ? [{ column: 'patient', values: patients } as const] : []),
  ]
  const unknown = [...(agents.length === 0 ? ofAgents : []), ...(patients.length === 0 ? ofPatients : [])]
  return {
    nobody: [...new Set(unknown.map(({ param }) => param))],
    condition: and(ways.map(({ column, values }) => isOneOf(column, values))),
    ways,
    named: patientsByFilter,
  }
}

const ownedByFirst = (ids: readonly string[]) => ownedBy(ids.slice(0, MOST_COUNTED + 1))

/** `patient.name` is compared with the names that `Patient?name=` searches, and `patient.identifier` as `Patient?identifier=` is. */
const asNames = (
  filters: readonly (NameFilter | NumberFilter)[],
  parameters: Query['usedParameters'],
): Parameters<FindPatients>[0] => {
  const names = new Map<Filter | undefined, Filter>(
    filters.map((filter) => [filter, { ...filter, param: filter.param.slice('patient.'.length) }]),
  )
  const usedParameters = parameters.flatMap((each) => {
    const filter = names.get(each.filter)
    return filter ? [{ ...each, filter }] : []
  })
  return { filters: [...names.values()], usedParameters }
}

/** Finds them among the store's own patients. */
export const patientsInStore =
  (db: Db): FindPatients =>
  async ({ filters }) => {
    const keys = filters.flatMap((filter) => findKeys('Patient', filter) ?? [])
    const rows = await db
      .selectFrom('resource')
      .select('id')
      .where('type', '=', 'Patient')
      .where(and(keys.map((each) => sql<SqlBool>`key in (${each})`)))
      .limit(MOST_COUNTED + 1)
      .execute()
    return { patients: rows.map(({ id }) => id) }
  }

/** People who are read and compared in one turn. */
const TOGETHER = 200

/** Returns the agents as the log's column has them: a reference, or the id of an account without one. */
const findAgents = async (db: Db, names: readonly NameFilter[]): Promise<string[]> => {
  const tests = names.map(({ any }) => nameTest(any))
  const found = new Set<string>()
  for await (const { agent, name } of peopleOf(db)) {
    const foldedName = fold(name)
    if (tests.every((isNamed) => isNamed(name, foldedName))) found.add(agent)
  }
  return [...found]
}

/** Yields all people whom the log may name. Others are answered in between, because an organization may have thousands. */
async function* peopleOf(db: Db): AsyncGenerator<{ readonly agent: string; readonly name: string }> {
  const known = new Set<string>()
  for (let after: string | undefined = ''; after !== undefined; ) {
    if (after !== '') await turnOfOthers()
    const accounts = await db
      .selectFrom('account')
      .select(['id', 'name', 'role', 'patient', 'practitioner'])
      .where('id', '>', after)
      .orderBy('id')
      .limit(TOGETHER)
      .execute()
    for (const account of accounts.map(toAccount)) {
      const agent = fhirUser(account) ?? account.id
      known.add(agent)
      yield { agent, name: account.name }
    }
    after = accounts[TOGETHER - 1]?.id
  }
  // The people of the log who have no account any more, by the newest entry of each.
  for (let after: string | undefined = ''; after !== undefined; ) {
    if (after !== '') await turnOfOthers()
    const { rows }: { rows: { agent: string; json: string }[] } = await agentsAfter(after).execute(db)
    for (const { agent, json } of rows) {
      if (known.has(agent)) continue
      const who = openEvent(json).agent.find(({ type }) => type?.coding?.[0]?.code === 'IRCP')?.who
      if (who?.display !== undefined) yield { agent, name: who.display }
    }
    after = rows[TOGETHER - 1]?.agent
  }
}

/**
 * Selects the next agents of the log, each with the newest entry. It jumps in the index from one agent to the next, because there are
 * far fewer agents than entries. The newest entry is found by a range, because PostgreSQL might look for an equal agent by `seq`.
 */
export const agentsAfter = (after: string) => sql<{ agent: string; json: string }>`
  with recursive "known" ("agent") as (
    select min("agent") from "audit_event" where "agent" > ${after}
    union all
    select (select min("agent") from "audit_event" where "agent" > "known"."agent")
      from "known" where "known"."agent" is not null
  )
  select "agent", (
    select "json" from "audit_event" where "agent" <= "known"."agent" order by "agent" desc, "seq" desc limit 1
  ) as "json"
  from "known" where "agent" is not null limit ${TOGETHER}`

const WORD = /[\p{L}\p{N}]+/gu

/** Returns a test whether a name is one of these, or has the whole words of one, one after the other. Many cost no more than one. */
const nameTest = (any: readonly StringCriterion[]) => {
  const exact = new Set(any.flatMap(({ match, text }) => (match === 'exact' ? [text] : [])))
  const byFirstWord = Map.groupBy(
    any.flatMap(({ match, text }) => (match === 'exact' ? [] : [text])),
    (text) => text.match(WORD)?.[0],
  )
  return (name: string, foldedName: string): boolean =>
    exact.has(name) ||
    [...foldedName.matchAll(WORD)].some(({ 0: word, index }) =>
      byFirstWord
        .get(word)
        ?.some(
          (text) =>
            foldedName.startsWith(text, index) &&
            !/^[\p{L}\p{N}]/u.test(foldedName.slice(index + text.length)),
        ),
    )
}
