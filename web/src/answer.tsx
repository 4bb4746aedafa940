import "./answer.css"
import type { Answer, Line, Row } from "./document"
import { GateBadge } from "./gate"
import { ExpectedLoad } from "./load"
import { RowLinks } from "./row-link"
import { Sign } from "./sign"

/** AnswerBlock is what a person who reads nothing else must know. */
export function AnswerBlock({ answer, rows }: { answer: Answer; rows: Row[] }) {
  const more = [answer.spent, ...answer.search].filter((text) => text !== "")
  return (
    <section class="answer card" id="answer" aria-label="The answer">
      <div class={answer.lines.length > 1 ? "lines several" : "lines"}>
        {answer.lines.map((line, i) => (
          <LineText key={i} line={line} rows={rows} />
        ))}
      </div>
      <GateBadge gate={answer.gate} />
      {more.length > 0 && (
        <ul class="spent">
          {more.map((text, i) => (
            <li key={i}>{text}</li>
          ))}
        </ul>
      )}
      {answer.load.steps.length > 0 && <ExpectedLoad load={answer.load} rows={rows} />}
    </section>
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
