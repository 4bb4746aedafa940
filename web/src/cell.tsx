import { Attempts } from "./cell/attempts"
import { Head } from "./cell/head"
import { Rest } from "./cell/rest"
import "./cell.css"
import "./chart/chart.css"
import type { Detail, PageDocument } from "./document"
import { rowHash, type Selection } from "./state"

/** CellDetail shows all that is known of the selected row. */
export function CellDetail({ doc, selected }: { doc: PageDocument } & Selection) {
  const row = selected === null ? undefined : doc.rows[selected]
  const detail = selected === null ? undefined : doc.details[selected]
  if (!row || !detail) return null
  return (
    <div class="card cell-detail" key={rowHash(row)}>
      <Head doc={doc} row={row} />
      {empty(detail) ? (
        <p class="chart-note">Its details: {detail.shares_text || "none were recorded"}.</p>
      ) : (
        <All detail={detail} doc={doc} id={`attempt-${selected}`} />
      )}
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
