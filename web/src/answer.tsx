import "./answer.css"
import type { Line, PageDocument, Row } from "./document"
import { Folded } from "./folded"
import { GateBadge } from "./gate"
import { ExpectedLoad } from "./load"
import { RowLinks } from "./row-link"
import { Sign } from "./sign"

/** AnswerBlock is what a person who reads nothing else must know. */
export function AnswerBlock({ doc }: { doc: PageDocument }) {
  const { answer, rows } = doc
  const more = [answer.spent, ...answer.search].filter((text) => text !== "")
  return (
    <section class="answer card" id="answer" aria-label="The answer">
      {answer.lines.length > most ? <Headline lines={answer.lines} rows={rows} /> : <Lines lines={answer.lines} rows={rows} />}
      <GateBadge gate={answer.gate} />
      {more.length > 0 && (
        <ul class="spent">
          {more.map((text, i) => (
            <li key={i}>{text}</li>
          ))}
        </ul>
      )}
      {answer.load.steps.length > 0 && <ExpectedLoad doc={doc} />}
    </section>
  )
}

/** most is how many answers are read at a glance; of more only one is shown, and the load to expect is asked for. */
const most = 12

/** Headline is the answer for the heaviest load that has one, and the others on demand. */
function Headline({ lines, rows }: LinesProps) {
  const known = lines.findLast((line) => line.backed_by.length > 0 && (line.state === "answered" || line.state === "doubtful"))
  return (
    <>
      <Lines lines={[known ?? lines[0]!]} rows={rows} />
      <Folded class="others" summary={`All ${lines.length} answers`}>
        {() => <Lines lines={lines} rows={rows} />}
      </Folded>
    </>
  )
}

interface LinesProps {
  lines: Line[]
  rows: Row[]
}

function Lines({ lines, rows }: LinesProps) {
  return (
    <div class={lines.length > 1 ? "lines several" : "lines"}>
      {lines.map((line, i) => (
        <LineText key={i} line={line} rows={rows} />
      ))}
    </div>
  )
}

function LineText({ line, rows }: { line: Line; rows: Row[] }) {
  return (
    <article class={`line ${line.state}`}>
      <h2>{line.text}</h2>
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
