/** Hatch is the pattern of what may not be believed; map.css fills with it by this name. */
export function Hatch() {
  return (
    <svg class="unseen" aria-hidden="true" width="0" height="0">
      <defs>
        <pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <line x1="1" x2="1" y1="0" y2="6" />
        </pattern>
      </defs>
    </svg>
  )
}
