import { Block } from "./block"
import type { Fact } from "./document"
import { Facts } from "./facts"

/** MethodBlock says how the run was made. */
export function MethodBlock(p: { method: Fact[]; experiment: string | null; left: string }) {
  return (
    <Block id="method" title="Method">
      <Facts facts={p.method} />
      {p.experiment === null ? (
        <p class="quiet">The experiment file is not available.</p>
      ) : (
        <details class="folded print" id="experiment">
          <summary>The experiment file</summary>
          <pre tabIndex={0} aria-label="The experiment file">
            {p.experiment}
          </pre>
        </details>
      )}
      {p.left !== "" && <p class="quiet">{p.left}</p>}
    </Block>
  )
}
