import { Block } from "./block"
import type { Doubts, Row } from "./document"
import { Facts } from "./facts"
import { RowLinks } from "./row-link"

/** noteId is where a numbered doubt is; rows link to it. */
export const noteId = (number: number) => `note-${number}`

/** DoubtsBlock says what may be wrong with the run, numbered as in the other reports. */
export function DoubtsBlock({ doubts, rows }: { doubts: Doubts; rows: Row[] }) {
  const none = doubts.notes.length === 0 && doubts.general.length === 0
  return (
    <Block id="doubts" title="Doubts">
      {none && <p class="quiet">Nothing speaks against these results.</p>}
      {doubts.notes.length > 0 && (
        <ol class="notes">
          {doubts.notes.map((note, i) => (
            <li key={i} id={noteId(i + 1)}>
              <p>{note.text}</p>
              <RowLinks label="Concerns" indexes={note.rows} rows={rows} />
            </li>
          ))}
        </ol>
      )}
      {doubts.general.length > 0 && (
        <ul class="general">
          {doubts.general.map((text, i) => (
            <li key={i}>{text}</li>
          ))}
        </ul>
      )}
      {doubts.remedies.length > 0 && (
        <>
          <h3>What would help</h3>
          <Facts facts={doubts.remedies} />
        </>
      )}
    </Block>
  )
}
