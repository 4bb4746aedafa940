import "./answer.css"
import { AnswerLine } from "./answer-line"
import type { Line, PageDocument } from "./document"
import { Folded } from "./folded"
import { GateBadge } from "./gate"
import { ExpectedLoad } from "./load"

/** most is how many more answers are read at a glance; further ones are folded, and the load to expect is asked for. */
const most = 12

/** AnswerBlock is what a person who reads nothing else must know. */
export function AnswerBlock({ doc }: { doc: PageDocument }) {
  const { answer, rows } = doc
  const headline = headlineOf(answer.lines)
  const others = answer.lines.filter((line) => line !== headline)
  const list = () => others.map((line, i) => <AnswerLine key={i} line={line} rows={rows} />)
  const more = [answer.spent, ...answer.search].filter((text) => text !== "")
  return (
    <section class="answer card" id="answer" aria-label="The answer">
      {headline && <AnswerLine line={headline} rows={rows} headline />}
      <GateBadge gate={answer.gate} />
      {others.length > most && (
        <Folded class="others" summary={`${others.length} more answers`}>
          {list}
        </Folded>
      )}
      {others.length > 0 && others.length <= most && <div class="others">{list()}</div>}
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

/** headlineOf is the answer for the heaviest load that has one: what the window's title says, too. */
export function headlineOf(lines: Line[]): Line | undefined {
  const known = (line: Line) => line.backed_by.length > 0 && (line.state === "answered" || line.state === "doubtful")
  return lines.findLast(known) ?? lines[0]
}
