import type { ComponentChildren } from "preact"
import { useEffect, useRef } from "preact/hooks"
import { listHash } from "./route"

/** Back leads to the list. */
export function Back() {
  return (
    <nav class="way-back" aria-label="Viewer">
      <a href={listHash}>
        <svg class="sign" viewBox="0 0 12 12" aria-hidden="true">
          <path d="M7.5 2 3 6 7.5 10" />
        </svg>
        All runs
      </a>
    </nav>
  )
}

/** Frame is a page of the viewer that is not a run's. */
export function Frame({ title, back, children }: { title: string; back: boolean; children: ComponentChildren }) {
  useTitle(title)
  return (
    <div class="page viewer">
      {back && <Back />}
      <main>
        <Heading>{title}</Heading>
        {children}
      </main>
    </div>
  )
}

/** Heading takes the focus when its page is come to, so that a screen reader reads it. */
function Heading({ children }: { children: string }) {
  const at = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (document.activeElement === document.body) at.current?.focus({ preventScroll: true })
  }, [])
  return (
    <h1 ref={at} tabIndex={-1}>
      {children}
    </h1>
  )
}

/** useTitle names the window. */
export function useTitle(title: string) {
  useEffect(() => {
    document.title = title
  }, [title])
}

/** Trouble is what is shown in place of an answer. */
export function Trouble({ error, again }: { error: string; again: () => void }) {
  return (
    <div class="card trouble" role="alert">
      <p>{error}</p>
      <button type="button" onClick={again}>
        Try again
      </button>
    </div>
  )
}

/** Waiting is shown while an answer is on its way; the first moments it is not seen. */
export function Waiting({ for: what }: { for: string }) {
  return (
    <p class="waiting quiet" role="status">
      Reading {what} …
    </p>
  )
}
