import type { ComponentChildren } from "preact"

/** Table shows texts, or links that are texts; on a narrow screen it scrolls by itself, not the page. */
export function Table({ name, header, rows }: { name: string; header: string[]; rows: ComponentChildren[][] }) {
  const numbers = header.map((_, column) => column > 0 && rows.length > 0 && rows.every((row) => isNumber(row[column])))
  const kind = (column: number) => (numbers[column] ? "number" : undefined)
  return (
    <div class="scroll" role="region" aria-label={name} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {header.map((text, i) => (
              <th key={i} scope="col" class={kind(i)}>
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, r) => (
            <tr key={r}>
              {row.map((text, i) => (
                <td key={i} class={kind(i)}>
                  {text}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** Columns of numbers stand to the right, so that digits are under each other. */
const isNumber = (text: ComponentChildren) => typeof text !== "object" && /^([-–+<>≥≤]|\d)/.test(String(text)) && !/[a-z]{3}/i.test(String(text))
