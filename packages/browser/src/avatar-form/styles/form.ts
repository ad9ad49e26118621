/** The steps and the earlier pictures. */
export const FORM_STYLES = `
:host { container-type: inline-size; }
.columns { display: grid; gap: 2.5em; }
.work { scroll-margin-block-start: 1em; min-inline-size: 0; }
.steps { display: flex; counter-reset: step; margin-block-end: 1em; }
.steps li { display: flex; flex: 1 1 0; align-items: center; gap: 0.6em; counter-increment: step; color: var(--_quiet); font-weight: 600; }
.steps li:last-child { flex: none; }
.steps .number {
  display: grid; flex: none; place-items: center; inline-size: calc(1.75em / 0.8125); block-size: calc(1.75em / 0.8125);
  border: 1.5px solid var(--_edge); border-radius: 50%; font-size: 0.8125em; font-variant-numeric: tabular-nums;
}
.steps .number .icon { inline-size: calc(1em / 0.8125); block-size: calc(1em / 0.8125); stroke-width: 3; }
.steps li:not(:last-child)::after { content: ""; flex: 1; margin-inline-end: 0.6em; border-block-start: 1.5px solid var(--_rule); }
.steps [aria-current] { color: var(--_ink); }
.steps [aria-current] .number { border-color: var(--_ink); background: var(--_ink); color: var(--_ground); }
.steps .done .number { border-color: var(--_good); color: var(--_good); }
.steps .done:not(:last-child)::after { border-color: var(--_good); }
.card {
  border: 1px solid var(--_rule); border-radius: calc(var(--_radius) * 1.75); background: var(--_surface);
  box-shadow: var(--avatar-shadow, 0 1px 2px rgb(0 0 0 / 8%), 0 14px 36px -18px rgb(0 0 0 / 28%));
}
.view { padding: clamp(1em, 4cqi, 2em); }
.actions { display: flex; flex-wrap: wrap; gap: 0.75em; justify-content: flex-end; margin-block-start: 1.5em; }
.trouble {
  display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0.25em 0.85em; justify-items: start; margin-block-end: 1em; padding: 1em 1.25em;
  border: 1px solid var(--_accent); border-inline-start-width: 6px; border-radius: var(--_radius); background: var(--_surface);
}
.trouble > * { grid-column: 2; }
.trouble > .icon { grid-area: 1 / 1; margin-block-start: 0.15em; color: var(--_accent); }
.trouble-title { font-size: 1.0625em; font-weight: 650; }
.trouble .fine { overflow-wrap: anywhere; }
.trouble summary { inline-size: fit-content; padding-block: calc(0.35em / 0.875); cursor: pointer; }
.link { min-block-size: 2.75em; padding: 0.25em; border: 0; border-radius: 0.4em; color: inherit; text-decoration: underline; text-decoration-color: var(--_edge); text-underline-offset: 0.25em; }
.link:hover { background: none; text-decoration-color: currentcolor; }
.trouble .link { margin-inline-start: -0.25em; }
.drop {
  display: grid; justify-items: center; align-content: center; gap: 0.75em; min-block-size: 20em; padding: 1.5em 1em;
  border: 2px dashed var(--_edge); border-radius: var(--_radius); text-align: center;
}
.drop:hover, .drop.over { border-color: var(--_accent); background: color-mix(in srgb, var(--_accent) 6%, transparent); }
.drop-art { display: grid; place-items: center; inline-size: 4.5em; block-size: 4.5em; border-radius: 50%; background: var(--_sunken); color: var(--_accent); }
.drop-art .icon { inline-size: 2.25em; block-size: 2.25em; stroke-width: 1.6; }
.drop label:has(:focus-visible) { outline: 3px solid var(--_focus); outline-offset: 3px; }
.ways { display: flex; flex-wrap: wrap; gap: 0.75em; justify-content: center; }
.camera { display: none; }
.drop-hint { font-weight: 500; }
.sending { display: grid; grid-template-columns: 5.5em minmax(0, 1fr); gap: 1.25em; align-items: center; margin-block-start: 1.25em; }
.sending img { inline-size: 5.5em; block-size: 5.5em; border-radius: var(--_radius); background: var(--_sunken); object-fit: cover; }
.file-name { overflow: hidden; font-weight: 600; text-overflow: ellipsis; white-space: nowrap; }
progress { display: block; font: inherit; inline-size: 100%; block-size: 0.5em; margin-block: 0.5em; border: 0; border-radius: 999px; appearance: none; background: var(--_sunken); color: var(--_accent); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--_sunken); }
progress::-webkit-progress-value { background: var(--_accent); }
progress::-moz-progress-bar { background: var(--_accent); }
progress:indeterminate { background: linear-gradient(90deg, var(--_sunken) 30%, var(--_accent) 50%, var(--_sunken) 70%) 0 0 / 300% 100%; }
progress:indeterminate::-webkit-progress-bar { background: transparent; }
.result { display: grid; gap: 1.5em; margin-block-start: 1.25em; }
.result .words { display: grid; gap: 1em; align-content: end; }
.shown { display: flex; flex-wrap: wrap; align-items: end; gap: 1em; }
.shown img { flex: none; inline-size: 192px; block-size: 192px; border-radius: var(--_radius); background: var(--_sunken); object-fit: cover; }
.shown img.circle { border-radius: 50%; }
.shown img[data-edge="96"] { inline-size: 96px; block-size: 96px; }
.shown img[data-edge="48"] { inline-size: 48px; block-size: 48px; }
.sizes { display: flex; flex-wrap: wrap; gap: 0.5em; }
.sizes a {
  display: inline-flex; align-items: center; min-block-size: calc(2.75em / 0.9375); padding: calc(0.35em / 0.9375) calc(1em / 0.9375); border: 1px solid var(--_edge); border-radius: 999px;
  color: inherit; font-size: 0.9375em; font-variant-numeric: tabular-nums; text-decoration: none;
}
.sizes a:hover { background: var(--_sunken); }
.earlier { display: grid; align-content: start; gap: 1em; min-inline-size: 0; }
.earlier-list { display: grid; grid-template-columns: repeat(auto-fill, 5.5em); gap: 1em 1.25em; padding-inline-start: 5px; }
.earlier-list[aria-busy="true"] { opacity: 0.6; }
.earlier-item { display: grid; justify-items: center; gap: 0.15em; }
.earlier-choose { position: relative; inline-size: 5.5em; block-size: 5.5em; padding: 0; border: 0; }
.earlier-choose img { inline-size: 100%; block-size: 100%; border-radius: 50%; background: var(--_sunken); object-fit: cover; }
.earlier-choose:hover img { filter: brightness(1.06); }
.earlier-choose .icon {
  position: absolute; inset-block-end: 0; inset-inline-end: 0; inline-size: 1.75em; block-size: 1.75em; padding: 0.25em;
  border: 3px solid var(--_ground); border-radius: 50%; background: var(--_good); color: var(--_ground); stroke-width: 3.5;
}
.earlier-choose:not([aria-pressed="true"]) .icon { display: none; }
.earlier-choose[aria-pressed="true"] { box-shadow: 0 0 0 3px var(--_ground), 0 0 0 5px var(--_good); cursor: default; }
.earlier-remove { border-color: transparent; color: var(--_quiet); }
dialog {
  inline-size: min(23em, calc(100vw - 2em)); padding: 1.5em; border: 1px solid var(--_rule); border-radius: calc(var(--_radius) * 1.5);
  background: var(--_surface); color: var(--_ink);
}
dialog::backdrop { background: rgb(10 14 13 / 55%); }
dialog img { inline-size: 5.5em; block-size: 5.5em; margin-block: 1em; border-radius: 50%; object-fit: cover; }
@container (inline-size >= 34em) {
  .result { grid-template-columns: auto minmax(12em, 1fr); gap: 2em; }
}
@container (inline-size >= 60em) {
  .columns { grid-template-columns: minmax(0, 1fr) 16em; gap: 3em; }
  .earlier { padding-block-start: 0.15em; }
}
@container (inline-size < 24em) {
  .steps { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); }
  .steps li { position: relative; flex-direction: column; gap: 0.25em; text-align: center; }
  .steps li > :not(.number) { font-size: 0.875em; line-height: 1.3; }
  .steps li:not(:last-child)::after { position: absolute; inset-block-start: calc(0.875em - 0.75px); inset-inline: calc(50% + 1.3em) calc(-50% + 1.3em); margin: 0; }
  .actions > * { flex: 1; padding-inline: 0.75em; }
  .ways, .ways > * { inline-size: 100%; }
}
/* Where there is no mouse, there is a camera, and nothing to drop or paste with. */
@media (hover: none) and (pointer: coarse) {
  .camera { display: inline-flex; }
  .drop-hint { display: none; }
}
@media (forced-colors: active) {
  .steps [aria-current] .number { border-width: 4px; }
  .earlier-choose[aria-pressed="true"] { outline: 3px solid Highlight; }
  .drop.over { border-color: Highlight; }
  progress { border: 1px solid CanvasText; }
}
@media (prefers-reduced-motion: no-preference) {
  .drop { transition: background-color 0.15s, border-color 0.15s; }
  progress::-webkit-progress-value { transition: inline-size 0.2s; }
  progress:indeterminate { animation: wait 1.6s linear infinite; }
}
@keyframes wait {
  from { background-position: 100% 0; }
  to { background-position: -50% 0; }
}
`
