/** The stage with its frame, the samples and the controls. */
export const CROP_STYLES = `
:host { container-type: inline-size; }
.crop { display: grid; gap: 1em 1.75em; }
.stage {
  position: relative; overflow: hidden; container-type: size; aspect-ratio: 1; border-radius: var(--_radius); background: var(--_sunken);
  cursor: grab; touch-action: none; user-select: none; -webkit-user-select: none;
}
.stage:active { cursor: grabbing; }
.picture { position: absolute; inset-block-start: 0; left: 0; max-inline-size: none; pointer-events: none; -webkit-user-drag: none; }
/* What is cut away is seen as well, but veiled. */
.frame {
  position: absolute; inset: 0; inline-size: min(88cqi, 88cqb); aspect-ratio: 1; margin: auto; border-radius: 2px; pointer-events: none;
  box-shadow: 0 0 0 1.5px #fff, 0 0 0 2.5px rgb(0 0 0 / 45%), 0 0 0 100vmax color-mix(in srgb, var(--_sunken) 72%, transparent);
}
.frame::after {
  content: ""; position: absolute; inset: 0; border-radius: 50%;
  border: 1.5px dashed rgb(255 255 255 / 75%); box-shadow: 0 0 0 1px rgb(0 0 0 / 12%), inset 0 0 0 1px rgb(0 0 0 / 12%);
}
.hint {
  position: absolute; inset-block-end: 0.75em; inset-inline: 0.75em; inline-size: fit-content; margin-inline: auto; padding: 0.4em 0.9em;
  border-radius: 999px; background: rgb(16 23 22 / 85%); color: #fff; font-size: 0.875em; text-align: center; text-wrap: balance; pointer-events: none;
}
[aria-busy="true"] .picture { visibility: hidden; }
.samples { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75em; }
.sample { position: relative; flex: none; overflow: hidden; border-radius: 0.4em; background: var(--_sunken); }
.sample.circle { border-radius: 50%; }
.sample[data-edge="192"] { inline-size: 192px; block-size: 192px; }
.sample[data-edge="96"] { inline-size: 96px; block-size: 96px; }
.sample[data-edge="48"] { inline-size: 48px; block-size: 48px; }
.controls { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75em; align-content: start; min-inline-size: 0; margin: 0; padding: 0; border: 0; }
.row { display: flex; gap: 0.5em; align-items: center; }
.slider { flex: 1; min-inline-size: 3em; block-size: 2.75em; margin: 0; font: inherit; accent-color: var(--_accent); cursor: pointer; }
.angle { display: grid; grid-template-columns: 1fr auto; column-gap: 0.5em; align-items: baseline; }
.label { font-size: 0.875em; font-weight: 600; }
.angle-text { font-size: 0.875em; color: var(--_quiet); }
.ticks {
  grid-column: 1 / -1; position: relative;
}
.ticks::before {
  content: ""; position: absolute; inset-block-end: 0.3em; left: 8px; right: 8px; block-size: 0.35em; pointer-events: none; opacity: 0.7;
  background: repeating-linear-gradient(90deg, var(--_edge) 0 1px, transparent 1px calc((100% - 1px) / 18));
}
.ticks::after {
  content: ""; position: absolute; inset-block-end: 0.15em; left: calc(50% - 0.75px); inline-size: 1.5px; block-size: 0.55em; background: var(--_ink); pointer-events: none;
}
.buttons { display: grid; grid-template-columns: repeat(4, minmax(2.75em, 1fr)); gap: 0.5em; }
.buttons .tool { inline-size: auto; }
.reset { grid-column: span 2; padding-inline: calc(0.5em / 0.9375); font-size: 0.9375em; line-height: 1.2; }
.keys { display: none; gap: calc(0.5em / 0.875) calc(1.25em / 0.875); color: var(--_quiet); font-size: 0.875em; }
.keys div { display: flex; gap: calc(0.5em / 0.875); align-items: baseline; }
.keys dt { display: flex; gap: calc(0.2em / 0.875); }
kbd { padding: calc(0.1em / 0.8125) calc(0.4em / 0.8125); border: 1px solid var(--_rule); border-block-end-width: 2px; border-radius: calc(0.3em / 0.8125); font: inherit; font-size: calc(0.8125em / 0.875); }
@container (inline-size < 40em) {
  .sample[data-edge="192"] { display: none; }
}
@container (inline-size >= 40em) {
  .crop { grid-template-columns: minmax(0, 1fr) 18.75em; grid-template-rows: auto 1fr; }
  .stage { grid-row: 1 / 3; min-block-size: 100%; aspect-ratio: auto; }
  .samples { display: grid; grid-template-columns: 192px 96px; align-items: start; justify-items: start; }
  .sample[data-edge="192"] { grid-row: 1 / 3; }
  .sample[data-edge="48"] { align-self: end; }
}
/* Whoever has a mouse has a keyboard. */
@media (hover: hover) {
  @container (inline-size >= 40em) { .keys { display: flex; flex-wrap: wrap; grid-column: 1 / -1; } }
}
@media (forced-colors: active) {
  .stage, .sample { border: 1px solid CanvasText; }
  .frame { outline: 2px solid Highlight; }
}
`
