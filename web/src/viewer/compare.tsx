import { useMemo, useState } from "preact/hooks"
import { Block } from "../block"
import type { Line, PageDocument } from "../document"
import { Folded } from "../folded"
import { GateBadge } from "../gate"
import { Metrics } from "../map/metrics"
import { useRun } from "./api"
import { Both } from "./both"
import "./compare.css"
import { Frame, Trouble, Waiting } from "./frame"
import { differences, pairs, sharedMetrics } from "./pair"
import { runHash } from "./route"
import { Scenarios } from "./scenarios"

/** CompareView is two runs side by side. It shows, and judges nothing. */
export function CompareView({ a, b }: { a: string; b: string }) {
  const first = useRun(a)
  const second = useRun(b)
  return (
    <Frame title="Two runs side by side" back>
      {[first, second].map((run, i) => run.error !== "" && <Trouble key={i} error={run.error} again={run.again} />)}
      {first.answer && second.answer ? (
        <Beside a={first.answer} b={second.answer} ids={[a, b]} />
      ) : (
        !first.error && !second.error && <Waiting for="the runs" />
      )}
    </Frame>
  )
}

function Beside({ a, b, ids }: { a: PageDocument; b: PageDocument; ids: [string, string] }) {
  const metrics = useMemo(() => sharedMetrics(a, b), [a, b])
  const all = useMemo(() => pairs(a, b), [a, b])
  const [chosen, choose] = useState(0)
  const metric = metrics[chosen]
  return (
    <>
      <div class="sides">
        <Side letter="A" id={ids[0]} doc={a} />
        <Side letter="B" id={ids[1]} doc={b} />
      </div>
      <Differences a={a} b={b} />
      {metric && (
        <Block id="both" title="The same cells">
          <Metrics name="both" metrics={metrics.map((shared) => shared.metric)} chosen={chosen} choose={choose} />
          <Both a={a} b={b} ids={ids} metric={metric} />
        </Block>
      )}
      {metric && (
        <Block id="scenarios" title="Every scenario">
          <Scenarios a={a} b={b} ids={ids} metric={metric} pairs={all} />
        </Block>
      )}
    </>
  )
}

/** Side is what is known of one of the two. */
function Side({ letter, id, doc }: { letter: string; id: string; doc: PageDocument }) {
  const { run, answer } = doc
  return (
    <section class="card side" aria-labelledby={`side-${letter}`}>
      <h2 id={`side-${letter}`}>
        <span class="letter">{letter}</span> <a href={runHash(id)}>
          <bdi>{run.name}</bdi>
        </a>{" "}
        <span class="id">{id}</span>
      </h2>
      <p class="quiet">{[run.when, run.target, run.slo].filter((text) => text !== "").join(" · ")}</p>
      {run.unfinished !== "" && <p class="unfinished">{run.unfinished}</p>}
      <Lines lines={answer.lines.slice(0, most)} />
      {answer.lines.length > most && (
        <Folded summary={`and ${answer.lines.length - most} more`}>{() => <Lines lines={answer.lines.slice(most)} />}</Folded>
      )}
      <GateBadge gate={answer.gate} />
    </section>
  )
}

/** most is how many lines of an answer are shown at once. */
const most = 8

function Lines({ lines }: { lines: Line[] }) {
  return (
    <ul>
      {lines.map((line, i) => (
        <li key={i}>
          {line.text}
          {line.doubt !== "" && <span class="quiet"> ({line.doubt})</span>}
        </li>
      ))}
    </ul>
  )
}

function Differences({ a, b }: { a: PageDocument; b: PageDocument }) {
  const found = differences(a, b)
  if (found.length === 0) return null
  return (
    <section class="differences" aria-label="What else differs">
      <p>Not only their numbers differ:</p>
      <dl class="facts">
        {found.map(({ name, a, b }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <span class="letter">A</span> {a}
              <br />
              <span class="letter">B</span> {b}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
