import browser from 'webextension-polyfill'
import { type Area, read, removeTogether, runUpdate, writeTogether } from './area.ts'

/** One stored value, with its type and its initial value. */
export interface Item<T> {
  readonly area: Area
  readonly key: string
  get(): Promise<T>
  set(value: T): Promise<void>
  remove(): Promise<void>
  /**
   * Reads, changes and writes in one step, so that two updates never overwrite each other. Returns the new value; writes nothing
   * if `change` returns the same object.
   */
  update(change: (value: T) => T): Promise<T>
}

export const createItem = <T>(area: Area, key: string, initial: T): Item<T> => {
  const get = () => read(area, key, initial)
  const set = (value: T) => writeTogether(area, { [key]: value })
  return {
    area,
    key,
    get,
    set,
    remove: () => removeTogether(area, [key]),
    update: (change) =>
      runUpdate(area, async () => {
        const before = await get()
        const after = change(before)
        if (after !== before) await set(after)
        return after
      }),
  }
}

interface Restrictable {
  setAccessLevel?(level: { accessLevel: 'TRUSTED_CONTEXTS' }): Promise<void>
}

/**
 * Denies content scripts access to `storage.local`, as browsers do for `session`. Carekey has none; this protects a later
 * version.
 */
export const keepContentScriptsOut = async (): Promise<void> => {
  const local = browser.storage.local as Restrictable
  await local.setAccessLevel?.({ accessLevel: 'TRUSTED_CONTEXTS' })
}

/**
 * The owner with which a stored value is deleted. A grant is identified by the id of its connection; a log, which belongs to one
 * organization, by the id of its provider; and a person's view of a log by the id of their connection.
 */
export type Owner = 'grant' | 'connection' | 'log' | 'provider'

/** A stored value that is deleted, in part or whole, when an owner ends; if it has two owners, when the first of them ends. */
export interface OwnedItem<T> extends Item<T> {
  readonly owners: readonly Owner[]
  /** Returns the value without the ids that do not stay; the same object if all stay. */
  keep(value: T, stays: (id: string) => boolean): T
}

export type Rows<Row> = Record<string, Row>

/** Rows by the id of their owner. */
interface Table<Row> extends OwnedItem<Rows<Row>> {
  find(id: string): Promise<Row | undefined>
  has(id: string): Promise<boolean>
  put(id: string, row: Row): Promise<void>
  delete(...ids: string[]): Promise<void>
  /** Reads, changes and writes one row in one step; undefined means that there is no row. Returns the new row. */
  change(id: string, to: (row: Row | undefined) => Row | undefined): Promise<Row | undefined>
}

export const keepRows = <Row>(all: Rows<Row>, stays: (id: string) => boolean): Rows<Row> => {
  const keptRows = Object.entries(all).filter(([id]) => stays(id))
  return keptRows.length === Object.keys(all).length ? all : Object.fromEntries(keptRows)
}

/** Creates a table. If it has no owner, the module that writes its rows also deletes them. */
export const createTable = <Row>(
  area: Area,
  key: string,
  owners: readonly Owner[],
  keep: Table<Row>['keep'] = keepRows,
): Table<Row> => {
  const item = createItem<Rows<Row>>(area, key, {})
  const rowOf = (all: Rows<Row>, id: string) => (Object.hasOwn(all, id) ? all[id] : undefined)
  const change: Table<Row>['change'] = async (id, to) => {
    const rows = await item.update((all) => {
      const before = rowOf(all, id)
      const after = to(before)
      if (after === before) return all
      return after === undefined ? keep(all, (each) => each !== id) : { ...all, [id]: after }
    })
    return rowOf(rows, id)
  }
  return {
    ...item,
    owners,
    keep,
    find: async (id) => rowOf(await item.get(), id),
    has: async (id) => Object.hasOwn(await item.get(), id),
    put: async (id, row) => {
      await change(id, () => row)
    },
    delete: async (...ids) => {
      await item.update((all) => keep(all, (id) => !ids.includes(id)))
    },
    change,
  }
}
