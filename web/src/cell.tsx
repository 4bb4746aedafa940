import { useEffect, useRef } from "preact/hooks"
import { Attempts } from "./cell/attempts"
import { Head } from "./cell/head"
import { Rest } from "./cell/rest"
import "./cell.css"
import "./chart/chart.css"
import type { Detail, PageDocument } from "./document"
import { rowAt, rowHash, type Selection } from "./state"

/** CellDetail shows all that is known of the selected row. */
export function CellDetail({ doc, selected }: { doc: PageDocument } & Selection) {
  const ref = useRef<HTMLDivElement>(null)
  useArrival(ref, doc)
  useEscape(ref)
  const row = selected === null ? undefined : doc.rows[selected]
  const detail = selected === null ? undefined : doc.details[selected]
  if (!row || !detail) return null
  return (
    <div ref={ref} class="card cell-detail" key={rowHash(row)}>
      <Head doc={doc} row={row} />
      {empty(detail) ? <p class="chart-note">Its details: {detail.shares_text || "none were recorded"}.</p> : <All detail={detail} doc={doc} id={`attempt-${selected}`} />}
    </div>
  )
}

function All({ detail, doc, id }: { detail: Detail; doc: PageDocument; id: string }) {
  return (
    <>
      <Attempts attempts={detail.attempts} id={id} />
      <Rest detail={detail} metrics={doc.metrics} />
    </>
  )
}

// Of 10,000 scenarios a page has the details of some.
const empty = (d: Detail) => d.attempts.length === 0 && d.endpoints.length === 0 && d.distribution === null

// A link to a row leads here: to the heading, from where the keyboard goes on.
function useArrival(ref: { current: HTMLElement | null }, doc: PageDocument) {
  useEffect(() => {
    const arrive = () => {
      const heading = rowAt(doc.rows, location.hash) === null ? null : ref.current?.closest("section")?.querySelector<HTMLElement>("h2")
      heading?.scrollIntoView()
      return heading
    }
    const follow = () => arrive()?.focus({ preventScroll: true })
    arrive()
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [doc])
}

// Escape goes back to the cell on the map, which knows which one is selected.
function useEscape(ref: { current: HTMLElement | null }) {
  useEffect(() => {
    const leave = (e: KeyboardEvent) => {
      if (e.key !== "Escape" || !ref.current?.closest("section")?.contains(document.activeElement)) return
      document.querySelector<SVGElement>("#map [role=grid]")?.focus()
    }
    addEventListener("keydown", leave)
    return () => removeEventListener("keydown", leave)
  }, [])
}
