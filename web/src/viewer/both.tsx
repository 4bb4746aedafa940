import type { Cell, PageDocument } from "../document"
import { fillOf } from "../map/heat"
import { replicasText, usersText, withUnit } from "../map/say"
import { Sign } from "../sign"
import { rowHash } from "../state"
import { axesOf, cellAt, valueIn, type Shared } from "./pair"
import { runHash } from "./route"

interface Props {
  a: PageDocument
  b: PageDocument
  ids: [string, string]
  metric: Shared
}

/** most is how many cells are drawn. */
const most = 1000

/** Both is replicas × users, each cell with what both runs say of it. */
export function Both({ a, b, ids, metric }: Props) {
  const axes = axesOf(a.maps[0], b.maps[0])
  if (axes.replicas.length * axes.users.length > most) {
    return <p class="quiet">There are too many cells for a picture of both; they are in the table below.</p>
  }
  const sides = [
    { letter: "A", doc: a, id: ids[0], metric: metric.a },
    { letter: "B", doc: b, id: ids[1], metric: metric.b },
  ]
  const name = `${metric.metric.name} by replicas and users, A above B`
  return (
    <div class="scroll" role="region" aria-label={name} tabIndex={0}>
      <table class="both">
        <caption>
          {name}
          {metric.metric.bound !== null && "; teal is the right side of the run's own bound, amber the wrong one"}
        </caption>
        <thead>
          <tr>
            <td />
            {axes.users.map((n) => (
              <th key={n} scope="col">
                {usersText(n)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {[...axes.replicas].reverse().map((n) => (
            <tr key={n}>
              <th scope="row">{replicasText(n)}</th>
              {axes.users.map((users) => (
                <td key={users}>
                  {sides.map((side) => (
                    <Half key={side.letter} {...side} cell={cellAt(side.doc.maps[0], n, users)} unit={metric.metric.unit} />
                  ))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface HalfProps {
  letter: string
  doc: PageDocument
  id: string
  cell: Cell | null
  metric: number
  unit: string
}

/** Half is what one run says of a cell. */
function Half({ letter, doc, id, cell, metric, unit }: HalfProps) {
  if (!cell) {
    return (
      <span class="half missing">
        <span class="letter">{letter}</span> has no such cell
      </span>
    )
  }
  const value = valueIn(doc, cell.row, metric)
  const row = cell.row === null ? undefined : doc.rows[cell.row]
  const inside = (
    <>
      <span class="letter">{letter}</span> <Sign state={cell.state} />
      <span class="unseen">{cell.text}</span> {value ? withUnit(value, unit) : cell.row === null ? "" : "–"}
    </>
  )
  // Without a bound the colours are each run's own, and would not be the same for both.
  const bounded = (doc.metrics[metric]?.bound ?? null) !== null
  const fill = `half ${fillOf(cell, bounded ? value : null)}`
  return row ? (
    <a class={fill} href={`${runHash(id)}?${rowHash(row).slice(1)}`} title={cell.text}>
      {inside}
    </a>
  ) : (
    <span class={fill} title={cell.text}>
      {inside}
    </span>
  )
}
