/**
 * Colours, type, buttons: what both elements share.
 *
 * Lengths are in `em`, never in `rem`: many pages make the root's letters small, and only the page's own in their size.
 * What has letters of another size divides by that.
 */
export const BASE_STYLES = `
:host {
  display: block;
  --_ground: var(--avatar-ground, light-dark(#f3f0e8, #101716));
  --_surface: var(--avatar-surface, light-dark(#fffdf9, #18211f));
  --_sunken: var(--avatar-sunken, light-dark(#ebe6da, #212c2a));
  --_ink: var(--avatar-ink, light-dark(#1b2726, #ece8de));
  --_quiet: var(--avatar-quiet, light-dark(#54615f, #a4b0ac));
  --_rule: var(--avatar-rule, light-dark(#d8d1c1, #2c3836));
  --_edge: var(--avatar-edge, light-dark(#80857c, #72807c));
  --_accent: var(--avatar-accent, light-dark(#b3391c, #ff8d66));
  --_accent-strong: var(--avatar-accent-strong, light-dark(#962c13, #ffa383));
  --_on-accent: var(--avatar-on-accent, light-dark(#fffaf5, #2b0e05));
  --_good: var(--avatar-good, light-dark(#1e6a52, #7fd0b1));
  --_focus: var(--avatar-focus, light-dark(#1659c7, #8cb9ff));
  --_radius: var(--avatar-radius, 0.75em);
  color: var(--_ink);
  /* What the text around it happens to be is not meant for controls. */
  font-style: normal; font-weight: normal; line-height: 1.5; letter-spacing: normal; word-spacing: normal; white-space: normal;
  text-align: start; text-indent: 0; text-transform: none;
}
:host([hidden]), [hidden] { display: none !important; }
*, *::before, *::after { box-sizing: border-box; }
h2, p, ol, ul, dl, dd { margin: 0; }
ol, ul { padding: 0; list-style: none; }
img { display: block; }
h2 { font-size: 1.3em; font-weight: 650; line-height: 1.25; letter-spacing: -0.012em; text-wrap: balance; }
h2:focus { outline: none; }
:focus-visible { outline: 3px solid var(--_focus); outline-offset: 3px; }
.unseen { position: absolute; inline-size: 1px; block-size: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.quiet, .fine { color: var(--_quiet); }
.fine { font-size: 0.875em; text-wrap: pretty; }
.icon { inline-size: 1.25em; block-size: 1.25em; flex: none; fill: none; stroke: currentcolor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
button, .button {
  display: inline-flex; align-items: center; justify-content: center; gap: 0.5em;
  min-block-size: 2.75em; padding: 0.5em 1.25em;
  border: 1px solid var(--_edge); border-radius: 999px;
  background: transparent; color: var(--_ink); font: inherit; font-weight: 600; text-align: center; cursor: pointer;
}
button:hover, .button:hover { background: var(--_sunken); }
.primary { border-color: var(--_accent); background: var(--_accent); color: var(--_on-accent); }
.primary:hover { border-color: var(--_accent-strong); background: var(--_accent-strong); }
[aria-disabled="true"] { opacity: 0.55; cursor: default; }
[aria-disabled="true"]:hover { background: transparent; }
.primary[aria-disabled="true"]:hover { background: var(--_accent); }
.tool { flex: none; inline-size: 2.75em; padding: 0; }
@media (forced-colors: active) {
  .primary { border-width: 2px; }
  [aria-disabled="true"] { color: GrayText; border-color: GrayText; opacity: 1; }
}
@media (prefers-reduced-motion: no-preference) {
  button, .button { transition: background-color 0.15s, border-color 0.15s; }
}
`
