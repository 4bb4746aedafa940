import type { Line, Row } from "./document"
import { RowLinks } from "./row-link"
import { Sign } from "./sign"

interface Props {
  line: Line
  rows: Row[]
  headline?: boolean
}

/** AnswerLine is one answer with what shows it, and why it may be wrong. */
export function AnswerLine({ line, rows, headline = false }: Props) {
  const Heading = headline ? "h2" : "h3"
  return (
    <article class={`line ${headline ? "headline" : "further"} ${line.state}`}>
      <Heading>{line.text}</Heading>
      <div class="backing">
        {line.why !== "" && <p class="why">{line.why}</p>}
        {line.doubt !== "" && (
          <p class="doubt">
            <Sign state="borderline" /> {line.doubt}
          </p>
        )}
        <RowLinks label="Shown by" indexes={line.backed_by} rows={rows} />
      </div>
    </article>
  )
}
