import type { ComponentChildren } from "preact"

/** Block is a part of the page that can be linked to: its heading is its own link. */
export function Block({ id, title, children }: { id: string; title: string; children: ComponentChildren }) {
  return (
    <section class="block" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`} tabIndex={-1}>
        <a href={`#${id}`}>{title}</a>
      </h2>
      {children}
    </section>
  )
}
