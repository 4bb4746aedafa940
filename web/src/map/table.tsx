import type { Map, PageDocument } from "../document"
import { rowHash } from "../state"
import { replicasText, usersText, valueOf, withUnit } from "./say"

/** MapTable says what a map shows. */
export function MapTable({ doc, map, metric }: { doc: PageDocument; map: Map; metric: number }) {
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
