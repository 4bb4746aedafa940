import type { ComponentChildren } from "preact"
import { useMemo } from "preact/hooks"
import { AnswerBlock, headlineOf } from "./answer"
import { Block } from "./block"
import { CellDetail } from "./cell"
import { Curves } from "./curves"
import type { PageDocument } from "./document"
import { DoubtsBlock } from "./doubts"
import { Header } from "./header"
import { MapBlock } from "./map"
import { MethodBlock } from "./method"
import { useUnfoldedPrint } from "./print"
import { SectionBlock } from "./section"
import { useSelection } from "./state"

/** firstOf is the row that is shown before one is chosen: what passes of those that show the headline, as the map has it. */
function firstOf(doc: PageDocument): number | null {
  const backing = headlineOf(doc.answer.lines)?.backed_by ?? []
  const mapped = new Set(doc.maps[0]?.cells.map((cell) => cell.row))
  const first = backing.findLast((row) => doc.rows[row]?.state === "pass" && mapped.has(row)) ?? backing.at(-1)
  return first ?? (doc.rows.length > 0 ? 0 : null)
}

/** Page shows a run: the answer first, then what it rests on. top comes before it, as a way back. */
export function Page({ doc, top }: { doc: PageDocument; top?: ComponentChildren }) {
  const selection = useSelection(
    doc.rows,
    useMemo(() => firstOf(doc), [doc]),
  )
  useUnfoldedPrint()
  const row = selection.selected === null ? undefined : doc.rows[selection.selected]
  return (
    <>
      <a class="skip" href="#answer">
        Skip to the answer
      </a>
      <div class="page">
        {top}
        <Header run={doc.run} />
        <main>
          <AnswerBlock doc={doc} />
          {doc.maps.length > 0 && <MapBlock doc={doc} {...selection} />}
          {doc.curves.lines.length > 0 && (
            <Block id="curves" title="Where it bends">
              <Curves doc={doc} {...selection} />
            </Block>
          )}
          {row && (
            <Block id="cell" title={`${row.name}: ${row.status}`}>
              <CellDetail doc={doc} {...selection} />
            </Block>
          )}
          {doc.sections.map((section) => (
            <SectionBlock key={section.id} section={section} />
          ))}
          <DoubtsBlock doubts={doc.doubts} rows={doc.rows} />
          <MethodBlock method={doc.method} experiment={doc.experiment} left={doc.left} />
        </main>
      </div>
    </>
  )
}
