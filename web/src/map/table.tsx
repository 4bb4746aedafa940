import type { Map, PageDocument } from "../document"
import { Folded } from "../folded"
import { rowHash } from "../state"
import { isDense } from "./layout"
import { replicasText, usersText, valueOf, withUnit } from "./say"

interface Props {
  doc: PageDocument
  map: Map
  metric: number
}

/** MapTable says what a map shows: one of many cells in parts, since a browser lays out 10,000 cells for seconds. */
export function MapTable(p: Props) {
  if (!isDense(p.map)) return <WholeTable {...p} />
  return (
    <>
      {p.map.title !== "" && <h3>{p.map.title}</h3>}
      {p.map.replicas.map((n, row) => (
        <Folded key={n} summary={replicasText(n)}>
          {() => <WholeTable {...p} map={rowOf(p.map, row)} />}
        </Folded>
      ))}
    </>
  )
}

/** rowOf is the part of a map that has one replica count. */
function rowOf(map: Map, row: number): Map {
  const width = map.users.length
  return { ...map, replicas: map.replicas.slice(row, row + 1), cells: map.cells.slice(row * width, (row + 1) * width) }
}

function WholeTable({ doc, map, metric }: Props) {
  const name = [doc.metrics[metric]?.name, map.title].filter(Boolean).join(", ")
  return (
    <div class="scroll" role="region" aria-label={`Table: ${name}`} tabIndex={0}>
      <table class="map-table">
        <caption>{name} by replicas and users</caption>
        <thead>
          <tr>
            <td />
            {map.users.map((n) => (
              <th key={n} scope="col">
                {usersText(n)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {map.replicas.map((n, r) => (
            <tr key={n}>
              <th scope="row">{replicasText(n)}</th>
              {map.users.map((_, u) => (
                <td key={u}>
                  <Entry doc={doc} map={map} at={r * map.users.length + u} metric={metric} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Entry({ doc, map, at, metric }: { doc: PageDocument; map: Map; at: number; metric: number }) {
  const cell = map.cells[at]
  if (!cell) return null
  const value = valueOf(doc.rows, cell, metric)
  const shown = value ? ` ${withUnit(value, doc.metrics[metric]?.unit ?? "")}` : ""
  const row = cell.row === null ? undefined : doc.rows[cell.row]
  const text = `${cell.text}${shown}`
  return row ? <a href={rowHash(row)}>{text}</a> : <>{text}</>
}
