/** The stage with its frame, the samples and the controls. */
export const CROP_STYLES = `
:host { container-type: inline-size; }
.crop { display: grid; gap: 1rem 1.75rem; }
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
[aria-busy="true"] .picture { visibility: hidden; }
.samples { display: flex; flex-wrap: wrap; align-items: end; gap: 0.75rem; }
.sample { position: relative; flex: none; overflow: hidden; border-radius: 0.4rem; background: var(--_sunken); }
.sample.circle { border-radius: 50%; }
.sample[data-edge="192"] { inline-size: 192px; block-size: 192px; }
.sample[data-edge="96"] { inline-size: 96px; block-size: 96px; }
.sample[data-edge="48"] { inline-size: 48px; block-size: 48px; }
.controls { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0.75rem; align-content: start; min-inline-size: 0; margin: 0; padding: 0; border: 0; }
.row { display: flex; gap: 0.5rem; align-items: center; }
.slider { flex: 1; min-inline-size: 3rem; block-size: 2.75rem; margin: 0; accent-color: var(--_accent); cursor: pointer; }
.angle { display: grid; grid-template-columns: 1fr auto; column-gap: 0.5rem; align-items: baseline; }
.label { font-size: 0.875rem; font-weight: 600; }
.angle-text { font-size: 0.875rem; color: var(--_quiet); }
.ticks {
  grid-column: 1 / -1; position: relative;
}
.ticks::before {
  content: ""; position: absolute; inset-block-end: 0.3rem; left: 8px; right: 8px; block-size: 0.35rem; pointer-events: none; opacity: 0.7;
  background: repeating-linear-gradient(90deg, var(--_edge) 0 1px, transparent 1px calc((100% - 1px) / 18));
}
.ticks::after {
  content: ""; position: absolute; inset-block-end: 0.15rem; left: calc(50% - 0.75px); inline-size: 1.5px; block-size: 0.55rem; background: var(--_ink); pointer-events: none;
}
.buttons { display: grid; grid-template-columns: repeat(4, minmax(2.75rem, 1fr)); gap: 0.5rem; }
.buttons .tool { inline-size: auto; }
.reset { grid-column: span 2; padding-inline: 0.5rem; font-size: 0.9375rem; line-height: 1.2; }
.keys { display: none; gap: 0.5rem 0.5rem; align-items: baseline; color: var(--_quiet); font-size: 0.875rem; }
.keys dd { margin-inline-end: 0.75rem; }
.keys dt { display: flex; gap: 0.2rem; }
kbd { padding: 0.1rem 0.4rem; border: 1px solid var(--_rule); border-block-end-width: 2px; border-radius: 0.3rem; font: inherit; font-size: 0.8125rem; }
@container (inline-size < 40rem) {
  .sample[data-edge="192"] { display: none; }
}
@container (inline-size >= 40rem) {
  .crop { grid-template-columns: minmax(0, 1fr) 18.75rem; grid-template-rows: auto 1fr; }
  .stage { grid-row: 1 / 3; min-block-size: 100%; aspect-ratio: auto; }
  .samples { display: grid; grid-template-columns: 192px 96px; align-items: start; justify-items: start; }
  .sample[data-edge="192"] { grid-row: 1 / 3; }
  .sample[data-edge="48"] { align-self: end; }
}
/* Whoever has a mouse has a keyboard. */
@media (hover: hover) {
  @container (inline-size >= 40rem) { .keys { display: flex; flex-wrap: wrap; grid-column: 1 / -1; } }
}
@media (forced-colors: active) {
  .stage, .sample { border: 1px solid CanvasText; }
  .frame { outline: 2px solid Highlight; }
}
`
