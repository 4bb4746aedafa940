import { useState } from "preact/hooks"
import type { PageDocument } from "../document"
import { withUnit } from "../map/say"
import { Sign } from "../sign"
import { rowHash } from "../state"
import { valueIn, type Pair, type Shared } from "./pair"
import { runHash } from "./route"

interface Props {
  a: PageDocument
  b: PageDocument
  ids: [string, string]
  metric: Shared
  pairs: Pair[]
}

/** first is how many scenarios are shown until all are asked for. */
const first = 300

/** Scenarios has every scenario that was measured in either run, with both verdicts and values. */
export function Scenarios({ a, b, ids, metric, pairs }: Props) {
  const [all, showAll] = useState(false)
  const shown = all ? pairs : pairs.slice(0, first)
  const { name } = metric.metric
  return (
    <>
      <div class="scroll" role="region" aria-label="Every scenario of both runs" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th scope="col">Scenario</th>
              <th scope="col">A</th>
              <th scope="col" class="number">
                A: {name}
              </th>
              <th scope="col">B</th>
              <th scope="col" class="number">
                B: {name}
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((pair) => (
              <tr key={rowHash(pair.row)}>
                <th scope="row">{pair.row.name}</th>
                <Result doc={a} id={ids[0]} row={pair.a} metric={metric.a} unit={metric.metric.unit} />
                <Result doc={b} id={ids[1]} row={pair.b} metric={metric.b} unit={metric.metric.unit} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < pairs.length && (
        <button type="button" class="more" onClick={() => showAll(true)}>
          Show all {pairs.length} scenarios
        </button>
      )}
    </>
  )
}

interface ResultProps {
  doc: PageDocument
  id: string
  row: number | null
  metric: number
  unit: string
}

function Result({ doc, id, row: at, metric, unit }: ResultProps) {
  const row = at === null ? undefined : doc.rows[at]
  if (!row) {
    return (
      <td colSpan={2} class="missing">
        not measured in this run
      </td>
    )
  }
  const value = valueIn(doc, at, metric)
  return (
    <>
      <td>
        <a class="row-link" href={`${runHash(id)}?${rowHash(row).slice(1)}`}>
          <Sign state={row.state} /> {row.status}
        </a>
      </td>
      <td class="number">{value ? withUnit(value, unit) : "–"}</td>
    </>
  )
}
