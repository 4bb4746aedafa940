import { useEffect, useState } from "preact/hooks"
import type { Row } from "./document"

// What is looked at is in the address's hash, so that a cell can be linked to:
// #r=2&w=4&u=400, with &round=2 for a later round. Every block of the page has an id besides.

/** rowHash is the address of a row within the page. */
export function rowHash(row: Row): string {
  const cell = `#r=${row.replicas}&w=${row.workers}&u=${row.users}`
  return row.round > 1 ? `${cell}&round=${row.round}` : cell
}

/** rowAt is the index of the row that a hash addresses, or null. */
export function rowAt(rows: Row[], hash: string): number | null {
  const at = rows.findIndex((row) => rowHash(row) === hash)
  return at < 0 ? null : at
}

/** Selection is the row that the cell's block shows. */
export interface Selection {
  selected: number | null
  select: (row: number) => void
}

/** useSelection follows the hash. Until it addresses a row, first is what is shown. */
export function useSelection(rows: Row[], first: number | null): Selection {
  const [selected, set] = useState(() => rowAt(rows, location.hash) ?? first)
  useEffect(() => {
    const follow = () => {
      const row = rowAt(rows, location.hash)
      if (row !== null) set(row)
    }
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [rows])
  const select = (row: number) => {
    const target = rows[row]
    if (target) location.hash = rowHash(target)
  }
  return { selected, select }
}
