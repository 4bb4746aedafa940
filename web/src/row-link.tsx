import type { Row } from "./document"
import { Folded } from "./folded"
import { Sign } from "./sign"
import { rowHash } from "./state"

/** RowLink goes to a row's cell. */
export function RowLink({ row }: { row: Row }) {
  return (
    <a class="row-link" href={rowHash(row)} title={row.status}>
      <Sign state={row.state} />
      <bdi>{row.name}</bdi>
    </a>
  )
}

const most = 12

/** RowLinks goes to several; what would be too many is folded. */
export function RowLinks({ label, indexes, rows }: { label: string; indexes: number[]; rows: Row[] }) {
  const all = indexes.flatMap((index) => rows[index] ?? [])
  if (all.length === 0) return null
  const items = (some: Row[]) => some.map((row) => <li key={rowHash(row)}><RowLink row={row} /></li>)
  return (
    <div class="row-links">
      <span class="label">{label}</span>
      <ul>{items(all.slice(0, most))}</ul>
      {all.length > most && (
        <Folded class="more" summary={`${all.length - most} more`}>
          {() => <ul>{items(all.slice(most))}</ul>}
        </Folded>
      )}
    </div>
  )
}
