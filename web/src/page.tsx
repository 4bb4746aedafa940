import { CellDetail } from "./cell"
import { Curves } from "./curves"
import type { PageDocument } from "./document"
import { useSelection } from "./state"

/** Page shows a run: the answer first, then what it rests on. */
export function Page({ doc }: { doc: PageDocument }) {
  const selection = useSelection(doc.rows, doc.answer.lines[0]?.backed_by[0] ?? null)
  return (
    <main class="page">
      <h1>{doc.answer.title}</h1>
      <Curves doc={doc} {...selection} />
      <CellDetail doc={doc} {...selection} />
    </main>
  )
}
