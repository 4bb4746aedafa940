import { noteId } from "../doubts"
import type { PageDocument, Row } from "../document"
import { Sign } from "../sign"
import { rowHash } from "../state"
import { neighbours } from "./neighbours"

/** Head says what was found of a scenario, and leads to those beside it. */
export function Head({ doc, row }: { doc: PageDocument; row: Row }) {
  return (
    <div class="cell-head">
      <ul class="why">{row.why.map((text) => <li>{text}</li>)}</ul>
      {ROLES[row.role] && <p class="chart-note">{ROLES[row.role]}</p>}
      <Notes doc={doc} row={row} />
      <nav aria-label="Scenarios beside this one">
        <a href="#map">To the map</a>
        <span class="chart-note"><kbd>Esc</kbd> goes back</span>
        {neighbours(doc.rows, row).map((n) => (
          <a href={rowHash(n.row)} aria-label={`${n.text}: ${n.row.status}`}><span aria-hidden="true">{n.arrow}</span> {n.text} <Sign state={n.row.state} /></a>
        ))}
      </nav>
    </div>
  )
}

// Scenarios that a search measured for another reason than their own answer.
const ROLES: Record<string, string> = {
  audit: "Measured to check what the search inferred of it.",
  confirmation: "Measured once more to confirm the answer.",
  control: "Measured as a control.",
  sentinel: "Measured again and again to notice drift.",
}

function Notes({ doc, row }: { doc: PageDocument; row: Row }) {
  if (row.notes.length === 0) return null
  return (
    <ul class="cell-notes" aria-label="Doubts of this scenario">
      {row.notes.map((n) => <li><a href={`#${noteId(n)}`}>Doubt {n}</a> {doc.doubts.notes[n - 1]?.text}</li>)}
    </ul>
  )
}
