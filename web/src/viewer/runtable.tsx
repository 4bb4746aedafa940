import type { Gate, State } from "../document"
import { Sign } from "../sign"
import type { Entry } from "./api"
import type { Column, Order } from "./order"
import { runHash } from "./route"

interface Props {
  runs: Entry[]
  order: Order
  sort: (order: Order) => void
  picked: string[]
  pick: (id: string, on: boolean) => void
}

const columns: [Column, string][] = [
  ["name", "Run"],
  ["when", "When"],
  ["target", "Target"],
  ["answer", "Answer"],
  ["gate", "Gate"],
]

/** RunTable is the list. On a narrow screen each run is a card; the roles keep it a table. */
export function RunTable({ runs, order, sort, picked, pick }: Props) {
  return (
    <table class="runs" role="table" aria-label="Runs">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">
            <span class="unseen">Pick to compare</span>
          </th>
          {columns.map(([by, text]) => (
            <Sortable key={by} by={by} text={text} order={order} sort={sort} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {runs.map((run) => (
          <RunRow key={run.id} run={run} picked={picked.includes(run.id)} pick={pick} />
        ))}
      </tbody>
    </table>
  )
}

function Sortable({ by, text, order, sort }: { by: Column; text: string; order: Order; sort: (order: Order) => void }) {
  const on = order.by === by
  const direction = order.down ? "descending" : "ascending"
  return (
    <th role="columnheader" scope="col" aria-sort={on ? direction : "none"}>
      <button type="button" class="sort" onClick={() => sort({ by, down: on ? !order.down : by === "when" })}>
        {text}
        <svg class={on ? "sign on" : "sign"} viewBox="0 0 12 12" aria-hidden="true">
          <path d={on && order.down ? "M6 2V10M2.5 6.5 6 10 9.5 6.5" : "M6 10V2M2.5 5.5 6 2 9.5 5.5"} />
        </svg>
      </button>
    </th>
  )
}

function RunRow({ run, picked, pick }: { run: Entry; picked: boolean; pick: (id: string, on: boolean) => void }) {
  const readable = run.error === "" && !run.pending
  return (
    <tr role="row" class={run.error ? "damaged" : undefined}>
      <td role="cell" class="pick">
        {readable && (
          <input type="checkbox" checked={picked} aria-label={`Compare ${run.dir}`} onChange={(e) => pick(run.id, e.currentTarget.checked)} />
        )}
      </td>
      <td role="cell" class="who">
        {readable && (
          <a href={runHash(run.id)}>
            <bdi>{run.name}</bdi>
          </a>
        )}
        <span class="dir">{run.dir}</span>
      </td>
      {readable ? <Known run={run} /> : <Unknown run={run} />}
    </tr>
  )
}

function Known({ run }: { run: Entry }) {
  return (
    <>
      <td role="cell" class="when">
        {run.when}
      </td>
      <td role="cell">
        <bdi>{run.target}</bdi>
      </td>
      <td role="cell">
        {run.answer.map((line, i) => (
          <p key={i}>{line}</p>
        ))}
        {run.unfinished !== "" && <p class="unfinished">{run.unfinished}</p>}
      </td>
      <td role="cell">
        <GateWord gate={run.gate} soFar={run.unfinished !== ""} />
      </td>
    </>
  )
}

function Unknown({ run }: { run: Entry }) {
  return (
    <td role="cell" colSpan={4}>
      {run.pending ? (
        <p class="quiet">not read yet</p>
      ) : (
        <p class="broken">
          <Sign state="error" /> <span>{run.error}</span>
        </p>
      )}
    </td>
  )
}

const words: Record<string, [string, State | null]> = {
  met: ["met", "pass"],
  missed: ["missed", "fail"],
  borderline: ["open", "borderline"],
  off: ["off", null],
}

/** GateWord is a gate in one word; the run's page has its sentence. What a run that goes on may yet change is so far. */
function GateWord({ gate, soFar }: { gate: Gate; soFar: boolean }) {
  const [word, sign] = words[gate.state] ?? [gate.state, null]
  return (
    <span class={`gate-word ${gate.state}`} title={gate.text}>
      {sign && <Sign state={sign} />} {word}
      {soFar && sign && " so far"}
    </span>
  )
}
