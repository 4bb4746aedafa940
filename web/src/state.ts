import { useEffect, useRef, useState } from "preact/hooks"
import type { Row } from "./document"

// What is looked at is in the address's hash, so that a cell can be linked to:
// #r=2&w=4&u=400, with &round=2 for a later round. Every block of the page has an id besides.

/** rowHash is the address of a row within the page. */
export function rowHash(row: Row): string {
  const cell = `#r=${row.replicas}&w=${row.workers}&u=${row.users}`
  return row.round > 1 ? `${cell}&round=${row.round}` : cell
}

/** rowAt is the index of the row that a hash addresses, or null. In the viewer a run comes before it. */
export function rowAt(rows: Row[], hash: string): number | null {
  const within = hash.replace(/^#\/[^?]*\??/, "#")
  const at = rows.findIndex((row) => rowHash(row) === within)
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
  const visit = useVisits()
  useEffect(() => {
    const follow = () => {
      const row = rowAt(rows, location.hash)
      if (row === null) return
      set(row)
      visit()
    }
    // A link to where the hash is already changes nothing, and is followed all the same.
    const again = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest("a") : null
      if (link && link.hash !== "" && link.hash === location.hash) follow()
    }
    follow()
    addEventListener("hashchange", follow)
    addEventListener("click", again)
    return () => {
      removeEventListener("hashchange", follow)
      removeEventListener("click", again)
    }
  }, [rows])
  const select = (row: number) => {
    const target = rows[row]
    if (!target) return
    if (location.hash === rowHash(target)) visit()
    else location.hash = rowHash(target)
  }
  return { selected, select }
}

/** useVisits is what goes to the cell's block; Escape within it goes back to where one was. */
function useVisits(): () => void {
  const origin = useRef<Element | null>(null)
  const [visits, count] = useState(0)
  useEffect(() => {
    if (visits === 0) return
    document.getElementById("cell")?.scrollIntoView()
    document.getElementById("cell-title")?.focus({ preventScroll: true })
  }, [visits])
  useEffect(() => {
    const back = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !within(document.activeElement)) return
      const known = origin.current !== document.body && origin.current?.isConnected
      const to = known ? origin.current : document.querySelector("#map [role=grid]")
      if (to instanceof HTMLElement || to instanceof SVGElement) to.focus()
    }
    addEventListener("keydown", back)
    return () => removeEventListener("keydown", back)
  }, [])
  return () => {
    if (!within(document.activeElement)) origin.current = document.activeElement
    count((n) => n + 1)
  }
}

const within = (element: Element | null) => element?.closest("#cell") != null
